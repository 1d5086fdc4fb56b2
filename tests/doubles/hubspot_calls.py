"""The calls that HubSpot's API answers: objects, associations, properties, pipelines."""

from __future__ import annotations

import json
import re
from abc import ABC
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from doubles.base import Double, Json, Refused, Stored
from doubles.hubspot_schema import DEAL_STAGES, LIFECYCLE, PROPERTIES, created_property
from doubles.oauth import OAuth

KEY = "pat-eu1-00000000-0000-0000-0000-000000000001"
PORTAL = 62515
TYPES = {"contacts": ("contact", "0-1"), "deals": ("deal", "0-3")}
_V = "{version:str}"


class HubSpotCalls(Double, ABC):
    """`granted` are the scopes of the key; `newer_conflict`: which of the two bodies a duplicate
    gets; `page`: associations of one record in an answer."""

    def __init__(self) -> None:
        self.oauth = OAuth()
        self.newer_conflict = False
        self.granted = {"contacts", "deals", "schemas"}
        self.properties = {name: dict(some) for name, some in PROPERTIES.items()}
        self.page = 500
        super().__init__()

    def routes(self) -> Sequence[BaseRoute]:
        async def token(request: Request) -> Response:
            if self.take("invalid_grant"):
                self.oauth.invalid_grant = True
            answer = await self.oauth.token(request)
            more = {"expires_in": 1800, "token_type": "bearer"}
            return answer if isinstance(answer, Response) else JSONResponse(answer | more)

        one = f"/crm/objects/{_V}/{{object}}"
        api = [
            (f"{one}", "POST", self.create),
            (f"{one}", "GET", self.listed),
            (f"{one}/search", "POST", self.search),
            (f"{one}/batch/read", "POST", self.batch_read),
            (f"{one}/{{id}}", "GET", self.get),
            (f"{one}/{{id}}", "PATCH", self.update),
            (f"/crm/associations/{_V}/{{from_}}/{{object}}/batch/read", "POST", self.associations),
            (f"/crm/properties/{_V}/{{object}}", "GET", self.list_properties),
            (f"/crm/properties/{_V}/{{object}}", "POST", self.create_property),
            (f"/crm/pipelines/{_V}/deals", "GET", self.pipelines),
            (f"/account-info/{_V}/details", "GET", self.account),
        ]
        routes = [self.guarded(*each) for each in api]
        older = [
            self.guarded(path.replace(f"/objects/{_V}", f"/{_V}/objects"), method, answer)
            for path, method, answer in api[:6]
        ]
        consent = Route("/oauth/authorize", self.oauth.authorize)
        return [*routes, *older, consent, Route(f"/oauth/{_V}/token", token, methods=["POST"])]

    def is_api(self, path: str) -> bool:
        return path.startswith(("/crm/", "/account-info/"))

    def allows(self, request: Request) -> bool:
        """A bearer of a token with the scopes, and of a version there is."""
        told, version = request.path_params, request.path_params["version"]
        if version != ("v3" if request.url.path.startswith("/crm/v3/") else "2026-09"):
            raise AssertionError(f"no version {version}")
        for scope in {told.get("object", "contacts"), told.get("from_")} & {"contacts", "deals"}:
            if scope not in self.granted:
                raise _error(403, "MISSING_SCOPES", f"requires crm.objects.{scope}.read")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return token == KEY or token in self.oauth.valid

    def refusal(self, fault: str) -> Response:
        if fault == "401":
            message = "The OAuth token used to make this call expired 5 minute(s) ago."
            return _error(401, "EXPIRED_AUTHENTICATION", message).response
        refused = _error(429, "RATE_LIMITS", "You have reached your ten_secondly_rolling limit.")
        refused.response.headers["x-hubspot-ratelimit-remaining"] = "0"
        return refused.response

    async def create(self, request: Request) -> Response:
        object_, body = request.path_params["object"], await _body(request)
        if request.path_params["version"] != "v3" and "associations" not in body:
            raise _error(
                400, "VALIDATION_ERROR", "Some required fields were not set: [associations]"
            )
        fields = self._checked(object_, body.get("properties", {}))
        twin = self._by_email(fields.get("email", "")) if object_ == "contacts" else None
        if twin is not None:
            raise self._conflict(twin)
        if object_ == "contacts":
            fields = {"lifecyclestage": "lead", **fields}
        if object_ == "deals":
            self._check_stage(fields)
        stored = self.add(object_, fields)
        for each in body.get("associations", []):
            if each["types"][0] != {
                "associationCategory": "HUBSPOT_DEFINED",
                "associationTypeId": 3,
            }:
                raise _error(400, "VALIDATION_ERROR", "invalid association type")
            self.link(stored.id, each["to"]["id"])
        return JSONResponse(_shown(stored, fields), 201)

    async def get(self, request: Request) -> Response:
        object_, id_ = request.path_params["object"], request.path_params["id"]
        by = request.query_params.get("idProperty", "")
        race = bool(by) and self.take("race")
        stored = self._by_email(id_) if by == "email" else self._current(object_, id_)
        if stored is None or race:
            raise _error(404, "OBJECT_NOT_FOUND", "resource not found")
        wanted = request.query_params.get("properties", "").split(",")
        return JSONResponse(self._shown(stored, wanted))

    async def listed(self, request: Request) -> Response:
        limit = int(request.query_params.get("limit", "10"))
        some = self.live(request.path_params["object"])[:limit]
        return JSONResponse({"results": [self._shown(each, []) for each in some]})

    async def search(self, request: Request) -> Response:
        object_, body = request.path_params["object"], await _body(request)
        filters = [each for group in body["filterGroups"] for each in group["filters"]]
        if any(each["operator"] != "EQ" for each in filters):
            raise _error(400, "VALIDATION_ERROR", "the double knows EQ alone")
        found = [
            each
            for each in self.searched(object_)
            if all(each.fields.get(f["propertyName"], "") == f["value"] for f in filters)
        ]
        shown = [self._shown(each, body.get("properties", [])) for each in found]
        return JSONResponse({"total": len(found), "results": shown[: body.get("limit", 10)]})

    async def update(self, request: Request) -> Response:
        object_, body = request.path_params["object"], await _body(request)
        stored = self._current(object_, request.path_params["id"])
        if stored is None:
            raise _error(404, "OBJECT_NOT_FOUND", "resource not found")
        fields = self._checked(object_, body["properties"])
        if _goes_back(stored.fields.get("lifecyclestage", ""), fields.get("lifecyclestage", "")):
            del fields["lifecyclestage"]
        self.write(stored, fields)
        return JSONResponse(_shown(stored, fields))

    async def batch_read(self, request: Request) -> Response:
        object_, body = request.path_params["object"], await _body(request)
        asked = [each["id"] for each in body["inputs"]]
        if len(asked) > 100:
            raise _error(400, "VALIDATION_ERROR", "The maximum number of inputs is 100")
        found = {id_: self._current(object_, id_) for id_ in asked}
        missing = [id_ for id_, stored in found.items() if stored is None]
        there = {stored.id: stored for stored in found.values() if stored is not None}
        answer: Json = {"status": "COMPLETE", "startedAt": _iso(self.now())}
        answer["results"] = [self._shown(each, body["properties"]) for each in there.values()]
        answer["completedAt"] = answer["startedAt"]
        if missing:
            message = "Could not get some CONTACT objects, they may be deleted or not exist."
            error = {"status": "error", "category": "OBJECT_NOT_FOUND", "message": message}
            answer |= {"numErrors": 1, "errors": [error | {"context": {"ids": missing}}]}
        return JSONResponse(answer, 207 if missing else 200)

    async def associations(self, request: Request) -> Response:
        from_, to = request.path_params["from_"], request.path_params["object"]
        results, errors = [], []
        for each in (await _body(request))["inputs"]:
            stored = self._current(from_, each["id"])
            linked = self.linked(stored, to) if stored else []
            start = int(each.get("after", "0"))
            some = linked[start : start + self.page]
            if not some:
                about = {"fromObjectId": [each["id"]]}
                sub = "crm.associations.NO_ASSOCIATIONS_FOUND"
                message = f"No {TYPES[to][0]} is associated with {TYPES[from_][0]} {each['id']}."
                error = {"status": "error", "category": "OBJECT_NOT_FOUND", "subCategory": sub}
                errors.append({**error, "message": message, "context": about})
                continue
            kind = {"category": "HUBSPOT_DEFINED", "typeId": 4, "label": None}
            ends = [{"toObjectId": int(one.id), "associationTypes": [kind]} for one in some]
            result: Json = {"from": {"id": each["id"]}, "to": ends}
            if len(linked) > start + self.page:
                result["paging"] = {"next": {"after": str(start + self.page)}}
            results.append(result)
        answer: Json = {"status": "COMPLETE", "results": results}
        if errors:
            answer |= {"numErrors": len(errors), "errors": errors}
        return JSONResponse(answer, 207 if errors else 200)

    async def list_properties(self, request: Request) -> Response:
        known = self.properties[request.path_params["object"]]
        return JSONResponse({"results": [each.shown(name) for name, each in known.items()]})

    async def create_property(self, request: Request) -> Response:
        if "schemas" not in self.granted:
            raise _error(403, "MISSING_SCOPES", "requires crm.schemas.contacts.write")
        body, known = await _body(request), self.properties[request.path_params["object"]]
        missing = {"name", "label", "type", "fieldType", "groupName"} - set(body)
        if missing:
            raise _error(
                400, "VALIDATION_ERROR", f"required fields were not set: {sorted(missing)}"
            )
        if body["name"] in known:
            message = f"A property named '{body['name']}' already exists."
            raise _error(409, "OBJECT_ALREADY_EXISTS", message)
        known[body["name"]] = created_property(body)
        return JSONResponse(known[body["name"]].shown(body["name"]), 201)

    async def pipelines(self, request: Request) -> Response:
        return JSONResponse({"results": DEAL_STAGES})

    async def account(self, request: Request) -> Response:
        return JSONResponse(
            {
                "portalId": PORTAL,
                "accountType": "STANDARD",
                "timeZone": "Europe/Dublin",
                "companyCurrency": "EUR",
                "uiDomain": "app-eu1.hubspot.com",
                "dataHostingLocation": "eu1",
            }
        )

    def _shown(self, stored: Stored, wanted: Sequence[str]) -> Json:
        known = self.properties[stored.object]
        fields = {name: stored.fields.get(name) for name in wanted if name in known}
        return _shown(stored, fields)

    def _current(self, object_: str, id_: str) -> Stored | None:
        """The record of an id, or what it was merged into."""
        stored = self.records.get(id_)
        while stored is not None and stored.merged:
            stored = self.records[stored.merged]
        return stored if stored and stored.object == object_ and not stored.gone else None

    def _by_email(self, email: str) -> Stored | None:
        return next(iter(self.found(email)), None) if email else None

    def _conflict(self, twin: Stored) -> Refused:
        if not self.newer_conflict:
            return _error(409, "CONFLICT", f"Contact already exists. Existing ID: {twin.id}")
        email = twin.fields["email"]
        message = f"A contact with email {email} already exists. Existing ID: {twin.id}"
        refused = _error(409, "OBJECT_ALREADY_EXISTS", message)
        body = json.loads(bytes(refused.response.body))
        identity = [{"value": email, "type": "EMAIL", "timestamp": 1, "isPrimary": True}]
        body |= {"error": "CONTACT_EXISTS", "errors": [{"message": message, "in": "email"}]}
        body["identityProfile"] = {"vid": int(twin.id), "identity": identity}
        return Refused(JSONResponse(body, 409))

    def _checked(self, object_: str, fields: Json) -> dict[str, str]:
        known = self.properties[object_]
        for name, value in fields.items():
            if name not in known:
                raise _error(400, "VALIDATION_ERROR", f'Property "{name}" does not exist')
            if not isinstance(value, str) or not known[name].allows(value):
                raise _error(400, "VALIDATION_ERROR", f"{value!r} was not valid for {name}")
        email = fields.get("email", "")
        if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
            raise _error(400, "VALIDATION_ERROR", f"Email address {email} is invalid")
        return {**fields, **({"email": email.lower()} if email else {})}

    def _check_stage(self, fields: dict[str, str]) -> None:
        pipeline = fields.setdefault("pipeline", "default")
        stages = {each["id"]: [one["id"] for one in each["stages"]] for each in DEAL_STAGES}
        if fields.get("dealstage") not in stages.get(pipeline, []):
            raise _error(400, "VALIDATION_ERROR", f"not a stage of the pipeline {pipeline}")


async def _body(request: Request) -> Json:
    if request.headers.get("content-type", "").split(";")[0] != "application/json":
        raise _error(415, "VALIDATION_ERROR", "JSON is wanted")
    body: Json = await request.json()
    return body


def _error(status: int, category: str, message: str) -> Refused:
    body = {"status": "error", "message": message, "category": category}
    return Refused(JSONResponse(body | {"correlationId": "aeb5f871-7f07-4993"}, status))


def _shown(stored: Stored, fields: dict[str, Any]) -> Json:
    at = _iso(stored.created_at)
    own = {"createdate": at, "hs_object_id": stored.id, "lastmodifieddate": at}
    shown = {"id": stored.id, "properties": own | fields, "createdAt": at, "updatedAt": at}
    return shown | {"archived": False}


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _goes_back(now: str, wanted: str) -> bool:
    stages = [name for name, _ in LIFECYCLE]
    return now in stages and wanted in stages and stages.index(wanted) < stages.index(now)
