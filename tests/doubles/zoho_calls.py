"""The calls that Zoho CRM's API answers, version 8: records, search, COQL, fields, channels."""

from __future__ import annotations

import re
from abc import ABC
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from doubles.base import Double, Json, Refused, Stored
from doubles.oauth import OAuth

V = "/crm/v8"
WEEK = 7 * 24 * 3_600_000
_COQL = re.compile(r"select id, (\w+) from (\w+) where (\w+) in \((('\d+'(, )?)+)\) limit 2000")
_LOOKUPS = ("Converted_Deal", "Converted_Contact", "Contact_Name")
_PERSON = {
    "Last_Name": ("Last Name", "text"),
    "First_Name": ("First Name", "text"),
    "Email": ("Email", "email"),
}
_STATUSES = ("Not Contacted", "Contacted", "Qualified", "Lost Lead")
_STAGES = ("Qualification", "Negotiation/Review", "Closed Won", "Closed Lost")
_FIELDS: dict[str, dict[str, tuple[str, str]]] = {
    "Leads": {
        **_PERSON,
        "Company": ("Company", "text"),
        "Lead_Status": ("Lead Status", "picklist"),
        "No_Calls": ("No Calls", "boolean"),
    },
    "Contacts": dict(_PERSON),
    "Deals": {"Deal_Name": ("Deal Name", "text"), "Stage": ("Stage", "picklist")},
}
OPTIONS = {"Lead_Status": _STATUSES, "Stage": _STAGES}
_WANTED = {"Leads": ("Last_Name", "Company"), "Contacts": ("Last_Name",), "Deals": ("Deal_Name",)}


class _OAuth(OAuth):
    def told(self, request: Request) -> Mapping[str, str]:
        return {"location": "eu", "accounts-server": "https://accounts.zoho.eu"}


