"""The imaginary CRM: people and orders in pages of two rows, and hooks that it signs itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from hmac import new as hmac
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from doubles.base import Act, Delivery, Double, Json, Plot, Refused, Row, Stored, show
from doubles.oauth import CLIENT_ID, CLIENT_SECRET, OAuth

MOODS = ("new", "curious", "happy", "sad")
STAGES = ("open", "packed", "won", "lost")
PAGE = 2


class Abacus(Double):
    """`key` is the account's, `closed` that it may do nothing, `fixed` a field nobody may write."""

    title = "Abacus"
    login = "oauth"
    secret = "00112233445566778899aabbccddeeff"
    plot = Plot(
        object="person",
        field="mood",
        first="curious",
        last="happy",
        code="code",
        deal="order",
        stage="stage",
        open="open",
        won="won",
        lost="lost",
    )

    def __init__(self) -> None:
        self.oauth = OAuth(rotates=True)
        self.key = "secret"
        self.closed = False
        self.fixed = ""
        self.fields: dict[str, Any] = dict.fromkeys(("mail", "name", "code", "mood"))
        super().__init__()

    def new_id(self, object_: str) -> str:
        return f"{object_[0]}{1 + len([r for r in self.records.values() if r.object == object_])}"

    def email_of(self, stored: Stored) -> str:
        return stored.fields.get("mail", "")

    # Calls -----------------------------------------------------------------------------------

    def routes(self) -> Sequence[BaseRoute]:
        return [
            self.guarded("/v1/me", "GET", self.me),
            self.guarded("/v1/fields/{kind}", "GET", self.list_fields),
            self.guarded("/v1/people", "GET", self.people),
            self.guarded("/v1/people", "POST", self.create),
            self.guarded("/v1/people/{id}", "PATCH", self.update),
            self.guarded("/v1/orders", "GET", self.orders),
            self.guarded("/v1/hooks", "POST", self.create_hook),
            self.guarded("/v1/hooks/{id}", "GET", self.get_hook),
            Route("/oauth/authorize", self.oauth.authorize),
            Route("/oauth/token", self.token, methods=["POST"]),
        ]

    def is_api(self, path: str) -> bool:
        return path.startswith("/v1/")

    def allows(self, request: Request) -> bool:
        kind, _, told = request.headers.get("authorization", "").partition(" ")
        return told == self.key if kind == "Key" else told in self.oauth.valid

    def refusal(self, fault: str) -> Response:
        if fault == "401":
            return refused(401, "who are you").response
        return JSONResponse({"error": "slowly"}, 429, {"retry-after": "120"})

    def credentials(self, login: str) -> dict[str, str]:
        app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        return {**(app if login == "oauth" else {"key": self.key}), "address": self.url}

    async def token(self, request: Request) -> Response:
        answer = await self.oauth.token(request)
        return answer if isinstance(answer, Response) else JSONResponse(answer)

    async def me(self, request: Request) -> Response:
        return JSONResponse({"name": "Counting House"})

    async def list_fields(self, request: Request) -> Response:
        order = request.path_params["kind"] == "order"
        return JSONResponse(["stage", "total", "money"] if order else list(self.fields))

    async def people(self, request: Request) -> Response:
        query = request.query_params
        if "ids" in query:
            return self._listed(request, "person")
        name = "code" if "code" in query else "mail"
        wanted = query[name].casefold()
        found = [e for e in self.searched("person") if e.fields.get(name, "").casefold() == wanted]
        return _page(request, [self._shown(each) for each in found])

    async def orders(self, request: Request) -> Response:
        return self._listed(request, "order")

    def _listed(self, request: Request, object_: str) -> Response:
        if self.closed:
            raise refused(403, "not for you")
        ids = request.query_params["ids"].split(",")
        if not all(id_[1:].isdecimal() for id_ in ids):
            raise refused(400, "no such id can be")
        rows = [self._shown(self.records[id_]) for id_ in ids if self._is_told(id_, object_)]
        return _page(request, rows)

    def _is_told(self, id_: str, object_: str) -> bool:
        stored = self.records.get(id_)
        there = stored is not None and (not stored.gone or bool(stored.merged))
        return there and self.records[id_].object == object_

    def _shown(self, stored: Stored) -> Json:
        """Who was merged is told as who they became."""
        now = self.records[stored.merged] if stored.merged else stored
        empty = dict.fromkeys(self.fields, "") if stored.object == "person" else {}
        other = "order" if stored.object == "person" else "person"
        told = {"id": stored.id, "made": now.created_at, "into": stored.merged}
        return {**empty, **now.fields, **told, "of": [each.id for each in self.linked(now, other)]}

    async def create(self, request: Request) -> Response:
        told = self._checked(await request.json())
        for known in self.found(told.get("mail", "")):
            return JSONResponse({"error": "known", "is": known.id}, 409)
        return JSONResponse({"id": self.add("person", {"mood": "new", **told}).id}, 201)

    async def update(self, request: Request) -> Response:
        stored, told = self.records.get(request.path_params["id"]), await request.json()
        if stored is None or stored.gone:
            raise refused(404, "nobody")
        if self.fixed in told:
            raise refused(400, f"{self.fixed} is fixed")
        self.write(stored, self._checked(told))
        return JSONResponse({})

    def _checked(self, told: Json) -> Json:
        if unknown := set(told) - set(self.fields):
            raise refused(400, f"no such fields: {', '.join(unknown)}")
        return told

    async def create_hook(self, request: Request) -> Response:
        self.hooks = [(await request.json())["url"]]
        return JSONResponse({"id": "h1", "key": self.secret}, 201)

    async def get_hook(self, request: Request) -> Response:
        if request.path_params["id"] != "h1" or not self.hooks:
            raise refused(404, "no such hook")
        return JSONResponse({"id": "h1"})

    # What a person does ----------------------------------------------------------------------

    def person(self, email: str, at: int | None = None, **fields: str) -> str:
        return self.add("person", {"mail": email, "mood": "new", **fields}, at).id

    def convert(self, id_: str, stage: str = "") -> str:
        """The person orders something."""
        order = self.add("order", {"stage": stage or "open", "total": "49.00", "money": "EUR"})
        self.link(order.id, id_)
        self.changed(order, "stage", stage)
        return order.id

    def merge(self, loser: str, winner: str) -> str:
        lost = self.records[loser]
        lost.gone, lost.merged = True, winner
        for id_ in lost.links:
            self.link(id_, winner)
        self.changed(self.records[winner], "merged", "")
        return winner

    def columns(self) -> dict[str, Any]:
        return self.fields

    # Hooks -----------------------------------------------------------------------------------

    def changed(self, stored: Stored, field_: str, value: str) -> None:
        event = f"e{1 + len(self.pending) + len(self.sent)}"
        self.pending.append(told(stored.object, stored.id, f"{field_} = {value}", event))

    def deliveries(self, events: Sequence[Json]) -> list[tuple[list[Any], Delivery]]:
        return [([event], self.call(event)) for event in events if self.hooks]

    def call(self, event: Json) -> Delivery:
        url, body = self.hooks[0], json.dumps(event).encode()
        return Delivery(url, self.sign(url, body, self.secret), body)

    def sign(self, url: str, body: bytes, secret: str, way: str = "") -> dict[str, str]:
        return {"x-abacus": hmac(bytes.fromhex(secret), body, sha256).hexdigest()}

    # The screen ------------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        rows = []
        for object_, field, values in (("person", "mood", MOODS), ("order", "stage", STAGES)):
            options = tuple((each, each) for each in values)
            for each in self.live(object_):
                acts = [Act(f"Set {field}", self.change, field, options, each.fields[field])]
                if object_ == "person":
                    acts.append(Act("Order something", lambda id_, *_: self.convert(id_)))
                about = ", ".join(f"{k} = {v}" for k, v in each.fields.items())
                rows.append(Row(each.id, object_, self.email_of(each), about, tuple(acts)))
        return rows


def told(kind: str, id_: str, what: str, event: str) -> Json:
    """What a call to the hook says."""
    return {"kind": kind, "id": id_, "what": what, "event": event}


def _page(request: Request, rows: Sequence[Json]) -> Response:
    start = int(request.query_params.get("from", "0"))
    following = str(start + PAGE) if len(rows) > start + PAGE else ""
    return JSONResponse({"rows": rows[start : start + PAGE], "next": following})


def refused(status: int, why: str) -> Refused:
    return Refused(JSONResponse({"error": why}, status))


if __name__ == "__main__":
    show(Abacus())
