"""Intercom: leads and users of one workspace, by the REST API 2.16.

Sources: Intercom's OpenAPI document 2.16; "Webhook notifications" and "Webhook models".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from hmac import digest as hmac
from typing import Any
from urllib.parse import quote

from goodword.integrations.base import (
    APP,
    MADE,
    NUMBERS,
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
    Unreadable,
    prove,
    unless,
)
from goodword.integrations.found import meant
from goodword.integrations.values import json_of, moment_of, text_of
from goodword.model import Ref, RuleKind, Snapshot

_BASE = "https://api.{region}intercom.io"
_HEADERS = {"authorization": "Bearer {token}", "intercom-version": "2.16"}
_REGIONS = (("", "United States"), ("eu.", "Europe"), ("au.", "Australia"))
_REGION = Input("region", "Data hosted in", optional=True, choices=_REGIONS)
_APP = "In Intercom: Settings, Integrations, Developer Hub, New app, for this workspace."
_TOPICS = (
    "To count changes within seconds: in its Webhooks, set the endpoint to {hook} and add the"
    " topics contact.user.updated, contact.lead.updated, contact.lead.signed_up, contact.merged"
    " and contact.deleted."
)
_LOGINS = (
    Login(
        name="token",
        title="Access token",
        steps=(
            _APP,
            "Copy the access token from its Authentication, and the client secret from its Basic"
            " information here. The secret is for webhooks alone.",
            _TOPICS,
        ),
        inputs=(
            Input("token", "Access token", secret=True),
            Input("client_secret", "Client secret", secret=True, optional=True),
            _REGION,
        ),
        base=_BASE,
        headers=_HEADERS,
    ),
    Login(
        name="oauth",
        title="OAuth",
        steps=(
            f"{_APP} In its Authentication tick Use OAuth, add the redirect URL {{redirect}} and"
            " the permissions to read and write users and companies.",
            "Copy client id and client secret from its Basic information, and press Connect.",
            _TOPICS,
        ),
        inputs=(
            *APP,
            _REGION,
        ),
        base=_BASE,
        headers=_HEADERS,
        grant=Grant.CODE,
        authorize_url="https://app.{region}intercom.com/oauth",
        token_url=_BASE + "/auth/eagle/token",
    ),
)
_CUSTOM = "custom_attributes."
_ROLES = ("lead", "user")


def _target(role: str) -> Target:
    rules = (RuleKind.NONE, RuleKind.FIELD)
    fields = {"email": "email", "name": "name"}
    return Target(name=role, title=role.capitalize(), rules=rules, fields=fields)


class Intercom(Crm):
    """Objects are the roles of contacts, `lead` and `user`. Custom attributes are called as in
    `full_name`: `custom_attributes.plan`."""

    name = "intercom"
    title = "Intercom"
    logins = _LOGINS
    targets = tuple(_target(role) for role in _ROLES)
    batch = 50  # one call each: what its search knows is minutes old

    def refusal(self, reply: Reply, kind: Trouble) -> Failed:
        errors = [each for each in reply.told.get("errors") or () if isinstance(each, dict)]
        message = "; ".join(str(each.get("message") or each.get("code")) for each in errors)
        twin = re.search(r"\bid=(\w+)", message) if kind is Trouble.DUPLICATE else None
        ref = Ref("user", twin[1]) if twin else None
        return self.failed(reply, kind, message, rest=10, ref=ref)

    async def check(self, api: Api) -> str:
        app = (await api.call("GET", "/me")).data["app"]
        return f"{text_of(app['name'])} ({text_of(app['id_code'])})"

    async def choices(self, api: Api, object_: str) -> list[Field]:
        return [_field(each) for each in await _attributes(api) if not each.get("archived")]

    async def find(
        self, api: Api, object_: str, email: str, code: str, fields: Sequence[str]
    ) -> Snapshot | None:
        """What the search knows, which is minutes old; a lead of ours also by its external id,
        which is known at once."""
        wanted = {"email": email, **({fields[0]: code} if fields else {})}
        terms = [{"field": k, "operator": "=", "value": v} for k, v in wanted.items() if v]
        found = await _search(api, {"operator": "OR", "value": terms}, fields) if terms else []
        if object_ == "lead" and email:
            path = f"/contacts/find_by_external_id/{quote(_external(email), safe='')}"
            reply = await unless(Trouble.GONE, api.call("GET", path))
            found += [_snapshot(reply.data, fields)] if reply else []
        return meant(found, code, fields[:1])

    async def create(self, api: Api, object_: str, values: Mapping[str, str]) -> Ref:
        """Leads may share an e-mail address, users not. So that a lead is made once although the
        answer is lost, it gets an external id; a user's is the site's own affair."""
        body = {"role": object_, **await _body(api, values)}
        known = values.get("email") or values.get(_CUSTOM + MADE["code"][0])
        if known and (object_ == "lead" or not values.get("email")):
            body["external_id"] = _external(known)
        return Ref(object_, (await api.call("POST", "/contacts", json=body)).data["id"])

    async def update(self, api: Api, ref: Ref, values: Mapping[str, str]) -> None:
        """An archived contact is taken back from the archive."""
        path, body = f"/contacts/{ref.id}", await _body(api, values)
        if await unless(Trouble.GONE, api.call("PUT", path, json=body)) is None:
            await api.call("POST", f"{path}/unarchive")
            await api.call("PUT", path, json=body)

    async def read(self, api: Api, refs: Sequence[Ref], fields: Sequence[str]) -> list[Snapshot]:
        """A lead that becomes a user keeps its id: a `contact`, of which webhooks speak, leads to
        either."""
        if refs[0].object == "contact":
            return [Snapshot(ref, links=tuple(Ref(r, ref.id) for r in _ROLES)) for ref in refs]
        known = await _known(api, fields)
        read = []
        for ref in refs:
            reply = await unless(Trouble.GONE, api.call("GET", f"/contacts/{ref.id}"))
            there = reply is not None and not reply.data.get("archived")
            read.append(
                _snapshot(reply.data, known, ref) if reply and there else Snapshot(ref, gone=True)
            )
        return read

    async def ensure_fields(self, api: Api, object_: str, words: Sequence[str]) -> dict[str, str]:
        known = {each["full_name"] for each in await _attributes(api)}
        for word in words:
            name = MADE[word][0]
            kind = "integer" if word in NUMBERS else "string"
            body = {"name": name, "model": "contact", "data_type": kind}
            if _CUSTOM + name not in known:
                call = api.call("POST", "/data_attributes", json=body)
                await unless(Trouble.DUPLICATE, call)
        return {word: _CUSTOM + MADE[word][0] for word in words}

    def link(self, ref: Ref, inputs: Mapping[str, str]) -> str:
        app = re.search(r"\((\w+)\)$", inputs.get("account", ""))
        host = f"https://app.{inputs.get('region', '')}intercom.com/a/apps"
        return f"{host}/{app[1]}/users/{ref.id}/all-conversations" if app else ""

    def heard(self, request: Request, secret: str, inputs: Mapping[str, str]) -> Heard:
        """Signed with the app's client secret, without a moment: what is sent again has its id."""
        key = inputs.get("client_secret", "")
        if not key:
            raise BadSignature("the client secret is missing: Intercom signs with it")
        good = "sha1=" + hmac(key.encode(), request.body, "sha1").hex()
        sent = request.headers.get("x-hub-signature", "")
        prove(good, sent, "it is not signed with this client secret")
        event = json_of(request.body)
        if not isinstance(event, dict) or not isinstance(event.get("data"), dict):
            raise Unreadable("the notification has no data")
        topic, ids = text_of(event.get("topic")), dict.fromkeys(_people(event["data"].get("item")))
        call = text_of(event.get("id")) or request.hash
        hints = tuple(Hint(Ref("contact", id_), f"{call}:{id_}", topic) for id_ in ids)
        return Heard(hints, about=topic or "no contact")