class ZohoCalls(Double, ABC):
    """`unique`: fields that no two records of a module share; `most_unique`: how many the edition
    has; `lists_conversion`: whether a list of leads says what they became, or only one record."""

    def __init__(self) -> None:
        self.oauth = _OAuth(prefix="1000.")
        self.unique: set[str] = set()
        self.most_unique = 2
        self.lists_conversion = True
        self.fields = {name: dict(fields) for name, fields in _FIELDS.items()}
        self.channels: dict[str, Json] = {}
        self._refreshed: list[int] = []
        super().__init__()

    def routes(self) -> Sequence[BaseRoute]:
        one = f"{V}/{{module:str}}"
        api = [
            (f"{V}/org", "GET", self.org),
            (f"{V}/coql", "POST", self.coql),
            (f"{V}/settings/fields", "GET", self.get_fields),
            (f"{V}/settings/fields", "POST", self.make_fields),
            (f"{V}/actions/watch", "POST", self.watch),
            (f"{V}/actions/watch", "PUT", self.watch),
            (f"{one}/search", "GET", self.search),
            (one, "GET", self.list),
            (one, "POST", self.create),
            (f"{one}/{{id}}", "GET", self.get),
            (f"{one}/{{id}}", "PUT", self.update),
        ]
        return [
            *(self.guarded(*each) for each in api),
            Route("/oauth/v2/auth", self.authorize),
            Route("/oauth/v2/token", self.token, methods=["POST"]),
        ]

    def is_api(self, path: str) -> bool:
        return path.startswith(V)

    def new_id(self, object_: str) -> str:
        return f"5725767000000{int(super().new_id(object_)):06d}"

    def email_of(self, stored: Stored) -> str:
        return stored.fields.get("Email", "")

    # Tokens ----------------------------------------------------------------------------------

    async def authorize(self, request: Request) -> Response:
        query = request.query_params
        if (query.get("access_type"), query.get("prompt")) != ("offline", "consent"):
            return JSONResponse({"error": "no refresh token without offline and consent"}, 400)
        if not query.get("scope", "").startswith("ZohoCRM.") or " " in query["scope"]:
            return JSONResponse({"error": "invalid_scope"}, 400)
        return await self.oauth.authorize(request)

    async def token(self, request: Request) -> Response:
        """Refusals have status 200. More than 10 tokens in 10 minutes are refused."""
        if self.take("invalid_grant"):
            self.oauth.invalid_grant = True
        self._refreshed = [at for at in self._refreshed if at > self.now() - 600_000]
        if len(self._refreshed) >= 10:
            said = "You have made too many requests continuously. Please try again after some time."
            return JSONResponse({"error_description": said, "error": "Access Denied"})
        self._refreshed.append(self.now())
        answer = await self.oauth.token(request)
        if isinstance(answer, Response):
            return JSONResponse({"error": "invalid_code"})
        more = {"api_domain": "https://www.zohoapis.eu", "token_type": "Bearer", "expires_in": 3600}
        return JSONResponse(answer | more)

    def allows(self, request: Request) -> bool:
        if request.path_params.get("module", "Leads") not in self.fields:
            raise error("INVALID_MODULE", "the module name given seems to be invalid")
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return kind == "Zoho-oauthtoken" and token in self.oauth.valid

    def refusal(self, fault: str) -> Response:
        if fault == "401":
            return error("INVALID_TOKEN", "invalid oauth token", 401).response
        return error("TOO_MANY_REQUESTS", "too many requests in a minute", 429).response

    # Reading ---------------------------------------------------------------------------------

    async def org(self, request: Request) -> Response:
        return JSONResponse({"org": [{"company_name": "Acme & Söhne", "zgid": "60012"}]})

    async def list(self, request: Request) -> Response:
        if not request.query_params.get("fields"):
            raise error("REQUIRED_PARAM_MISSING", "fields is missing")
        ids = request.query_params["ids"].split(",")
        assert len(ids) <= 100
        found = [self.records[id_] for id_ in ids if id_ in self.records]
        return self._answer(request, [each for each in found if not each.gone])

    async def get(self, request: Request) -> Response:
        """One record says more than a list of them."""
        stored = self.records.get(request.path_params["id"])
        if stored is None or stored.gone or request.query_params.get("converted") != "true":
            return Response(status_code=204)
        deal, contact = (stored.fields.get(name) for name in _LOOKUPS[:2])
        became = {"deal": deal, "contact": {"id": contact, "name": "x"}, "account": None}
        return JSONResponse({"data": [{"id": stored.id, "$converted_detail": became}]})

    async def search(self, request: Request) -> Response:
        query, module = request.query_params, request.path_params["module"]
        said = re.fullmatch(r"\((\w+):equals:([^()]+)\)", query.get("criteria", ""))
        name, value = (said[1], said[2]) if said else ("Email", query.get("email", ""))
        if not value or (name != "Email" and name not in self.fields[module]):
            raise error("INVALID_QUERY", "invalid query formed")
        rows = self.searched(module)
        same = [r for r in rows if r.fields.get(name, "").casefold() == value.casefold()]
        return self._answer(request, same)

    async def coql(self, request: Request) -> Response:
        said = _COQL.fullmatch((await request.json())["select_query"])
        if said is None or said[1] != said[3]:
            raise error("SYNTAX_ERROR", "error occurred while parsing the query")
        ids = re.findall(r"\d+", said[4])
        assert len(ids) <= 50
        rows = [r for r in self.live(said[2]) if r.fields.get(said[1]) in ids]
        shown = [{"id": r.id, said[1]: {"id": r.fields[said[1]]}} for r in rows]
        return _listed(shown)

    def _answer(self, request: Request, rows: Sequence[Stored]) -> Response:
        """Leads that were converted only where they are asked for; nothing is no content."""
        names = [*request.query_params["fields"].split(","), "id"]
        if request.query_params.get("converted") != "both":
            rows = [each for each in rows if each.fields.get("Converted__s") != "true"]
        return _listed([self._shown(each, names) for each in rows])

    def _shown(self, stored: Stored, names: Sequence[str]) -> Json:
        """Names that a module does not have are passed over."""
        own = {"id": stored.id, "Created_Time": _iso(stored.created_at)}
        if stored.object == "Leads":
            own |= {"Converted__s": "", "Converted_Deal": "", "Converted_Contact": ""}
        told = dict.fromkeys(self.fields[stored.object], "") | own | stored.fields
        if not self.lists_conversion:
            told = {n: v for n, v in told.items() if not n.startswith("Converted_") or "__" in n}
        kinds = self.fields[stored.object]
        return {n: _shown(n, kinds.get(n, ("", ""))[1], told[n]) for n in names if n in told}

    # Writing ---------------------------------------------------------------------------------

    async def create(self, request: Request) -> Response:
        module, fields = request.path_params["module"], await self._body(request)
        for name in _WANTED[module]:
            if not fields.get(name):
                raise refused("MANDATORY_NOT_FOUND", "required field not found", {"api_name": name})
        status = {"Lead_Status": "Not Contacted"} if module == "Leads" else {}
        stored = self.add(module, status | fields)
        return _done(stored, "record added", 201)

    async def update(self, request: Request) -> Response:
        stored = self.records.get(request.path_params["id"])
        if stored is None or stored.gone:
            raise refused("INVALID_DATA", "the id given seems to be invalid", {"api_name": "id"})
        if stored.fields.get("Converted__s") == "true":
            raise refused("CONVERTED_RECORD", "can't update the converted record", {})
        self.write(stored, await self._body(request, stored.id))
        return _done(stored, "record updated", 200)

    async def _body(self, request: Request, own: str = "") -> dict[str, str]:
        """The fields of the one record in a call, as they are kept."""
        [told] = (await request.json())["data"]
        module = request.path_params["module"]
        for name, value in told.items():
            kind = self.fields[module].get(name, ("", "text"))[1]
            right = {"integer": int, "boolean": bool}.get(kind, str)
            if type(value) is not right:
                details = {"expected_data_type": kind, "api_name": name}
                raise refused("INVALID_DATA", "invalid data", details)
            twins = [r for r in self.live(module) if r.fields.get(name) == value and r.id != own]
            if twins and name in self.unique:
                raise self._duplicate(name, twins[0])
        return {name: _kept(value) for name, value in told.items() if name in self.fields[module]}

    def _duplicate(self, name: str, twin: Stored) -> Refused:
        module = {"api_name": twin.object, "id": "5725767000000002175"}
        details: Json = {"api_name": name, "json_path": f"$.data[0].{name}", "id": twin.id}
        details["duplicate_record"] = {"id": twin.id, "module": module}
        return refused("DUPLICATE_DATA", "duplicate data", details, 202)

    # Fields ----------------------------------------------------------------------------------

    async def get_fields(self, request: Request) -> Response:
        shown = [
            {
                "api_name": name,
                "field_label": label,
                "data_type": kind,
                "read_only": False,
                "pick_list_values": [
                    {"display_value": each, "actual_value": each} for each in OPTIONS.get(name, ())
                ],
            }
            for name, (label, kind) in self.fields[request.query_params["module"]].items()
        ]
        return JSONResponse({"fields": shown})

    async def make_fields(self, request: Request) -> Response:
        """A field gets its name of its label."""
        [told] = (await request.json())["fields"]
        known, label = self.fields[request.query_params["module"]], told["field_label"]
        if re.search(r"[^\w ]", label):
            raise refused("INVALID_DATA", "invalid data", {"api_name": "field_label"}, key="fields")
        name = label.replace(" ", "_")
        if name in known:
            details = {"api_name": "field_label"}
            raise refused("DUPLICATE_DATA", "duplicate data", details, key="fields")
        if "unique" in told:
            if len(self.unique) >= self.most_unique:
                raise refused("LIMIT_EXCEEDED", "no unique field is left", {}, key="fields")
            self.unique.add(name)
        known[name] = (label, told["data_type"])
        made = {"code": "SUCCESS", "details": {"id": "1"}, "message": "field created"}
        return JSONResponse({"fields": [made | {"status": "success"}]}, 201)

    # Channels --------------------------------------------------------------------------------

    async def watch(self, request: Request) -> Response:
        """POST makes a channel, PUT changes one that is there."""
        [told] = (await request.json())["watch"]
        id_, expiry = told["channel_id"], told["channel_expiry"]
        known = self.channels.get(id_)
        if request.method == "PUT" and (known is None or known["until"] <= self.now()):
            raise refused("NOT_SUBSCRIBED", "not subscribed", {"channel_id": id_}, key="watch")
        if not re.fullmatch(r"\d+", id_) or len(told["token"]) > 50 or "." in expiry:
            raise refused("INVALID_DATA", "invalid data", {"api_name": "channel_id"}, key="watch")
        until = round(datetime.fromisoformat(expiry).timestamp() * 1000)
        if not self.now() < until <= self.now() + WEEK:
            until = self.now() + 3_600_000
        self.channels[id_] = told | {"until": until}
        self.hooks = [each["notify_url"] for each in self.channels.values()]
        events = [
            {"channel_expiry": _iso(until), "channel_id": id_, "resource_name": each.split(".")[0]}
            for each in told["events"]
        ]
        made = {"code": "SUCCESS", "details": {"events": events}, "status": "success"}
        return JSONResponse({"watch": [made]}, 201)


