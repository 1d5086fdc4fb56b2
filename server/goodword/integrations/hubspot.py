"""HubSpot: contacts and their deals, by the API of 2026-09.

Sources: HubSpot's OpenAPI documents of that version; "Validating requests" for the signatures.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from hmac import digest
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
    after,
    prove,
    unless,
)
from goodword.integrations.found import by_id
from goodword.integrations.values import json_of, moment_of, number_of, text_of
from goodword.model import Ref, RuleKind, Snapshot

V = "2026-09"
_BASE = "https://api.hubapi.com"
_SCOPES = (
    "crm.objects.contacts.read crm.objects.contacts.write crm.objects.deals.read"
    " crm.objects.deals.write crm.schemas.contacts.read crm.schemas.contacts.write"
    " crm.schemas.deals.read"
)
_UPLOAD = (
    "Copy goodword's folder server/docs/integrations/hubspot-app, set targetUrl in"
    " src/app/webhooks/webhooks-hsmeta.json to {hook}"
)
_LOGINS = (
    Login(
        name="key",
        title="Service key",
        steps=(
            "In HubSpot: Development, Keys, Service keys, Create service key.",
            f"Add the scopes {_SCOPES.replace(' ', ', ')}.",
            "Paste the key here. goodword looks for changes every few minutes.",
        ),
        inputs=(Input("token", "Service key", "pat-…", secret=True),),
        base=_BASE,
    ),
    Login(
        name="app",
        title="App with webhooks: changes count within seconds",
        steps=(
            f"{_UPLOAD}, and run: hs project upload.",
            "In HubSpot: Development, Projects, the app, Distribution: install it.",
            "Paste the access token and the client secret of its Auth tab here.",
        ),
        inputs=(Input("token", "Access token", secret=True), APP[1]),
        base=_BASE,
    ),
    Login(
        name="oauth",
        title="App with webhooks, connected by OAuth",
        steps=(
            f"{_UPLOAD}; in src/app/app-hsmeta.json set auth.type to oauth and"
            " auth.redirectUrls to [{redirect}]. Run: hs project upload.",
            "Paste the client id and secret of the app's Auth tab here, and press Connect.",
        ),
        inputs=APP,
        grant=Grant.CODE,
        authorize_url="https://app.hubspot.com/oauth/authorize",
        token_url=f"{_BASE}/oauth/{V}/token",
        scope=_SCOPES,
        pkce=True,
        lifetime=1800,
        base=_BASE,
    ),
)
_CONTACT = Target(
    name="contacts",
    title="Contact",
    rules=(RuleKind.NONE, RuleKind.FIELD, RuleKind.STAGE),
    fields={"email": "email", "first_name": "firstname", "last_name": "lastname"},
    status="hs_lead_status",
    linked="deals",
    linked_title="Deal",
    stage="dealstage",
    amount="amount",
    currency="deal_currency_code",
    deals=True,
)
_OBJECTS = {"0-1": "contacts", "contact": "contacts", "0-3": "deals", "deal": "deals"}
_OTHER = {"contacts": "deals", "deals": "contacts"}


class HubSpot(Crm):
    """`objects` are called as in HubSpot's paths: `contacts`, `deals`."""

    name = "hubspot"
    title = "HubSpot"
    logins = _LOGINS
    targets = (_CONTACT,)

    def refusal(self, reply: Reply, kind: Trouble) -> Failed:
        message = str(reply.told.get("message") or "")
        twin = re.search(r"Existing ID: (\d+)", message) if reply.status == 409 else None
        busy = reply.status in (423, 429, 477)  # 423: locked, 477: the account is being moved
        return self.failed(
            reply,
            Trouble.THROTTLED if busy else kind,
            message,
            rest=3600 if reply.told.get("policyName") == "DAILY" else 10,
            ref=Ref("contacts", twin[1]) if twin else None,
        )

    async def check(self, api: Api) -> str:
        await api.call("GET", f"/crm/objects/{V}/contacts", query={"limit": "1"})
        account = (await api.call("GET", f"/account-info/{V}/details")).data
        return f"HubSpot account {account['portalId']}"

    async def choices(self, api: Api, object_: str) -> list[Field]:
        told = (await api.call("GET", f"/crm/properties/{V}/{object_}")).data["results"]
        fields = [_field(each) for each in told if not each.get("hidden")]
        if object_ != "deals":
            return fields
        stages = tuple(
            (stage["id"], f"{pipeline['label']}: {stage['label']}")
            for pipeline in await _pipelines(api)
            for stage in pipeline["stages"]
        )
        return [replace(f, options=stages) if f.name == _CONTACT.stage else f for f in fields]

    async def find(
        self, api: Api, object_: str, email: str, code: str, fields: Sequence[str]
    ) -> Snapshot | None:
        """By e-mail address, which no two contacts share and which is found at once; by our code,
        in an index that lags behind, where nobody has that address."""
        path = f"/crm/objects/{V}/{object_}"
        query = {"idProperty": "email", "properties": ",".join(fields)}
        if email:
            call = api.call("GET", f"{path}/{quote(email, safe='')}", query=query)
            if found := await unless(Trouble.GONE, call):
                return _snapshot(object_, found.data)
        if not fields or not code:
            return None
        by_code = {"propertyName": fields[0], "operator": "EQ", "value": code}
        body = {"filterGroups": [{"filters": [by_code]}], "properties": list(fields), "limit": 1}
        results = (await api.call("POST", f"{path}/search", json=body)).data["results"]
        return _snapshot(object_, results[0]) if results else None

    async def create(self, api: Api, object_: str, values: Mapping[str, str]) -> Ref:
        return await _create(api, object_, values, [])

    async def update(self, api: Api, ref: Ref, values: Mapping[str, str]) -> None:
        path = f"/crm/objects/{V}/{ref.object}/{ref.id}"
        await api.call("PATCH", path, json={"properties": dict(values)})

    async def create_deal(self, api: Api, ref: Ref, title: str, stage: str) -> Ref | None:
        pipelines = await _pipelines(api)
        of_stage = (p["id"] for p in pipelines if stage in [each["id"] for each in p["stages"]])
        values = {"dealname": title, "pipeline": next(of_stage, "default"), "dealstage": stage}
        deal_to_contact = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}
        ends = [{"to": {"id": ref.id}, "types": [deal_to_contact]}]
        return await _create(api, "deals", values, ends)

    async def read(self, api: Api, refs: Sequence[Ref], fields: Sequence[str]) -> list[Snapshot]:
        """A contact that was merged is read as the one it became."""
        object_ = refs[0].object
        body = {"inputs": [{"id": ref.id} for ref in refs], "properties": list(fields)}
        body["propertiesWithHistory"] = []
        told = (await api.call("POST", f"/crm/objects/{V}/{object_}/batch/read", json=body)).data
        found = {each.ref: each for each in (_snapshot(object_, one) for one in told["results"])}
        read = [found.get(ref) or await _moved(api, ref, fields) for ref in refs]
        links = await _links(api, object_, {_id(each) for each in read if not each.gone})
        return [replace(each, links=links.get(_id(each), ())) for each in read]

    async def later(self, api: Api, object_: str, field: str, value: str) -> Sequence[str]:
        if (object_, field) == ("contacts", "lifecyclestage"):
            fields = await self.choices(api, object_)
            listed = next((each.options for each in fields if each.name == field), ())
            return after([name for name, _ in listed if name != "other"], value)
        pipelines = await _pipelines(api) if field == _CONTACT.stage else []
        stages = [after(_stages(each), value) for each in pipelines]
        return next((each for each in stages if each), ())

    async def ensure_fields(self, api: Api, object_: str, words: Sequence[str]) -> dict[str, str]:
        path = f"/crm/properties/{V}/{object_}"
        known = {each["name"] for each in (await api.call("GET", path)).data["results"]}
        for word in words:
            name, label = MADE[word]
            kind = ("number", "number") if word in NUMBERS else ("string", "text")
            body = {"name": name, "label": label, "type": kind[0], "fieldType": kind[1]}
            body["groupName"] = "contactinformation"
            if name not in known:
                await unless(Trouble.DUPLICATE, api.call("POST", path, json=body))
        return {word: MADE[word][0] for word in words}

    def link(self, ref: Ref, inputs: Mapping[str, str]) -> str:
        portal = number_of(inputs.get("account", "").rpartition(" ")[2])
        kind = {"contacts": "0-1", "deals": "0-3"}[ref.object]
        return f"https://app.hubspot.com/contacts/{portal}/record/{kind}/{ref.id}" if portal else ""

    def heard(self, request: Request, secret: str, inputs: Mapping[str, str]) -> Heard:
        """The app's client secret signs, not a secret of the hook."""
        _verify(request, inputs.get("client_secret", ""))
        events = _events(json_of(request.body))
        hints = tuple(hint for each in events for hint in _hints(each, request.at))
        return Heard(hints, about=_about(events))