def _people(item: Any) -> Iterator[str]:
    """Ids of the contacts that an item is, came of, or is about: older versions of the API call
    them users and leads, and a tag lies beside its contact."""
    told = item if isinstance(item, dict) else {}
    inner = [told.get(name) for name in ("merged_from", "merged_into", "contact", "user", "lead")]
    for each in (told, *(each for each in inner if isinstance(each, dict))):
        id_ = text_of(each.get("id"))
        if each.get("type", "contact") in ("contact", *_ROLES) and re.fullmatch(r"\w{1,64}", id_):
            yield id_


def _external(known: str) -> str:
    return f"referred:{known}"


async def _attributes(api: Api) -> list[dict[str, Any]]:
    reply = await api.call("GET", "/data_attributes", query={"model": "contact"})
    return list(reply.data["data"])


async def _known(api: Api, fields: Sequence[str]) -> list[str]:
    """Those of these fields that there are: an attribute that was archived reads as one that was
    never set."""
    if not any(name.startswith(_CUSTOM) for name in fields):
        return list(fields)
    there = {a["full_name"] for a in await _attributes(api) if not a.get("archived")}
    return [name for name in fields if name in there or not name.startswith(_CUSTOM)]


async def _search(api: Api, query: Mapping[str, Any], fields: Sequence[str]) -> list[Snapshot]:
    found: list[Snapshot] = []
    page: dict[str, Any] = {"per_page": 50}
    while True:
        body = {"query": query, "pagination": page}
        told = (await api.call("POST", "/contacts/search", json=body)).data
        found += [_snapshot(each, fields) for each in told["data"]]
        after = ((told.get("pages") or {}).get("next") or {}).get("starting_after")
        if not after:
            return found
        page = {**page, "starting_after": after}


