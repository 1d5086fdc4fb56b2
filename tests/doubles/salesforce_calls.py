"""The calls that Salesforce's REST API answers: queries in SOQL, records, descriptions."""

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
from doubles.salesforce_schema import OBJECTS, ROWS, Column, record_id

DATA = "/services/data/v67.0"
ORGANIZATION = record_id("Organization", 1)
_SELECT = re.compile(
    r"SELECT (?P<names>[\w, ]+) FROM (?P<object>\w+)(?: WHERE (?P<where>.+?))?"
    r"(?: ORDER BY (?:CreatedDate|SortOrder))?(?: LIMIT (?P<limit>\d+))?"
)
_TERM = re.compile(
    r"(\w+) (?:=|IN) (?P<values>\((?:'(?:\\.|[^'\\])*'(?:, )?)+\)|'(?:\\.|[^'\\])*')"
)
_TEXT = re.compile(r"'((?:\\.|[^'\\])*)'")


class SalesforceCalls(Double, ABC):
    """`duplicates`: what the duplicate rule does ("allow", "block" or "off"); `details`: whether
    it says of what; `page`: records in an answer; `objects`: what fields there are."""

    def __init__(self) -> None:
        grants = ("client_credentials", "authorization_code", "refresh_token")
        self.oauth = OAuth(grants, rotates=True, pkce=True, prefix=f"{ORGANIZATION[:15]}!")
        self.duplicates = "allow"
        self.details = True
        self.page = 2000
        self.objects = {name: dict(columns) for name, columns in OBJECTS.items()}
        self._rest: dict[str, list[Json]] = {}
        super().__init__()

    def routes(self) -> Sequence[BaseRoute]:
        one = f"{DATA}/sobjects/{{object}}"
        api = [
            (f"{DATA}/query", "GET", self.query),
            (f"{DATA}/queryAll", "GET", self.query),
            (f"{DATA}/query/{{locator}}", "GET", self.more),
            (f"{one}/describe", "GET", self.describe),
            (one, "POST", self.create),
            (f"{one}/{{id}}", "GET", self.get),
            (f"{one}/{{id}}", "PATCH", self.update),
        ]
        return [
            *(self.guarded(*each) for each in api),
            Route("/services/oauth2/authorize", self.oauth.authorize),
            Route("/services/oauth2/token", self.token, methods=["POST"]),
        ]

    def is_api(self, path: str) -> bool:
        return path.startswith(DATA)

    def new_id(self, object_: str) -> str:
        return record_id(object_, int(super().new_id(object_)))

    def email_of(self, stored: Stored) -> str:
        return stored.fields.get("Email", "")

    async def token(self, request: Request) -> Response:
        if self.take("invalid_grant"):
            self.oauth.invalid_grant = True
        answer = await self.oauth.token(request)
        if isinstance(answer, Response):
            return answer
        more = {
            "signature": "SxJuQ==",
            "scope": "api refresh_token",
            "instance_url": self.url,
            "id": f"https://login.salesforce.com/id/{ORGANIZATION}/005Aj00000000001AAA",
            "token_type": "Bearer",
            "issued_at": str(self.now()),
        }
        return JSONResponse(answer | more)

    def allows(self, request: Request) -> bool:
        if request.path_params.get("object", "Lead") not in self.objects:
            raise error("NOT_FOUND", "The requested resource does not exist", 404)
        return request.headers.get("authorization", "").removeprefix("Bearer ") in self.oauth.valid

    def limits(self) -> dict[str, str]:
        return {"sforce-limit-info": f"api-usage={len(self.calls)}/15000"}

    def refusal(self, fault: str) -> Response:
        if fault == "401":
            return error("INVALID_SESSION_ID", "Session expired or invalid", 401).response
        return error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 403).response

    # Queries ---------------------------------------------------------------------------------

    async def query(self, request: Request) -> Response:
        soql = request.query_params["q"]
        said = _SELECT.fullmatch(soql)
        if said is None:
            raise error("MALFORMED_QUERY", f"unexpected token in: {soql}")
        object_, names = said["object"], said["names"].split(", ")
        if object_ not in self.objects:
            raise error("INVALID_TYPE", f"sObject type '{object_}' is not supported.")
        if len(names) != len({name.casefold() for name in names}):
            raise error("INVALID_FIELD", "duplicate field selected")
        terms = self._terms(object_, said["where"] or "")
        for name in [*names, *(name for name, _ in terms)]:
            self._column(object_, name, "entity")
        every = request.url.path.endswith("queryAll")
        found = [
            each
            for each in self._rows(object_, every)
            if not terms or any(self._value(each, name).casefold() in some for name, some in terms)
        ]
        found.sort(key=lambda each: each.created_at)
        found = found[: int(said["limit"] or 50_000)]
        return self._answer([self._shown(each, names) for each in found])

    def _rows(self, object_: str, every: bool) -> list[Stored]:
        if object_ in ROWS:
            return [Stored(object_, ORGANIZATION, fields, 0) for fields in ROWS[object_]]
        if object_ == self.plot.object and not every and self.take("race"):
            return []
        return [r for r in self.records.values() if r.object == object_ and (every or not r.gone)]

    def _terms(self, object_: str, where: str) -> list[tuple[str, set[str]]]:
        """Terms joined by OR: a field, and the values that it may have."""
        terms, rest = [], where
        while rest:
            said = _TERM.match(rest)
            if said is None:
                raise error("MALFORMED_QUERY", f"unexpected token: {rest}")
            texts = _TEXT.findall(said["values"])
            terms.append((said[1], {re.sub(r"\\(.)", r"\1", each).casefold() for each in texts}))
            rest = rest[said.end() :].removeprefix(" OR ")
        return terms

    def _answer(self, rows: list[Json]) -> Response:
        """A page; where there is more, with the address of the next."""
        answer: Json = {"totalSize": len(rows), "done": len(rows) <= self.page}
        answer["records"] = rows[: self.page]
        if not answer["done"]:
            locator = f"01gAj00000000{len(self._rest):03d}-{self.page}"
            self._rest[locator] = rows[self.page :]
            answer["nextRecordsUrl"] = f"{DATA}/query/{locator}"
        return JSONResponse(answer)

    async def more(self, request: Request) -> Response:
        rest = self._rest.pop(request.path_params["locator"], None)
        if rest is None:
            raise error("INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._answer(rest)

    def _value(self, stored: Stored, name: str) -> str:
        own = {"Id": stored.id, "MasterRecordId": stored.merged}
        own |= {"IsDeleted": "true" if stored.gone else "", "CreatedDate": _iso(stored.created_at)}
        return own.get(name, stored.fields.get(name, ""))

    def _shown(self, stored: Stored, names: Sequence[str]) -> Json:
        columns = self.objects[stored.object]
        url = f"{DATA}/sobjects/{stored.object}/{stored.id}"
        shown: Json = {"attributes": {"type": stored.object, "url": url}}
        return shown | {name: columns[name].typed(self._value(stored, name)) for name in names}

    # Records ---------------------------------------------------------------------------------

    async def create(self, request: Request) -> Response:
        object_, fields = request.path_params["object"], await _body(request)
        self._check(object_, fields)
        columns = self.objects[object_]
        if missing := [n for n, c in columns.items() if c.required and not fields.get(n)]:
            message = f"Required fields are missing: [{', '.join(missing)}]"
            raise error("REQUIRED_FIELD_MISSING", message, fields=missing)
        allowed = (
            "allowsave=true" in request.headers.get("sforce-duplicate-rule-header", "").lower()
        )
        twins = self._twins(object_, fields)
        if twins and self.duplicates != "off" and (self.duplicates == "block" or not allowed):
            raise self._duplicate(object_, twins)
        status = {"Status": "Open - Not Contacted"} if object_ == "Lead" else {}
        stored = self.add(object_, status | fields)
        return JSONResponse({"id": stored.id, "success": True, "errors": []}, 201)

    async def get(self, request: Request) -> Response:
        stored = self._live(request)
        return JSONResponse(self._shown(stored, list(self.objects[stored.object])))

    async def update(self, request: Request) -> Response:
        stored, fields = self._live(request), await _body(request)
        self._check(stored.object, fields)
        if stored.fields.get("IsConverted") == "true":
            raise error("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        self.write(stored, fields)
        return Response(status_code=204)

    async def describe(self, request: Request) -> Response:
        object_ = request.path_params["object"]
        fields = [column.shown(name) for name, column in self.objects[object_].items()]
        return JSONResponse({"name": object_, "label": object_, "fields": fields})

    def _live(self, request: Request) -> Stored:
        stored = self.records.get(request.path_params["id"])
        if stored is None or stored.object != request.path_params["object"]:
            raise error("NOT_FOUND", "Provided external ID field does not exist", 404)
        if stored.gone:
            raise error("ENTITY_IS_DELETED", "entity is deleted", 404)
        return stored

    def _column(self, object_: str, name: str, kind: str) -> Column:
        if name not in self.objects[object_]:
            message = f"No such column '{name}' on {kind} '{object_}'. If you are attempting to use"
            raise error("INVALID_FIELD", f"{message} a custom field, be sure to append the '__c'")
        return self.objects[object_][name]

    def _check(self, object_: str, fields: Mapping[str, Any]) -> None:
        for name, value in fields.items():
            column = self._column(object_, name, "sobject of type")
            if column.fixed:
                message = f"Unable to create/update fields: {name}."
                raise error("INVALID_FIELD_FOR_INSERT_UPDATE", message, fields=[name])
            if not isinstance(value, str):
                raise error("JSON_PARSER_ERROR", f"Cannot deserialize instance of string: {name}")
            if column.type == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
                raise error("INVALID_EMAIL_ADDRESS", f"invalid email address: {value}")

    def _twins(self, object_: str, fields: Mapping[str, str]) -> list[Stored]:
        """Whom a fuzzy rule takes for the same: by address, or by name and company."""

        def alike(other: Stored) -> bool:
            same = self.email_of(other).casefold() == fields.get("Email", "").casefold() != ""
            names = ("LastName", "FirstName", "Company")
            return same or all(other.fields.get(n, "") == fields.get(n, "") for n in names)

        people = [*self.live("Lead"), *self.live("Contact")] if object_ != "Opportunity" else []
        return [each for each in people if alike(each)]

    def _duplicate(self, object_: str, twins: Sequence[Stored]) -> Refused:
        records = [
            {
                "additionalInformation": [],
                "fieldDiffs": [],
                "matchConfidence": 100.0,
                "record": {"attributes": {"type": each.object, "url": ""}, "Id": each.id},
            }
            for each in twins
        ]
        match: Json = {
            "entityType": twins[0].object,
            "errors": [],
            "matchEngine": "FuzzyMatchEngine",
        }
        match |= {"rule": "Standard_Match_Rule_v1_1", "size": len(twins), "success": True}
        result = {
            "allowSave": self.duplicates == "allow",
            "duplicateRule": f"Standard_{object_}_Duplicate_Rule",
            "duplicateRuleEntityType": object_,
            "errorMessage": "Use one of these records?",
            "matchResults": [match | {"matchRecords": records}],
        }
        more = {"duplicateResult": result} if self.details else {}
        return error("DUPLICATES_DETECTED", "Use one of these records?", more=more)


def error(
    code: str, message: str, status: int = 400, fields: Sequence[str] = (), more: Json | None = None
) -> Refused:
    """A refusal: a list of errors."""
    body = {**(more or {}), "message": message, "errorCode": code}
    return Refused(JSONResponse([body | ({"fields": list(fields)} if fields else {})], status))


async def _body(request: Request) -> Json:
    if request.headers.get("content-type", "").split(";")[0] != "application/json":
        raise error("UNSUPPORTED_MEDIA_TYPE", "JSON is wanted", 415)
    body: Json = await request.json()
    return body


def _iso(at: int) -> str:
    text = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "+0000")