def _field(told: Mapping[str, Any]) -> Field:
    options = [each for each in told.get("options") or () if not each.get("hidden")]
    fixed = told.get("calculated") or (told.get("modificationMetadata") or {}).get("readOnlyValue")
    pairs = tuple((text_of(each["value"]), text_of(each["label"])) for each in options)
    return Field(told["name"], told.get("label") or told["name"], pairs, writable=not fixed)


def _snapshot(object_: str, told: Mapping[str, Any]) -> Snapshot:
    fields = {name: text_of(value) for name, value in told["properties"].items()}
    created_at = moment_of(told.get("createdAt"))
    return Snapshot(Ref(object_, str(told["id"])), fields, created_at=created_at)


def _id(snapshot: Snapshot) -> str:
    return (snapshot.merged or snapshot.ref).id


async def _create(
    api: Api, object_: str, values: Mapping[str, str], associations: list[Any]
) -> Ref:
    body = {"properties": dict(values), "associations": associations}
    reply = await api.call("POST", f"/crm/objects/{V}/{object_}", json=body)
    return Ref(object_, str(reply.data["id"]))


async def _pipelines(api: Api) -> list[dict[str, Any]]:
    reply = await api.call("GET", f"/crm/pipelines/{V}/deals")
    return list(reply.data["results"])