def error(code: str, message: str, status: int = 400) -> Refused:
    """A refusal of a call."""
    body = {"code": code, "details": {}, "message": message, "status": "error"}
    return Refused(JSONResponse(body, status))


def refused(
    code: str, message: str, details: Json, status: int = 400, key: str = "data"
) -> Refused:
    """A refusal of the one record in a call."""
    told = {"code": code, "details": details, "message": message, "status": "error"}
    return Refused(JSONResponse({key: [told]}, status))


def _listed(rows: Sequence[Json]) -> Response:
    if not rows:
        return Response(status_code=204)
    return JSONResponse({"data": rows, "info": {"count": len(rows), "more_records": False}})


def _done(stored: Stored, message: str, status: int) -> Response:
    details = {"id": stored.id, "Created_Time": _iso(stored.created_at)}
    told = {"code": "SUCCESS", "details": details, "message": message, "status": "success"}
    return JSONResponse({"data": [told]}, status)


def _shown(name: str, kind: str, text: str) -> Any:
    if name in _LOOKUPS and text:
        return {"id": text, "name": f"{name} {text[-3:]}"}
    if name == "Converted__s" or kind == "boolean":
        return text == "true"
    return (int(text) if kind == "integer" else text) if text else None


def _kept(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at // 1000, UTC).isoformat()
