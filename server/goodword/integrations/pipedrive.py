"""Pipedrive: persons with a lead or a deal, by API v2; leads and webhooks still by v1.

Sources: developers.pipedrive.com, API v2 reference; "Guide for Webhooks v2"; "Rate limiting".
A record is the person: its deals are what it converts into.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from goodword.integrations.base import (
    APP,
    MADE,
    Api,
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
    Subscription,
    Target,
    Trouble,
    Unreadable,
    after,
    prove,
)
from goodword.integrations.found import in_order, meant
from goodword.integrations.values import basic_of, json_of, moment_of, number_of, text_of
from goodword.model import Ref, RuleKind, Snapshot

_V1, _V2 = "/api/v1", "/api/v2"
_USER = "goodword"
_DAY = 86_400_000
_RULES = (RuleKind.NONE, RuleKind.FIELD, RuleKind.CONVERTED, RuleKind.CONVERTED_STAGE)
_FIELDS = {"email": "email", "name": "name"}
_OBJECTS = ("person", "deal")
_DEALS = "open_deals_count,closed_deals_count"


def _target(name: str, title: str, *, deals: bool) -> Target:
    return Target(
        name=name,
        title=title,
        rules=_RULES,
        fields=_FIELDS,
        linked="deals",
        linked_title="Deal",
        stage="stage",
        amount="value",
        currency="currency",
        deals=deals,
    )


class Pipedrive(Crm):
    """`leads` are persons with a lead in the Lead Inbox, known by the person's id."""

    name = "pipedrive"
    title = "Pipedrive"
    poll_every = 60 * 60_000  # each look costs tokens of a daily budget; webhooks are quicker
    logins = (
        Login(
            name="token",
            title="API token",
            steps=(
                "In Pipedrive: your name, Personal preferences, API: copy the API token.",
                "Use an admin's token, so that goodword hears of everybody's deals.",
                "Paste it here with the first part of your address, such as acme of"
                " acme.pipedrive.com.",
            ),
            inputs=(
                Input("company", "Company domain", "acme, of acme.pipedrive.com"),
                Input("key", "API token", secret=True),
            ),
            base="https://{company}.pipedrive.com",
            headers={"x-api-token": "{key}"},
        ),
        Login(
            name="oauth",
            title="App, connected by OAuth",
            steps=(
                "In Pipedrive's Developer Hub: Create an app, private.",
                "Set its callback to {redirect}; scopes deals:full, contacts:full, leads:full,"
                " search:read, webhooks:full.",
                "Paste its client id and secret here, and press Connect.",
            ),
            inputs=APP,
            grant=Grant.CODE,
            authorize_url="https://oauth.pipedrive.com/oauth/authorize",
            token_url="https://oauth.pipedrive.com/oauth/token",
            basic=True,
            lifetime=3600,
            base="{api_domain}",
        ),
    )
    targets = (
        _target("leads", "Lead", deals=False),
        _target("persons", "Person", deals=True),
    )

    def refusal(self, reply: Reply, kind: Trouble) -> Failed:
        """A 403 that is no JSON is the gate before Pipedrive: too many calls after a 429."""
        if reply.status == 403 and not isinstance(reply.data, dict):
            return Failed(Trouble.THROTTLED, "Pipedrive blocks calls for a while", wait=600)
        message = str(reply.told.get("error") or "")
        reset = reply.headers.get("x-ratelimit-reset", "")
        return self.failed(reply, kind, message, rest=float(reset) if reset.isdecimal() else 0)

    async def check(self, api: Api) -> str:
        return str((await api.call("GET", f"{_V1}/users/me")).data["data"]["company_name"])

    async def choices(self, api: Api, object_: str) -> list[Field]:
        if object_ == "deals":
            return [Field("stage", "Stage", await _stages(api), writable=False)]
        return [_field(each) for each in await _fields(api)]

    async def find(
        self, api: Api, object_: str, email: str, code: str, fields: Sequence[str]
    ) -> Snapshot | None:
        """Pipedrive takes any number of persons with one address: the oldest is meant."""
        found = await _search(api, code, "custom_fields") if fields and code else []
        found = found or (await _search(api, email, "email") if email else [])
        if not found:
            return None
        read = await _persons(api, [str(each["id"]) for each in found[:100]])
        return meant([_person(object_, each, ()) for each in read], code, fields[:1])

    async def create(self, api: Api, object_: str, values: Mapping[str, str]) -> Ref:
        made = await api.call("POST", f"{_V2}/persons", json=_values(values))
        ref = Ref(object_, str(made.data["data"]["id"]))
        if object_ == "leads":
            lead = {"title": values.get("name") or values["email"], "person_id": int(ref.id)}
            await api.call("POST", f"{_V1}/leads", json=lead)
        return ref

    async def update(self, api: Api, ref: Ref, values: Mapping[str, str]) -> None:
        kept = {name: text for name, text in values.items() if name not in _FIELDS}
        await api.call("PATCH", f"{_V2}/persons/{ref.id}", json=_values(kept))

    async def create_deal(self, api: Api, ref: Ref, title: str, stage: str) -> Ref | None:
        body: dict[str, Any] = {"title": title, "person_id": int(ref.id)}
        body |= {"stage_id": int(stage)} if stage.isdecimal() else {}
        made = await api.call("POST", f"{_V2}/deals", json=body)
        return Ref("deals", str(made.data["data"]["id"]))

    async def read(self, api: Api, refs: Sequence[Ref], fields: Sequence[str]) -> list[Snapshot]:
        """Of persons with deals their deals are read too, in one call each."""
        object_, ids = refs[0].object, [ref.id for ref in refs]
        if object_ == "deals":
            told = await _page(api, f"{_V2}/deals", {"ids": ",".join(ids)})
            return in_order(refs, [_deal(each) for each in told])
        people = await _persons(api, ids)
        deals = [await _deals(api, each) if _has_deals(each) else () for each in people]
        pairs = zip(people, deals, strict=True)
        return in_order(refs, [_person(object_, each, theirs) for each, theirs in pairs])

    async def later(self, api: Api, object_: str, field: str, value: str) -> Sequence[str]:
        if field != "stage" or not value.isdecimal():
            return ()
        told = sorted(
            await _page(api, f"{_V2}/stages", {}), key=lambda each: each.get("order_nr") or 0
        )
        of = next((each["pipeline_id"] for each in told if str(each["id"]) == value), None)
        return after([*(str(e["id"]) for e in told if e["pipeline_id"] == of), "won"], value)

    async def ensure_fields(self, api: Api, object_: str, words: Sequence[str]) -> dict[str, str]:
        known = {each["field_name"]: each["field_code"] for each in await _fields(api)}
        for word in words:
            label = MADE[word][1]
            if label not in known:
                body = {"field_name": label, "field_type": "varchar"}
                made = (await api.call("POST", f"{_V2}/personFields", json=body)).data["data"]
                known[label] = made["field_code"]
        return {word: str(known[MADE[word][1]]) for word in words}

    async def subscribe(
        self, api: Api, url: str, secret: str, before: str, now: int
    ) -> Subscription | None:
        """Looked at every day: Pipedrive deletes a hook that failed for three days."""
        there = (await api.call("GET", f"{_V1}/webhooks")).data.get("data") or []
        mine = {each["event_object"] for each in there if each["subscription_url"] == url}
        for kind in _OBJECTS:
            if kind not in mine:
                body = {
                    "subscription_url": url,
                    "event_action": "*",
                    "event_object": kind,
                    "version": "2.0",
                    "name": f"goodword {kind}",
                    "http_auth_user": _USER,
                    "http_auth_password": secret,
                }
                await api.call("POST", f"{_V1}/webhooks", json=body)
        return Subscription("webhooks", expires_at=now + 2 * _DAY)

    def heard(self, request: Request, secret: str, inputs: Mapping[str, str]) -> Heard:
        """Calls bring the name and password that we gave the hook."""
        right = basic_of(_USER, secret)
        sent = request.headers.get("authorization", "")
        prove(right, sent, "the call does not bring the hook's name and password")
        told = json_of(request.body)
        meta = told.get("meta") if isinstance(told, dict) else None
        if not isinstance(meta, dict):
            raise Unreadable("the call has no meta")
        refs = dict.fromkeys(_refs(meta, told))
        told_id = meta.get("id") if "entity" in meta else meta.get("timestamp_micro")
        call = text_of(told_id) or request.hash
        did = f"{_entity(meta)} {text_of(meta.get('action'))}"
        return Heard(tuple(Hint(ref, call, _said(told) or did) for ref in refs), about=did)

    def link(self, ref: Ref, inputs: Mapping[str, str]) -> str:
        company = inputs.get("company", "")
        return f"https://{company}.pipedrive.com/person/{ref.id}" if company else ""