def _stages(pipeline: Mapping[str, Any]) -> list[str]:
    """In their order, but for those of lost deals."""
    stages = sorted(pipeline["stages"], key=lambda each: each.get("displayOrder") or 0)
    told = [(each["id"], each.get("metadata") or {}) for each in stages]
    return [id_ for id_, meta in told if text_of(meta.get("probability")) not in ("0", "0.0")]


async def _moved(api: Api, ref: Ref, fields: Sequence[str]) -> Snapshot:
    """What became of a record that a batch does not bring: the id of a merged one leads on."""
    path, query = f"/crm/objects/{V}/{ref.object}/{ref.id}", {"properties": ",".join(fields)}
    reply = await unless(Trouble.GONE, api.call("GET", path, query=query))
    if reply is None:
        return Snapshot(ref, gone=True)
    found = _snapshot(ref.object, reply.data)
    return found if found.ref == ref else replace(found, ref=ref, merged=found.ref)


async def _links(api: Api, object_: str, ids: set[str]) -> dict[str, tuple[Ref, ...]]:
    """By id, the deals of contacts or the contacts of deals. Many come in pages."""
    pairs: list[tuple[str, Ref]] = []
    other = _OTHER[object_]
    inputs = [{"id": id_} for id_ in sorted(ids)]
    while inputs:
        path = f"/crm/associations/{V}/{object_}/{other}/batch/read"
        results = (await api.call("POST", path, json={"inputs": inputs})).data["results"]
        inputs = []
        for each in results:
            id_ = str(each["from"]["id"])
            pairs += [(id_, Ref(other, number_of(to["toObjectId"]))) for to in each["to"]]
            after = ((each.get("paging") or {}).get("next") or {}).get("after")
            inputs += [{"id": id_, "after": after}] if after else []
    return by_id(pairs)


