"""Salesforce: leads that convert into opportunities, and contacts, by the REST API of Summer '26.

Sources: "REST API Developer Guide", "Understanding Outbound Messaging", "SOQL and SOSL Reference".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

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
    unless,
)
from goodword.integrations.found import by_id, in_order, meant
from goodword.integrations.values import json_of, moment_of, text_of, walk, xml_of
from goodword.model import Ref, RuleKind, Snapshot

_DATA = "/services/data/v67.0"
_HOST = "https://{domain}/services/oauth2"
_APP = (
    Input("client_id", "Consumer Key"),
    Input("client_secret", "Consumer Secret", secret=True),
)
_MAKE = (
    "In Salesforce, Setup: External Client App Manager, New External Client App; Distribution"
    " State: Local; Enable OAuth, with the callback URL {redirect} and the scope"
)
_COPY = "In its Settings, OAuth Settings, copy the Consumer Key and the Consumer Secret here."
_LOGINS = (
    Login(
        name="client",
        title="Client credentials",
        steps=(
            f"{_MAKE} “Manage user data via APIs (api)”.",
            "Under Flow Enablement tick Enable Client Credentials Flow, and create the app.",
            "In its Policies, Edit: tick Enable Client Credentials Flow again and name the user"
            " to run as, who may see and edit leads, contacts and opportunities.",
            f"{_COPY} Your My Domain is in Setup, My Domain.",
        ),
        inputs=(Input("domain", "My Domain", "acme.my.salesforce.com", host=True), *_APP),
        base="{instance_url}",
        grant=Grant.CLIENT_CREDENTIALS,
        token_url=f"{_HOST}/token",
    ),
    Login(
        name="oauth",
        title="OAuth, as the person who agrees",
        steps=(
            f"{_MAKE}s “Manage user data via APIs (api)” and “Perform requests at any time"
            " (refresh_token, offline_access)”. Create the app.",
            f"{_COPY} Press Connect, log in and agree. A sandbox is at test.salesforce.com.",
        ),
        inputs=(
            Input("domain", "Log in at", "login.salesforce.com or test.salesforce.com", host=True),
            *_APP,
        ),
        base="{instance_url}",
        grant=Grant.CODE,
        authorize_url=f"{_HOST}/authorize",
        token_url=f"{_HOST}/token",
        scope="api refresh_token",
        pkce=True,
    ),
)
_NAMES = {"email": "Email", "first_name": "FirstName", "last_name": "LastName"}
_LEAD = Target(
    name="Lead",
    title="Lead",
    rules=(RuleKind.NONE, RuleKind.FIELD, RuleKind.CONVERTED, RuleKind.CONVERTED_STAGE),
    fields={**_NAMES, "company": "Company"},
    required={"Company": "[not provided]"},
    status="Status",
    linked="Opportunity",
    linked_title="Opportunity",
    stage="StageName",
    amount="Amount",
    currency="CurrencyIsoCode",
)
_CONTACT = Target(
    name="Contact", title="Contact", rules=(RuleKind.NONE, RuleKind.FIELD), fields=_NAMES
)
_OWN = {
    "Lead": ("MasterRecordId", "IsConverted", "ConvertedOpportunityId", "ConvertedContactId"),
    "Contact": ("MasterRecordId",),
    "Opportunity": (),
}
"""What is asked of an object besides its id, its birth and whether it is deleted."""

_STATUSES = "SELECT ApiName, IsConverted FROM LeadStatus ORDER BY SortOrder"
_STAGES = "SELECT ApiName, IsClosed, IsWon FROM OpportunityStage ORDER BY SortOrder"
_LINKS = {"ConvertedOpportunityId": "Opportunity", "ConvertedContactId": "Contact"}
_KINDS = {
    "INVALID_SESSION_ID": Trouble.AUTH,
    "REQUEST_LIMIT_EXCEEDED": Trouble.THROTTLED,
    "DUPLICATES_DETECTED": Trouble.DUPLICATE,
    "DUPLICATE_VALUE": Trouble.DUPLICATE,
    "ENTITY_IS_DELETED": Trouble.GONE,
    "CANNOT_UPDATE_CONVERTED_LEAD": Trouble.GONE,  # the contact that it became can be
    "UNABLE_TO_LOCK_ROW": Trouble.SERVER,
}


class Salesforce(Crm):
    """Objects are called as in the API: `Lead`, `Contact`, `Opportunity`."""

    name = "salesforce"
    title = "Salesforce"
    logins = _LOGINS
    targets = (_LEAD, _CONTACT)
    batch = 200

    def refusal(self, reply: Reply, kind: Trouble) -> Failed:
        errors = reply.data if isinstance(reply.data, list) else []
        said: Any = next((each for each in errors if isinstance(each, dict)), {})
        code, message = str(said.get("errorCode", "")), str(said.get("message", ""))
        told = f"{message[:250]} ({code})" if code else ""
        return self.failed(reply, _KINDS.get(code, kind), told, rest=3600)

    async def check(self, api: Api) -> str:
        soql = {"q": "SELECT Name FROM Organization"}
        reply = await api.call("GET", f"{_DATA}/query", query=soql)
        return text_of(reply.data["records"][0]["Name"])

    async def choices(self, api: Api, object_: str) -> list[Field]:
        reply = await api.call("GET", f"{_DATA}/sobjects/{object_}/describe")
        parts = ("address", "location", "base64")
        return [_field(each) for each in reply.data["fields"] if each["type"] not in parts]

    async def find(
        self, api: Api, object_: str, email: str, code: str, fields: Sequence[str]
    ) -> Snapshot | None:
        """Among leads and contacts."""
        found: list[Snapshot] = []
        for each in ("Lead", "Contact"):
            mine = list(fields) if each == object_ else []
            where = [f"Email = {_quoted(email)}"] if email else []
            where += [f"{name} = {_quoted(code)}" for name in mine[:1] if code]
            if where:
                found += await _query(api, "query", each, mine, " OR ".join(where))
        return meant(found, code, fields, fixed="IsConverted")

    async def create(self, api: Api, object_: str, values: Mapping[str, str]) -> Ref:
        """Rules for duplicates compare roughly, and may take another person for this one: unless
        somebody has this very address, the record is saved all the same."""
        path = f"{_DATA}/sobjects/{object_}"
        reply = await unless(Trouble.DUPLICATE, api.call("POST", path, json=dict(values)))
        if reply is None:
            twin = await self.find(api, object_, values.get("Email", ""), "", [])
            if twin is not None:
                raise Failed(Trouble.DUPLICATE, "Salesforce has this address", ref=twin.ref)
            allow = {"sforce-duplicate-rule-header": "allowSave=true"}
            call = api.call("POST", path, json=dict(values), headers=allow)
            reply = await unless(Trouble.DUPLICATE, call)
        if reply is None:
            raise Failed(Trouble.REJECTED, "a duplicate rule of Salesforce blocks this record")
        return Ref(object_, reply.data["id"])

    async def update(self, api: Api, ref: Ref, values: Mapping[str, str]) -> None:
        """A converted lead can't be written to: its contact is."""
        path = f"{_DATA}/sobjects/{ref.object}/{ref.id}"
        if await unless(Trouble.GONE, api.call("PATCH", path, json=dict(values))) is None:
            await self.update_heir(api, ref, values)

    async def read(self, api: Api, refs: Sequence[Ref], fields: Sequence[str]) -> list[Snapshot]:
        """Deleted and merged records too; a merged one is read as the one it became. A lead
        leads to what it converted into, an opportunity back to its leads."""
        object_, ids = refs[0].object, [ref.id for ref in refs]
        found = {
            each.ref.id: each
            for each in await _query(api, "queryAll", object_, fields, f"Id IN {_listed(ids)}")
        }
        merged = {each.merged for each in found.values() if each.merged}
        if merged:
            masters = {m.ref: m for m in await self.read(api, list(merged), fields)}
            for id_, each in found.items():
                if each.merged in masters:
                    master = masters[each.merged]
                    found[id_] = replace(master, ref=each.ref, merged=master.merged or master.ref)
        links = await _leads_of(api, ids) if object_ == "Opportunity" else {}
        return in_order(refs, found.values(), links)

    async def later(self, api: Api, object_: str, field: str, value: str) -> Sequence[str]:
        """Stages in their order but for lost ones; whatever its status was, a lead that converts
        gets another."""
        if (object_, field) == ("Lead", "Status"):
            statuses = await _rows(api, "query", _STATUSES)
            return [each["ApiName"] for each in statuses if each["IsConverted"]]
        stages = await _rows(api, "query", _STAGES) if field == _LEAD.stage else []
        won = [each["ApiName"] for each in stages if each["IsWon"] or not each["IsClosed"]]
        return after(won, value)

    def heard(self, request: Request, secret: str, inputs: Mapping[str, str]) -> Heard:
        """An outbound message of a flow; or JSON that names records, such as an HTTP callout of a
        flow or a change event that was passed on. Nobody signs either: the address is secret, the
        organization of a message must be the connected one, and nothing is believed but that
        there is something to see."""
        if request.body.lstrip()[:1] in (b"{", b"["):
            named = dict.fromkeys(_named(json_of(request.body)))
            hints = tuple(Hint(ref, f"{ref.id}:{request.at}", "changed") for ref in named)
            return Heard(hints, about=_NONE)
        tree = xml_of(request.body)
        organization = tree.findtext(".//OrganizationId", "")
        ours = re.search(r"/id/(00D\w{12})", inputs.get("id", ""))
        if not ours or organization[:15] != ours[1]:
            raise BadSignature("the message is of another organization than the connected one")
        hints = tuple(h for each in tree.iterfind(".//Notification") for h in _hint(each))
        return Heard(hints, about=_NONE, reply=_ACK, reply_type="text/xml")

    def link(self, ref: Ref, inputs: Mapping[str, str]) -> str:
        instance = inputs.get("instance_url", "")
        return f"{instance}/{ref.id}" if instance else ""