# Calls of Pipedrive --------------------------------------------------------------------------


def _entity(meta: Mapping[str, Any]) -> str:
    return text_of(meta.get("entity") or meta.get("object"))


def _refs(meta: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[Ref]:
    """What a call is about, in version 2 as in version 1; of a deal or a lead the person too, who
    is ours though it is deleted."""
    entity = _entity(meta)
    id_ = number_of(meta.get("entity_id") or meta.get("id"))
    if entity == "deal" and id_:
        yield Ref("deals", id_)
    states = [told.get(name) for name in ("data", "current", "previous")]
    people = [each.get("person_id") for each in states if isinstance(each, dict)]
    people = [each.get("value") if isinstance(each, dict) else each for each in people]
    for person in [id_] if entity == "person" else people if entity in ("deal", "lead") else []:
        if number_of(person):
            yield from (Ref(kind, number_of(person)) for kind in ("persons", "leads"))


def _said(told: Mapping[str, Any]) -> str:
    """Names of what changed. Version 1 brings the former state whole."""
    before, now = told.get("previous"), told.get("data") or told.get("current")
    if not isinstance(before, dict):
        return ""
    after = now if isinstance(now, dict) else {}
    return ", ".join(sorted(n for n, v in before.items() if after.get(n) != v))[:200]


# Calls to Pipedrive --------------------------------------------------------------------------


async def _page(api: Api, path: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every row of a list, page by page."""
    rows: list[dict[str, Any]] = []
    asked = {**query, "limit": "500"}
    while True:
        told = (await api.call("GET", path, query=asked)).data
        rows += told.get("data") or []
        cursor = (told.get("additional_data") or {}).get("next_cursor")
        if not cursor:
            return rows
        asked["cursor"] = str(cursor)


async def _search(api: Api, term: str, where: str) -> list[dict[str, Any]]:
    query = {"term": term, "fields": where, "exact_match": "true", "limit": "100"}
    told = (await api.call("GET", f"{_V2}/persons/search", query=query)).data["data"]
    return [each["item"] for each in told["items"]]


async def _persons(api: Api, ids: Sequence[str]) -> list[dict[str, Any]]:
    query = {"ids": ",".join(ids), "include_fields": _DEALS}
    return await _page(api, f"{_V2}/persons", query)


async def _deals(api: Api, person: Mapping[str, Any]) -> tuple[Ref, ...]:
    told = await _page(api, f"{_V2}/deals", {"person_id": str(person["id"])})
    return tuple(Ref("deals", str(each["id"])) for each in told)


async def _fields(api: Api) -> list[dict[str, Any]]:
    return await _page(api, f"{_V2}/personFields", {})


async def _stages(api: Api) -> tuple[tuple[str, str], ...]:
    """Every stage, and that a deal is won at whatever stage."""
    pipelines = {each["id"]: each["name"] for each in await _page(api, f"{_V2}/pipelines", {})}
    told = await _page(api, f"{_V2}/stages", {})
    shown = (
        (str(each["id"]), f"{pipelines.get(each['pipeline_id'], '')}: {each['name']}")
        for each in told
    )
    return (("won", "Any pipeline: won"), *shown)


def _field(told: Mapping[str, Any]) -> Field:
    options = tuple((str(o["id"]), str(o["label"])) for o in told.get("options") or ())
    return Field(str(told["field_code"]), str(told["field_name"]), options)


def _values(values: Mapping[str, str]) -> dict[str, Any]:
    """Pipedrive's body: own fields have names of 40 hexadecimal digits."""
    body: dict[str, Any] = {}
    for name, text in values.items():
        if name == "email":
            body["emails"] = [{"value": text, "primary": True, "label": "work"}]
        elif len(name) == 40:
            body.setdefault("custom_fields", {})[name] = text
        else:
            body[name] = text
    return body


def _has_deals(person: Mapping[str, Any]) -> bool:
    return bool(person.get("open_deals_count") or person.get("closed_deals_count"))


def _person(object_: str, told: Mapping[str, Any], deals: tuple[Ref, ...]) -> Snapshot:
    custom = {name: _plain(each) for name, each in (told.get("custom_fields") or {}).items()}
    own = {**told, **custom}
    fields = {name: text_of(value) for name, value in own.items() if not _is_nested(value)}
    created_at = moment_of(told.get("add_time"))
    return Snapshot(Ref(object_, str(told["id"])), fields, deals, created_at)


def _plain(value: Any) -> Any:
    """Of an amount of money, an address or an option that is told whole what it is."""
    return value.get("value", value.get("id")) if isinstance(value, dict) else value


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_is_nested, value)))


def _deal(told: Mapping[str, Any]) -> Snapshot:
    """Its stage is what it stands at and, once it is won, that too."""
    stage = [str(told.get("stage_id")), *(["won"] if told.get("status") == "won" else [])]
    fields = {
        "stage": ";".join(stage) if told.get("status") != "lost" else "lost",
        "value": text_of(told.get("value")),
        "currency": text_of(told.get("currency")),
    }
    person = _plain(told.get("person_id"))
    links = [Ref(kind, str(person)) for kind in ("persons", "leads")] if person else []
    return Snapshot(Ref("deals", str(told["id"])), fields, tuple(links))