# Calls of HubSpot ----------------------------------------------------------------------------

_GOOD_FOR = 300_000  # milliseconds
_DECODED = re.compile("%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


def _verify(request: Request, secret: str) -> None:
    """Signature v3, or where that is not sent v1, or v2 as workflows do. `BadSignature`."""
    if not secret:
        raise BadSignature("a service key gets no calls: connect as an app with webhooks")
    key, sent = secret.encode(), request.headers.get("x-hubspot-signature-v3", "")
    if sent:
        stamp = request.headers.get("x-hubspot-request-timestamp", "")[:16]
        if not stamp.isdecimal() or abs(request.at - int(stamp)) > _GOOD_FOR:
            raise BadSignature("its time stamp is not of the last 5 minutes")
        url = _DECODED.sub(lambda code: chr(int(code[1], 16)), request.url)
        signed = f"{request.method}{url}".encode() + request.body + stamp.encode()
        good = b64encode(digest(key, signed, "sha256")).decode()
    else:
        sent = request.headers.get("x-hubspot-signature", "")
        with_address = request.headers.get("x-hubspot-signature-version") == "v2"
        address = f"{request.method}{request.url}".encode() if with_address else b""
        good = sha256(key + address + request.body).hexdigest()
    prove(good, sent, "not signed with this client secret, or sent to another public URL")


_PERSONAL = re.compile("mail|name|phone|address|birth", re.IGNORECASE)


def _hints(event: Mapping[str, Any], at: int) -> Iterator[Hint]:
    """The contacts and deals that an event is about. Its `eventId` is "not guaranteed to be
    unique", so that the key says what happened; a workflow says not even when."""
    what = str(event.get("subscriptionType") or "").partition(".")[2] or "a workflow calls"
    field, value = text_of(event.get("propertyName") or what), text_of(event.get("propertyValue"))
    happened = (event.get("subscriptionId"), event.get("occurredAt") or at, field, value)
    said = f"{field} = {value}" if value and not _PERSONAL.search(field) else field
    for ref in dict.fromkeys(_refs(event)):
        yield Hint(ref, ":".join(text_of(each) for each in (ref.id, *happened)), said)


def _refs(event: Mapping[str, Any]) -> Iterator[Ref]:
    """What an event names: one record, the two of a merge, the ends of an association; or the
    record that a workflow sends, whole or with the properties that its author chose."""
    kind = str(event.get("subscriptionType") or "").partition(".")[0]
    kind = text_of(event.get("objectTypeId") or event.get("objectType") or kind)
    sides = text_of(event.get("associationType")).partition("_TO_")
    merged = event.get("mergedObjectIds")
    named = [(kind, event.get(name)) for name in ("objectId", "primaryObjectId", "newObjectId")]
    named += [(kind, id_) for id_ in (merged if isinstance(merged, list) else [])]
    for end, side in (("from", sides[0]), ("to", sides[2])):
        named.append((event.get(f"{end}ObjectTypeId") or side, event.get(f"{end}ObjectId")))
    named += [("contact", event.get("vid")), ("deal", event.get("dealId"))]
    named += [(each, event.get("hs_object_id")) for each in ("contact", "deal")]
    for object_, id_ in named:
        if (known := _OBJECTS.get(text_of(object_).lower())) and number_of(id_):
            yield Ref(known, number_of(id_))


def _events(told: Any) -> list[Mapping[str, Any]]:
    """The events of a call: a list, or what a workflow sends, which may lie in `object`."""
    listed = told if isinstance(told, list) else [told]
    inner = [each.get("object") for each in listed if isinstance(each, dict)]
    return [each for each in (*listed, *inner) if isinstance(each, dict)]


def _about(events: Sequence[Mapping[str, Any]]) -> str:
    kinds = {text_of(each.get("subscriptionType")) for each in events}
    return ", ".join(sorted(kinds - {""})) or "no contact and no deal"
