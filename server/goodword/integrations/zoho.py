"""Zoho CRM: leads that convert into deals, and contacts with deals, by version 8 of its API.

Sources: "Zoho CRM API v8" (records, search, COQL, fields, notifications); "Multi DC Support".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from goodword.integrations.base import (
    MADE,
    NUMBERS,
    Api,
    Crm,
    Failed,
    Field,
    Grant,
    Heard,
    Input,
    Login,
    Reply,
    Request,
    Subscription,
    Target,
    Trouble,
    prove,
    unless,
)
from goodword.integrations.found import by_id, in_order, meant
from goodword.integrations.values import moment_of, pairs_of, text_of
from goodword.integrations.zoho_answers import (
    failure_of,
    field_of,
    hints_of_workflow,
    notified,
    rows_of,
    snapshot_of,
)
from goodword.model import Ref, RuleKind, Snapshot

V = "/crm/v8"
_CENTRES = (
    *("zoho.com", "zoho.eu", "zoho.in", "zoho.com.au", "zoho.jp", "zoho.com.cn", "zohocloud.ca"),
    *("zoho.sa", "zoho.uk", "zoho.ae"),
)
_HOST, _TOLD = "{token_host}", "accounts-server"
_SCOPES = (
    "ZohoCRM.modules.leads.ALL,ZohoCRM.modules.contacts.ALL,ZohoCRM.modules.deals.READ,"
    "ZohoSearch.securesearch.READ,ZohoCRM.coql.READ,ZohoCRM.settings.fields.ALL,"
    "ZohoCRM.notifications.ALL,ZohoCRM.org.READ"
)
_LOGIN = Login(
    name="oauth",
    title="Server-based application",
    steps=(
        "In Zoho's API console, api-console.zoho.com (or of your data centre, such as"
        " api-console.zoho.eu): Add Client, Server-based Applications.",
        "Authorized Redirect URI: {redirect}",
        "Paste the Client ID and the Client Secret here, choose where your Zoho account is, press"
        " Connect and agree. goodword has Zoho report changes by itself.",
    ),
    inputs=(
        Input("centre", "Data centre", choices=tuple((each, each) for each in _CENTRES)),
        Input("client_id", "Client ID", "1000.…"),
        Input("client_secret", "Client Secret", secret=True),
    ),
    base="{api_domain}",
    headers={"authorization": "Zoho-oauthtoken {token}"},
    grant=Grant.CODE,
    authorize_url="https://accounts.{centre}/oauth/v2/auth",
    token_url=f"{_HOST}/oauth/v2/token",
    scope=_SCOPES,
    extra={"access_type": "offline", "prompt": "consent"},
    token_host=_TOLD,
    token_hosts=tuple(f"https://accounts.{each}" for each in _CENTRES),
    lifetime=3600,
)
_NAMES = {"email": "Email", "first_name": "First_Name", "last_name": "Last_Name"}
_LEAD = Target(
    name="Leads",
    title="Lead",
    rules=(RuleKind.NONE, RuleKind.FIELD, RuleKind.CONVERTED, RuleKind.CONVERTED_STAGE),
    fields={**_NAMES, "company": "Company"},
    required={"Company": "[not provided]"},
    status="Lead_Status",
    linked="Deals",
    linked_title="Deal",
    stage="Stage",
    amount="Amount",
    currency="Currency",
)
_CONTACT = replace(
    _LEAD,
    name="Contacts",
    title="Contact",
    rules=(RuleKind.NONE, RuleKind.FIELD, RuleKind.STAGE),
    fields=_NAMES,
    required={},
    status="",
)
_OWN = {
    "Leads": ("Created_Time", "Converted__s", "Converted_Deal", "Converted_Contact"),
    "Contacts": ("Created_Time",),
    "Deals": ("Created_Time", "Contact_Name"),
}
_EVENTS = ("Leads.edit", "Contacts.edit", "Deals.create", "Deals.edit")
_LONGEST = 7 * 24 * 3_600_000 - 60_000  # a channel that asks for more than a week gets an hour
_MANY = 50  # ids in one condition of a query


class Zoho(Crm):
    """Objects are called as in the API: `Leads`, `Contacts`, `Deals`."""

    name = "zoho"
    title = "Zoho CRM"
    logins = (_LOGIN,)
    targets = (_LEAD, _CONTACT)

    def failure(self, reply: Reply) -> Failed | None:
        return failure_of(reply, super().failure(reply))

    async def check(self, api: Api) -> str:
        reply = await api.call("GET", f"{V}/org")
        return text_of(reply.data["org"][0]["company_name"])

    async def choices(self, api: Api, object_: str) -> list[Field]:
        return [field_of(each) for each in await _fields(api, object_)]

    async def find(
        self, api: Api, object_: str, email: str, code: str, fields: Sequence[str]
    ) -> Snapshot | None:
        """Among leads, converted ones too, and contacts."""
        found: list[Snapshot] = []
        for each in ("Leads", "Contacts"):
            mine = list(fields) if each == object_ else []
            ways = [{"email": email}] if email else []
            ways += [{"criteria": f"({name}:equals:{code})"} for name in mine[:1] if code]
            for way in ways:
                rows = await _get(api, each, mine, way, "/search")
                found += [snapshot_of(each, row) for row in rows]
        return meant(found, code, fields, fixed="Converted__s")

    async def create(self, api: Api, object_: str, values: Mapping[str, str]) -> Ref:
        try:
            reply = await _write(api, "POST", f"{V}/{object_}", values)
        except Failed as failed:
            if failed.ref and not failed.ref.object:
                failed.ref = Ref(object_, failed.ref.id)
            raise
        return Ref(object_, str(reply.data["data"][0]["details"]["id"]))

    async def update(self, api: Api, ref: Ref, values: Mapping[str, str]) -> None:
        """A converted lead can't be written to: its contact is."""
        path = f"{V}/{ref.object}/{ref.id}"
        if await unless(Trouble.GONE, _write(api, "PUT", path, values)) is None:
            await self.update_heir(api, ref, values)

    async def read(self, api: Api, refs: Sequence[Ref], fields: Sequence[str]) -> list[Snapshot]:
        """Converted leads too. A lead leads to what it converted into, a contact to its deals, a
        deal back to both. What Zoho merged into another record is gone: it says not into which."""
        object_, ids = refs[0].object, [ref.id for ref in refs]
        rows = await _get(api, object_, fields, {"ids": ",".join(ids), "per_page": "200"})
        became = [row | await _conversion(api, object_, row) for row in rows]
        links: dict[str, tuple[Ref, ...]] | None = {}
        if object_ == "Contacts":
            links = await _pointing(api, "Deals", "Contact_Name", ids)
        if object_ == "Deals":
            asking = _pointing(api, "Leads", "Converted_Deal", ids)
            links = await unless(Trouble.REJECTED, asking)  # then it is found when it is polled
        return in_order(refs, [snapshot_of(object_, each) for each in became], links)

    async def later(self, api: Api, object_: str, field: str, value: str) -> Sequence[str]:
        """Zoho's fields do not say which stages are lost: only that a deal is won is certain."""
        return ("Closed Won",) if field == "Stage" and "Closed Lost" not in value else ()

    async def ensure_fields(self, api: Api, object_: str, words: Sequence[str]) -> dict[str, str]:
        """Zoho names a field itself, by its label. That of the code is unique where the edition
        has a unique field left, so that no record is made twice."""
        named = await _names(api, object_)
        missing = [word for word in words if _LABELS[word] not in named]
        for word in missing:
            await _make_field(api, object_, word)
        named = await _names(api, object_) if missing else named
        return {word: named[_LABELS[word]] for word in words if _LABELS[word] in named}

    async def subscribe(
        self, api: Api, url: str, secret: str, before: str, now: int
    ) -> Subscription | None:
        """A notification channel of a week at most; `before` is the one there was."""
        ends = datetime.fromtimestamp((now + _LONGEST) // 1000, UTC)
        channel_id = before or str(now)
        channel = {
            "channel_id": channel_id,
            "events": list(_EVENTS),
            "token": secret,
            "notify_url": url,
            "channel_expiry": ends.isoformat(timespec="seconds"),
        }
        path, body = f"{V}/actions/watch", {"watch": [channel]}
        reply = await unless(Trouble.GONE, api.call("PUT", path, json=body)) if before else None
        reply = reply or await api.call("POST", path, json=body)
        told = reply.data["watch"][0]["details"]["events"]
        given = [moment_of(each.get("channel_expiry")) for each in told]
        until = min((each for each in given if each is not None), default=now)
        return Subscription(channel_id, expires_at=until)

    def heard(self, request: Request, secret: str, inputs: Mapping[str, str]) -> Heard:
        """A notification, which carries our token; or the webhook of a workflow, which carries
        nothing but came to the secret address. Neither is believed more than that it is time to
        look."""
        body = pairs_of(request.url, request.headers, request.body)
        if "channel_id" not in body:
            return Heard(tuple(hints_of_workflow(body, request.at)))
        prove(secret, text_of(body.get("token")), "the token is not the one of this channel")
        return notified(body, tuple(_OWN), request.at)

    def link(self, ref: Ref, inputs: Mapping[str, str]) -> str:
        host = inputs.get("token_host", "").replace("//accounts.", "//crm.")
        return f"{host}/crm/tab/{ref.object}/{ref.id}" if host else ""


# Calls -------------------------------------------------------------------------------------


async def _conversion(api: Api, object_: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """What a lead became, where the account's list of leads does not say so."""
    converted = told.get("Converted__s") or told.get("$converted")
    if object_ != "Leads" or not converted or "Converted_Deal" in told:
        return {}
    path = f"{V}/Leads/{told['id']}"
    [lead] = rows_of(await api.call("GET", path, query={"converted": "true"})) or [{}]
    became = lead.get("$converted_detail") or {}
    ids = {f"Converted_{kind.title()}": became.get(kind) for kind in ("deal", "contact")}
    return {n: v if isinstance(v, dict) else {"id": v} for n, v in ids.items() if v}


async def _get(
    api: Api, object_: str, fields: Sequence[str], by: Mapping[str, str], path: str = ""
) -> list[dict[str, Any]]:
    """Records, converted leads among them, with these fields and what is always asked."""
    named = dict.fromkeys([*_OWN[object_], *fields])
    query = {**by, "fields": ",".join(name for name in named if re.fullmatch(r"\w+", name))}
    query |= {"converted": "both"} if object_ == "Leads" else {}
    return rows_of(await api.call("GET", f"{V}/{object_}{path}", query=query))


async def _pointing(
    api: Api, object_: str, field: str, ids: Sequence[str]
) -> dict[str, tuple[Ref, ...]]:
    """By id, the records of `object_` whose `field` names it."""
    rows: list[dict[str, Any]] = []
    for start in range(0, len(ids), _MANY):
        some = ", ".join(f"'{each}'" for each in ids[start : start + _MANY] if each.isdecimal())
        where = f"where {field} in ({some}) limit 2000"
        query = ("select", f"id, {field}", "from", object_, where)
        body = {"select_query": " ".join(query)}
        rows += rows_of(await api.call("POST", f"{V}/coql", json=body))
    return by_id((str(row[field]["id"]), Ref(object_, str(row["id"]))) for row in rows)


async def _write(api: Api, method: str, path: str, values: Mapping[str, Any]) -> Reply:
    """Zoho wants numbers as numbers, and says so one by one."""
    try:
        return await api.call(method, path, json={"data": [dict(values)]})
    except Failed as failed:
        wanted = re.search(r", (\w+), (\w+) \(INVALID_DATA\)", str(failed))
        value = values.get(wanted[1]) if wanted else None
        typed = _typed(value) if isinstance(value, str) else value
        if wanted is None or typed is value:
            raise
    return await _write(api, method, path, {**values, wanted[1]: typed})


def _typed(text: str) -> Any:
    truths: dict[str, Any] = {"true": True, "false": False}
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else truths.get(text, text)


# Fields --------------------------------------------------------------------------------------


async def _fields(api: Api, object_: str) -> list[dict[str, Any]]:
    reply = await api.call("GET", f"{V}/settings/fields", query={"module": object_})
    return list(reply.data["fields"])


async def _names(api: Api, object_: str) -> dict[str, str]:
    return {each["field_label"]: each["api_name"] for each in await _fields(api, object_)}


_LABELS = {word: re.sub(r"[^\w ]", "", label) for word, (_, label) in MADE.items()}


async def _make_field(api: Api, object_: str, word: str) -> None:
    field: dict[str, Any] = {"field_label": _LABELS[word], "data_type": "text", "length": 255}
    if word in NUMBERS:
        field |= {"data_type": "integer", "length": 9}
    path, query = f"{V}/settings/fields", {"module": object_}
    unique = [field | {"unique": {"casesensitive": "false"}}] if word == "code" else []
    for each in (*unique, field):
        call = api.call("POST", path, query=query, json={"fields": [each]})
        if await unless(Trouble.REJECTED if each is not field else Trouble.DUPLICATE, call):
            return