async def _body(api: Api, values: Mapping[str, str]) -> dict[str, Any]:
    """Values as their attributes want them: numbers and truths are no text."""
    body: dict[str, Any] = {k: v for k, v in values.items() if not k.startswith(_CUSTOM)}
    if custom := [name for name in values if name.startswith(_CUSTOM)]:
        types = {each["full_name"]: each.get("data_type") for each in await _attributes(api)}
        body["custom_attributes"] = {
            name.removeprefix(_CUSTOM): _typed(values[name], types.get(name)) for name in custom
        }
    return body


def _typed(text: str, type_: str | None) -> object:
    if type_ == "boolean" and text in ("true", "false"):
        return text == "true"
    try:
        return {"integer": int, "float": float}.get(type_ or "", str)(text)
    except ValueError:
        return text  # The vendor says what it wants instead.


def _field(told: Mapping[str, Any]) -> Field:
    options = [
        each["value"] if isinstance(each, dict) else each for each in told.get("options") or ()
    ]
    if told.get("data_type") == "boolean":
        options = ["true", "false"]
    pairs = tuple((str(each), str(each)) for each in options)
    writable = bool(told.get("api_writable", told.get("custom")))
    return Field(told["full_name"], told.get("label") or told["name"], pairs, writable=writable)


def _snapshot(told: Mapping[str, Any], fields: Sequence[str], ref: Ref | None = None) -> Snapshot:
    """An attribute that was never set is not told: it is empty."""
    custom = told.get("custom_attributes") or {}
    values = {
        name: text_of(custom.get(name.removeprefix(_CUSTOM)))
        if name.startswith(_CUSTOM)
        else text_of(told.get(name))
        for name in fields
    }
    created = told.get("created_at")
    at = created * 1000 if isinstance(created, int) else moment_of(created)
    return Snapshot(ref or Ref(told.get("role") or "user", told["id"]), values, created_at=at)
