"""ServiceTitan: bookings that become jobs, by the API v2 of CRM and Job Planning.

Sources: "OAuth 2.0" and the OpenAPI documents of developer.servicetitan.io. The envelope of its V2
webhooks, which are in beta, and how their signature is written down are documented nowhere.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hmac import compare_digest, digest
from itertools import islice
from typing import Any

from goodword.integrations.base import (
    Api,
    BadSignature,
    Crm,
    Failed,
    Field,
    Grant,
    Heard,
    Hint,
    Input,
    Login,
    Reply,
    Request,
    Target,
    Trouble,
    after,
)
from goodword.integrations.found import in_order
from goodword.integrations.values import json_of, moment_of, number_of, text_of, walk
from goodword.model import Ref, RuleKind, Snapshot

_HOST = "servicetitan.io"
_LOGIN = Login(
    name="app",
    title="App of your own",
    steps=(
        "In ServiceTitan: Settings, Integrations, API Application Access; at"
        " developer.servicetitan.io: My Apps, New App, with read and write access to CRM bookings"
        " and read access to JPM jobs. Copy its Application Key.",
        "In ServiceTitan, API Application Access: Connect New App, choose it. Copy the Tenant ID"
        " and the Client ID, press Generate for the Client Secret.",
        "In ServiceTitan: Settings, Integrations, Booking Provider Tags: add one, copy its ID.",
        "goodword looks for changes every few minutes. To have some looked at sooner, give the"
        " app's V2 webhooks (beta) the URL {hook} and a key of 32 to 64 characters, and paste that"
        " key here too.",
    ),
    inputs=(
        Input("tenant", "Tenant ID"),
        Input("app_key", "Application Key", "ak1.…", secret=True),
        Input("client_id", "Client ID", "cid.…"),
        Input("client_secret", "Client Secret", "cs1.…", secret=True),
        Input("provider", "Booking provider ID"),
        Input("hook_key", "Webhook key", "of V2 webhooks", secret=True, optional=True),
    ),
    base=f"https://api.{_HOST}",
    headers={"authorization": "Bearer {token}", "st-app-key": "{app_key}"},
    grant=Grant.CLIENT_CREDENTIALS,
    token_url=f"https://auth.{_HOST}/connect/token",
    lifetime=900,
)
_BOOKING = Target(
    name="bookings",
    title="Booking",
    rules=(RuleKind.NONE, RuleKind.FIELD, RuleKind.CONVERTED, RuleKind.CONVERTED_STAGE),
    fields={"email": "email", "name": "name", "code": "externalId", "referrer_name": "referrer"},
    status="priority",
    linked="jobs",
    linked_title="Job",
    stage="jobStatus",
    amount="total",
)
_STATUSES = ("New", "Accepted", "Converted", "Dismissed")
_JOB_STATUSES = ("Scheduled", "Dispatched", "InProgress", "Hold", "Completed", "Canceled")
_TEXTS = {"name": "Name", "source": "Source", "summary": "Summary"}
_NUMBERS = {
    "campaignId": "Campaign (its ID)",
    "jobTypeId": "Job type (its ID)",
    "businessUnitId": "Business unit (its ID)",
}
_MOST = 50  # records of a call, and of a list of ids


class ServiceTitan(Crm):
    """Objects are called as in the API's paths: `bookings`, `jobs`."""

    name = "servicetitan"
    title = "ServiceTitan"
    beta = (
        "Made by ServiceTitan's documentation alone, and not yet tried with a live account."
        " Nobody can be found by e-mail address there, so that goodword can't tell who was a"
        " customer before."
    )
    logins = (_LOGIN,)
    targets = (_BOOKING,)
    batch = _MOST

    def refusal(self, reply: Reply, kind: Trouble) -> Failed:
        title, errors = text_of(reply.told.get("title")), reply.told.get("errors")
        errors = errors if isinstance(errors, dict) else {}
        fields = [f"{name}: {text_of(each)}" for name, each in errors.items()]
        message = "; ".join(each for each in (title, *fields) if each)
        return self.failed(reply, kind, message, rest=60)

    async def check(self, api: Api) -> str:
        await api.call("GET", _bookings(api), query={"pageSize": "1"})
        return f"ServiceTitan tenant {api.inputs['tenant']}"

    async def choices(self, api: Api, object_: str) -> list[Field]:
        """Fixed: the API describes no fields. A booking's status is set by people there."""
        if object_ == "jobs":
            return [_picked("jobStatus", "Job status", _JOB_STATUSES, writable=False)]
        named = [Field(name, label) for name, label in (_TEXTS | _NUMBERS).items()]
        priority = _picked("priority", "Priority", ("Normal", "Urgent"), writable=True)
        return [_picked("status", "Status", _STATUSES, writable=False), priority, *named]

    async def find(
        self, api: Api, object_: str, email: str, code: str, fields: Sequence[str]
    ) -> Snapshot | None:
        """By our code alone: bookings and customers can't be searched by e-mail address."""
        if not code:
            return None
        reply = await api.call("GET", _bookings(api), query={"externalId": code, "pageSize": "1"})
        return next((_snapshot(object_, each) for each in reply.data["data"]), None)

    async def create(self, api: Api, object_: str, values: Mapping[str, str]) -> Ref:
        email, referrer = values.get("email", ""), values.get("referrer", "")
        body = {
            "source": "Referral",
            "summary": f"Referred by {referrer}" if referrer else "Referred",
            "isFirstTimeClient": True,
            "externalId": values.get("externalId", ""),
            "contacts": [{"type": "Email", "value": email}] if email else [],
            **_body(values),
        }
        reply = await api.call("POST", _bookings(api), json=body)
        return Ref(object_, str(reply.data["id"]))

    async def update(self, api: Api, ref: Ref, values: Mapping[str, str]) -> None:
        """What a booking can be told besides what it was made with."""
        body = _body({name: value for name, value in values.items() if name != "name"})
        if body:
            await api.call("PATCH", f"{_bookings(api)}/{ref.id}", json=body)

    async def read(self, api: Api, refs: Sequence[Ref], fields: Sequence[str]) -> list[Snapshot]:
        """A booking leads to its job, a job back to its booking."""
        object_ = refs[0].object
        path = _bookings(api) if object_ == "bookings" else _path(api, "jpm", "jobs")
        query = {"ids": ",".join(ref.id for ref in refs), "pageSize": str(_MOST)}
        rows = (await api.call("GET", path, query=query)).data["data"]
        return in_order(refs, [_snapshot(object_, row) for row in rows])

    async def later(self, api: Api, object_: str, field: str, value: str) -> Sequence[str]:
        """A booking and a job go their way, unless they are dismissed or canceled."""
        ways = {"status": _STATUSES[:-1], "jobStatus": _JOB_STATUSES[:-1]}
        return after(ways.get(field, ()), value)

    def heard(self, request: Request, secret: str, inputs: Mapping[str, str]) -> Heard:
        """A V2 webhook, signed with the key that the admin chose, in hexadecimal or base64. Its
        envelope is not documented: whatever ids it holds are looked at, and nothing is believed."""
        _verify(request, inputs.get("hook_key", ""))
        refs = dict.fromkeys(islice(_refs(json_of(request.body)), _MOST))
        hints = tuple(Hint(ref, f"{ref.object}:{ref.id}:{request.hash}", "changed") for ref in refs)
        return Heard(hints, about="no id of a booking or job")