# SOQL ----------------------------------------------------------------------------------------


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _listed(texts: Iterable[str]) -> str:
    return f"({', '.join(_quoted(each) for each in texts)})"


async def _query(
    api: Api, how: str, object_: str, fields: Sequence[str], where: str
) -> list[Snapshot]:
    """The records of a query, oldest first, page by page. A field that the org does not have (a
    renamed one; the currency, where there is only one) is left out of what is asked."""
    asked = [name for name in fields if re.fullmatch(r"\w+", name)]
    own = ("Id", "CreatedDate", "IsDeleted", *_OWN[object_])
    names = dict.fromkeys([*own, *asked])
    wanted = ("SELECT", ", ".join(names), "FROM", object_, "WHERE", where, "ORDER BY CreatedDate")
    try:
        told = await _rows(api, how, " ".join(wanted))
    except Failed as failed:
        missing = re.search(r"No such column '(\w+)'", str(failed))
        if missing is None or missing[1] not in asked or missing[1] in where.split():
            raise
        rest = [name for name in asked if name != missing[1]]
        return await _query(api, how, object_, rest, where)
    return [_snapshot(object_, each) for each in told]


async def _rows(api: Api, how: str, soql: str) -> list[dict[str, Any]]:
    """The rows of a query, page by page."""
    reply = await api.call("GET", f"{_DATA}/{how}", query={"q": soql})
    told = list(reply.data["records"])
    while reply.data.get("nextRecordsUrl"):
        reply = await api.call("GET", reply.data["nextRecordsUrl"])
        told += reply.data["records"]
    return told


