"""The imaginary CRM over real HTTP: what it refuses, what it forgets, whom it calls."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import new as hmac

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from doubles.serving import serving

Record = dict[str, str]


@dataclass
class Abacus:
    """`faults` come one by one: a status, `lost` (done, but no answer), `race`."""

    now: Callable[[], int]
    key: str = "secret"
    url: str = ""
    fixed: str = ""  # a field that nobody may write
    people: dict[str, Record] = field(default_factory=dict)
    orders: dict[str, Record] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    hook: Record = field(default_factory=dict)

    async def answer(self, request: Request) -> Response:
        self.calls.append(f"{request.method} {request.url.path}")
        fault = self.faults.pop(0) if self.faults else ""
        if request.headers.get("authorization") != f"Key {self.key}" or fault == "401":
            return JSONResponse({"error": "who are you"}, 401)
        if fault == "403":
            return JSONResponse({"error": "not for you"}, 403)
        if fault == "429":
            return JSONResponse({"error": "slowly"}, 429, {"retry-after": "120"})
        if fault == "500":
            return HTMLResponse("<h1>Oops</h1>", 500)
        said = await self._do(request, fault)
        return Response(status_code=599) if fault == "lost" else said

    async def _do(self, request: Request, fault: str) -> Response:
        match request.method, request.url.path.split("/")[2:]:
            case "GET", ["me"]:
                return JSONResponse({"name": "Counting House"})
            case "GET", ["fields"]:
                return JSONResponse(["mail", "name", "code", "mood"])
            case "PUT", ["hook"]:
                self.hook = await request.json()
                return JSONResponse({"id": "h1"})
            case "GET", ["orders"] if "?" in request.query_params["ids"]:
                return JSONResponse({"error": "no such id can be"}, 400)
            case "GET", [("people" | "orders") as kind]:
                return JSONResponse([] if fault == "race" else self._found(kind, request))
            case "POST", ["people"]:
                return self._add(await request.json())
            case "PATCH", ["people", id_] if self.fixed in await request.json():
                return JSONResponse({"error": f"{self.fixed} is fixed"}, 400)
            case "PATCH", ["people", id_]:
                self.people[id_] |= await request.json()
                return JSONResponse({})
        self.unknown.append(request.url.path)
        return Response(status_code=404)

    def _found(self, kind: str, request: Request) -> list[Record]:
        rows = self.people if kind == "people" else self.orders
        if ids := request.query_params.get("ids"):
            return [rows[id_] for id_ in ids.split(",") if id_ in rows]
        wanted = request.query_params
        by_code = [each for each in rows.values() if each.get("code") == wanted["code"]]
        by_mail = [each for each in rows.values() if each.get("mail") == wanted["mail"]]
        return [*by_code, *by_mail]

    def _add(self, values: Record) -> Response:
        for known in self.people.values():
            if known["mail"] == values["mail"]:
                return JSONResponse({"is": known["id"]}, 409)
        id_ = f"p{len(self.people) + 1}"
        self.people[id_] = {"mood": "new", **values, "id": id_, "made": str(self.now())}
        return JSONResponse({"id": id_}, 201)

    def order(self, person: str, stage: str, total: str = "") -> str:
        """The person orders something."""
        id_ = f"o{len(self.orders) + 1}"
        self.orders[id_] = {"id": id_, "stage": stage, "of": person, "total": total}
        self.people[person]["of"] = f"{self.people[person].get('of', '')} {id_}".strip()
        return id_

    def signed(self, kind: str, id_: str, what: str, event: str) -> tuple[bytes, Record]:
        """The body and headers of a call to the hook."""
        body = json.dumps({"kind": kind, "id": id_, "what": what, "event": event}).encode()
        right = hmac(self.hook["secret"].encode(), body, sha256).hexdigest()
        return body, {"x-abacus": right}


@asynccontextmanager
async def abacus(now: Callable[[], int]) -> AsyncIterator[Abacus]:
    double = Abacus(now)
    app = Starlette(routes=[Route("/{path:path}", double.answer, methods=_METHODS)])
    async with serving(app) as url:
        double.url = url
        yield double


_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