# Calls -------------------------------------------------------------------------------------


def _path(api: Api, module: str, rest: str) -> str:
    return f"/{module}/v2/tenant/{api.inputs['tenant']}/{rest}"


def _bookings(api: Api) -> str:
    return _path(api, "crm", f"booking-provider/{api.inputs['provider']}/bookings")


def _body(values: Mapping[str, str]) -> dict[str, Any]:
    texts = {n: v for n, v in values.items() if n in _TEXTS or n == "priority"}
    numbers = {n: int(v) for n, v in values.items() if n in _NUMBERS and v.isdecimal()}
    return {**texts, **numbers}


def _picked(name: str, label: str, values: Sequence[str], *, writable: bool) -> Field:
    return Field(name, label, tuple((each, each) for each in values), writable=writable)


def _snapshot(object_: str, told: Mapping[str, Any]) -> Snapshot:
    plain = {n: text_of(v) for n, v in told.items() if not isinstance(v, (dict, list))}
    other, id_ = ("jobs", "jobId") if object_ == "bookings" else ("bookings", "bookingId")
    links = (Ref(other, plain[id_]),) if plain.get(id_) else ()
    return Snapshot(Ref(object_, plain["id"]), plain, links, moment_of(told.get("createdOn")))


# Calls of ServiceTitan -----------------------------------------------------------------------

_KINDS = {"bookingid": ("bookings",), "jobid": ("jobs",), "id": ("bookings", "jobs")}


def _verify(request: Request, key: str) -> None:
    if not key:
        raise BadSignature("no webhook key was entered here")
    sent = request.headers.get("x-servicetitan-signature", "").strip().removeprefix("sha256=")
    good = digest(key.encode(), request.body, "sha256")
    hexadecimal = compare_digest(good.hex().encode(), sent.lower().encode())
    if not hexadecimal and not compare_digest(b64encode(good), sent.encode()):
        raise BadSignature("not signed with this webhook key")


def _refs(told: Any) -> Iterator[Ref]:
    """The records that anything in it names."""
    for name, value in walk(told):
        for object_ in _KINDS.get(name.lower(), ()):
            if id_ := number_of(value):
                yield Ref(object_, id_)