def _snapshot(object_: str, told: Mapping[str, Any]) -> Snapshot:
    fields = {name: text_of(value) for name, value in told.items() if name != "attributes"}
    master = fields.get("MasterRecordId", "")
    return Snapshot(
        Ref(object_, fields["Id"]),
        fields,
        tuple(Ref(to, fields[name]) for name, to in _LINKS.items() if fields.get(name)),
        created_at=moment_of(fields["CreatedDate"]),
        merged=Ref(object_, master) if master else None,
        gone=fields["IsDeleted"] == "true" and not master,
    )


async def _leads_of(api: Api, ids: Sequence[str]) -> dict[str, tuple[Ref, ...]]:
    where = f"ConvertedOpportunityId IN {_listed(ids)}"
    told = await _query(api, "query", "Lead", [], where)
    return by_id((lead.fields["ConvertedOpportunityId"], lead.ref) for lead in told)


def _field(told: Mapping[str, Any]) -> Field:
    listed = [each for each in told.get("picklistValues") or () if each["active"]]
    options = [(each["value"], each.get("label") or each["value"]) for each in listed]
    if told["type"] == "boolean":
        options = [("true", "Yes"), ("false", "No")]
    return Field(told["name"], told["label"], tuple(options), writable=told["updateable"])


# Calls of Salesforce -------------------------------------------------------------------------

_PREFIXES = {"00Q": "Lead", "003": "Contact", "006": "Opportunity"}
_ID = re.compile("(00Q|003|006)[0-9A-Za-z]{12}([A-Z0-5]{3})?")


def _named(told: Any) -> Iterator[Ref]:
    """The records whose ids stand anywhere in it: their first characters say what they are."""
    for _, value in walk(told):
        if isinstance(value, str) and (id_ := _ID.fullmatch(value)):
            yield Ref(_PREFIXES[id_[1]], _whole(value))


def _whole(id_: str) -> str:
    """An id of 15 characters with the three that say which of its letters are capitals."""
    if len(id_) == 18:
        return id_
    sums = (sum(c.isupper() << n for n, c in enumerate(id_[at : at + 5])) for at in (0, 5, 10))
    return id_ + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[each] for each in sums)


_NONE = "no lead, contact or opportunity"
_ACK = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack>'
    "</notificationsResponse></soapenv:Body></soapenv:Envelope>"
)


def _hint(notification: Element) -> Iterable[Hint]:
    record = notification.find("sObject")
    number, id_ = notification.findtext("Id", ""), notification.findtext("sObject/Id", "")
    object_ = "" if record is None else record.get("type", "").rpartition(":")[2]
    if record is not None and object_ in _OWN and _ID.fullmatch(id_):
        shown = ("Status", "StageName", "LeadSource")
        told = [f"{each.tag} = {each.text}" for each in record if each.tag in shown]
        yield Hint(Ref(object_, _whole(id_)), f"{number}:{id_}", ", ".join(told) or "changed")
