"""Pipedrive: persons, deals, leads, fields and webhooks of one company, by API v2 (v1 for leads,
webhooks and the user). Shapes of the public API reference and of recorded answers.

It takes any number of persons with one address, bans a hook that fails, and deletes one that
failed for long.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha1
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from doubles.base import Act, Answer, Delivery, Double, Json, Plot, Refused, Row, Stored, show
from doubles.oauth import CLIENT_ID, CLIENT_SECRET, OAuth

KEY = "0123456789abcdef0123456789abcdef01234567"
STATUS = sha1(b"status").hexdigest()
"""The code of the field `Referral status`, that a person made there."""

STAGES = ((11, "Qualified", 1), (12, "Proposal", 1), (21, "Onboarding", 2))
PIPELINES = ((1, "Sales"), (2, "Partners"))


class Pipedrive(Double):
    title = "Pipedrive"
    login = "token"
    unsigned = "a call carries a name and a password"
    plot = Plot(
        object="persons",
        field=STATUS,
        first="New",
        last="Converted",
        code="",
        deal="deals",
        stage="stage_id",
        open="11",
        won="12",
        lost="lost",
    )

    def __init__(self) -> None:
        self.oauth = OAuth(basic=True)
        self.own = {STATUS: "Referral status"}
        self.webhooks: list[Json] = []
        self.banned = False
        self.blocked = False
        super().__init__()

    def credentials(self, login: str) -> dict[str, str]:
        app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        typed = {"token": {"company": "acme", "key": KEY}, "oauth": app}
        return {**typed[login], "address": self.url}

    def routes(self) -> Sequence[BaseRoute]:
        async def token(request: Request) -> Response:
            if self.take("invalid_grant"):
                self.oauth.invalid_grant = True
            answer = await self.oauth.token(request)
            more = {"expires_in": 3599, "token_type": "bearer", "api_domain": self.url}
            return answer if isinstance(answer, Response) else JSONResponse(answer | more)

        api: list[tuple[str, str, Answer]] = [
            ("/api/v1/users/me", "GET", self.me),
            ("/api/v1/leads", "POST", self.add_lead),
            ("/api/v1/webhooks", "GET", self.list_hooks),
            ("/api/v1/webhooks", "POST", self.add_hook),
            ("/api/v2/persons", "GET", self.listed("persons")),
            ("/api/v2/persons", "POST", self.add_person),
            ("/api/v2/persons/search", "GET", self.search),
            ("/api/v2/persons/{id}", "PATCH", self.update),
            ("/api/v2/deals", "GET", self.listed("deals")),
            ("/api/v2/deals", "POST", self.add_deal),
            ("/api/v2/personFields", "GET", self.fields),
            ("/api/v2/personFields", "POST", self.add_field),
            ("/api/v2/pipelines", "GET", self.pipelines),
            ("/api/v2/stages", "GET", self.stages),
        ]
        routes = [self.guarded(*each) for each in api]
        consent = Route("/oauth/authorize", self.oauth.authorize)
        return [*routes, consent, Route("/oauth/token", token, methods=["POST"])]

    def is_api(self, path: str) -> bool:
        return path.startswith("/api/")

    def refusal(self, fault: str) -> Response:
        if fault == "401":
            return _error(401, "Scope and URL mismatch or token expired").response
        refused = _error(429, "request over limit")
        refused.response.headers.update(
            {"x-ratelimit-limit": "80", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "2"}
        )
        return refused.response

    def allows(self, request: Request) -> bool:
        if self.blocked:
            gate = HTMLResponse("<html><title>Attention Required!</title></html>", 403)
            raise Refused(gate)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return request.headers.get("x-api-token") == KEY or token in self.oauth.valid

    # Calls -----------------------------------------------------------------------------------

    async def me(self, request: Request) -> Response:
        return _data({"id": 1, "name": "Ada", "company_name": "Acme", "company_domain": "acme"})

    def listed(self, object_: str) -> Answer:
        async def answer(request: Request) -> Response:
            rows = self.live(object_)
            query = request.query_params
            if "ids" in query:
                ids = query["ids"].split(",")
                if len(ids) > 100:
                    raise _error(400, "ids: at most 100")
                rows = [each for each in rows if each.id in ids]
            if "person_id" in query:
                rows = [each for each in rows if query["person_id"] in each.links]
            counts = "include_fields" in query
            return self._page(request, [self._shown(each, counts) for each in rows])

        return answer

    def _page(self, request: Request, rows: Sequence[Json]) -> Response:
        """At most two rows, so that everybody has to turn pages."""
        start = int(request.query_params.get("cursor", "0"))
        after = str(start + 2) if start + 2 < len(rows) else None
        more = {"additional_data": {"next_cursor": after}}
        return JSONResponse({"success": True, "data": rows[start : start + 2], **more})

    async def search(self, request: Request) -> Response:
        query = request.query_params
        if query.get("exact_match") != "true" or len(query["term"]) < 1:
            raise _error(400, "term is too short")
        term = query["term"].casefold()
        found = [
            each
            for each in self.searched("persons")
            if (query["fields"] == "email" and self.email_of(each).casefold() == term)
            or (query["fields"] == "custom_fields" and term in _lower(each))
        ]
        items = [{"result_score": 1.0, "item": {"id": int(each.id)}} for each in found]
        return JSONResponse({"success": True, "data": {"items": items}})

    async def add_person(self, request: Request) -> Response:
        body = await request.json()
        if not body.get("name"):
            raise _error(400, "name: is required")
        stored = self.add("persons", self._read(body))
        return _data(self._shown(stored, False), 201)

    async def update(self, request: Request) -> Response:
        stored = self.records.get(request.path_params["id"])
        if stored is None or stored.gone:
            raise _error(404, "Person not found")
        self.write(stored, self._read(await request.json()))
        return _data(self._shown(stored, False))

    def _read(self, body: Mapping[str, Any]) -> dict[str, str]:
        own = body.get("custom_fields", {})
        if unknown := set(own) - set(self.own):
            raise _error(400, f"custom_fields.{unknown.pop()}: is not known")
        fields = {name: str(body[name]) for name in ("name",) if name in body}
        if emails := body.get("emails"):
            fields["email"] = next(each["value"] for each in emails if each["primary"])
        return fields | {name: str(value) for name, value in own.items()}

    async def add_deal(self, request: Request) -> Response:
        body = await request.json()
        known = self.records.get(str(body["person_id"]))
        if known is None or body.get("stage_id", 11) not in [each[0] for each in STAGES]:
            raise _error(400, "stage_id or person_id: is not known")
        fields = {"title": body["title"], "stage_id": str(body.get("stage_id", 11))}
        return _data(self._shown(self._deal(known.id, fields), False), 201)

    async def add_lead(self, request: Request) -> Response:
        body = await request.json()
        if str(body["person_id"]) not in self.records:
            raise _error(400, "person_id: is not known")
        stored = self.add("inbox", {"title": body["title"]})
        self.link(stored.id, str(body["person_id"]))
        return _data({"id": str(UUID(int=int(stored.id))), "title": body["title"]}, 201)

    async def fields(self, request: Request) -> Response:
        usual = {"name": "Name", "email": "Email"}
        rows = [
            {"field_code": code, "field_name": name, "field_type": "varchar", "options": None}
            for code, name in {**usual, **self.own}.items()
        ]
        return self._page(request, rows)

    async def add_field(self, request: Request) -> Response:
        body = await request.json()
        if body.get("field_type") not in ("varchar", "double", "enum"):
            raise _error(400, "field_type: is not known")
        code = sha1(body["field_name"].encode()).hexdigest()
        self.own[code] = body["field_name"]
        return _data({"field_code": code, **body}, 201)

    async def pipelines(self, request: Request) -> Response:
        return self._page(request, [{"id": id_, "name": name} for id_, name in PIPELINES])

    async def stages(self, request: Request) -> Response:
        rows = [
            {"id": id_, "name": name, "pipeline_id": of, "order_nr": order}
            for order, (id_, name, of) in enumerate(STAGES)
        ]
        return self._page(request, rows)

    # Records ---------------------------------------------------------------------------------

    def _shown(self, stored: Stored, counts: bool) -> Json:
        fields = stored.fields
        told: Json = {"id": int(stored.id), "add_time": _iso(stored.created_at)}
        if stored.object == "deals":
            person = next((int(each.id) for each in self.linked(stored, "persons")), None)
            told |= {"title": fields["title"], "stage_id": int(fields["stage_id"])}
            told |= {"status": fields.get("status", "open"), "person_id": person}
            return told | {"value": 1200, "currency": "EUR"}
        emails = [{"value": self.email_of(stored), "primary": True, "label": "work"}]
        own = {code: fields.get(code) for code in self.own}
        told |= {"name": fields.get("name", ""), "emails": emails, "custom_fields": own}
        deals = self.linked(stored, "deals")
        is_open = [each for each in deals if each.fields.get("status", "open") == "open"]
        here = {"open_deals_count": len(is_open), "closed_deals_count": len(deals) - len(is_open)}
        return told | (here if counts else {})

    def _deal(self, person: str, fields: Mapping[str, str]) -> Stored:
        stored = self.add("deals", fields)
        self.link(stored.id, person)
        return stored

    def person(self, email: str, at: int | None = None, **fields: str) -> str:
        own = {"email": email, "name": email.partition("@")[0], STATUS: "New"}
        return self.add("persons", own | fields, at).id

    def convert(self, id_: str, stage: str = "") -> str | None:
        deal = self._deal(id_, {"title": "Deal", "stage_id": stage or self.plot.open})
        self._emit("create", deal, {})
        return deal.id

    def move_deal(self, id_: str, stage: str) -> None:
        """A deal that is lost stays at its stage."""
        lost = stage == self.plot.lost
        self.change(id_, "status" if lost else self.plot.stage, stage)

    def columns(self) -> dict[str, Any]:
        return self.own

    def win(self, deal: str) -> None:
        self.change(deal, "status", "won")

    def merge(self, loser: str, winner: str) -> str:
        """The winner takes what it lacks; the loser is deleted and leads nowhere."""
        one, other = self.records[winner], self.records[loser]
        one.fields = {**other.fields, **one.fields}
        for each in other.links:
            self.link(winner, each)
        other.gone = True
        self._emit("delete", other, {})
        return winner

    def changed(self, stored: Stored, field_: str, value: str) -> None:
        self._emit("change", stored, {field_: "before"})

    # Hooks -----------------------------------------------------------------------------------

    async def list_hooks(self, request: Request) -> Response:
        return _data(self.webhooks)

    async def add_hook(self, request: Request) -> Response:
        body = await request.json()
        if body.get("version") != "2.0" or body["event_object"] not in ("person", "deal"):
            raise _error(400, "event_object or version: is not known")
        if len(self.webhooks) >= 40:
            raise _error(400, "Webhooks limit reached")
        self.webhooks.append({**body, "id": len(self.webhooks) + 1, "is_active": 1})
        self.hooks = [body["subscription_url"]]
        return _data(self.webhooks[-1], 201)

    def _emit(self, action: str, stored: Stored, previous: Json) -> None:
        self.pending.append(
            {"action": action, "id": stored.id, "previous": previous, "number": len(self.pending)}
        )

    def deliveries(self, events: Sequence[Json]) -> list[tuple[list[Any], Delivery]]:
        """A hook that is banned is told nothing, then or later."""
        if self.banned:
            return []
        return [
            ([event], self._signed(hook, event))
            for event in events
            for hook in self.webhooks
            if hook["event_object"] == self.records[event["id"]].object.removesuffix("s")
        ]

    def _signed(self, hook: Json, event: Json) -> Delivery:
        stored = self.records[event["id"]]
        meta = {
            "action": event["action"],
            "entity": hook["event_object"],
            "entity_id": stored.id,
            "id": str(UUID(int=event["number"] + self.now())),
            "timestamp": _iso(self.now()),
            "version": "2.0",
            "webhook_id": str(hook["id"]),
            "attempt": 1,
            "change_source": "app",
            "host": "acme.pipedrive.com",
        }
        told = {"meta": meta, "data": self._shown(stored, False), "previous": event["previous"]}
        url, body = hook["subscription_url"], json.dumps(told).encode()
        named = self.sign(url, body, hook["http_auth_password"], hook["http_auth_user"])
        return Delivery(url, {"content-type": "application/json", **named}, body)

    def sign(self, url: str, body: bytes, secret: str, way: str = "") -> dict[str, str]:
        """A name, which is `way`, and a password."""
        pair = f"{way or 'goodword'}:{secret}"
        return {"authorization": "Basic " + b64encode(pair.encode()).decode()}

    # The screen ------------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        stages = tuple((str(id_), name) for id_, name, _ in STAGES)
        moods = (("New", "New"), ("Converted", "Converted"))
        people = [
            Row(
                each.id,
                "Person",
                each.fields.get("name", ""),
                f"Referral status: {each.fields.get(STATUS, '')}",
                (
                    Act("Set status", self.change, STATUS, moods, each.fields.get(STATUS, "")),
                    Act("Add a deal", lambda id_, *_: self.convert(id_)),
                ),
            )
            for each in self.live("persons")
        ]
        deals = [
            Row(
                each.id,
                "Deal",
                each.fields["title"],
                f"Stage {each.fields['stage_id']}, {each.fields.get('status', 'open')}",
                (
                    Act("Move", self.change, "stage_id", stages, each.fields["stage_id"]),
                    Act("Won", lambda id_, *_: self.win(id_)),
                ),
            )
            for each in self.live("deals")
        ]
        return people + deals


def _lower(stored: Stored) -> set[str]:
    return {value.casefold() for name, value in stored.fields.items() if len(name) == 40}


def _data(data: Any, status: int = 200) -> Response:
    return JSONResponse({"success": True, "data": data}, status)


def _error(status: int, error: str) -> Refused:
    told = {"success": False, "error": error, "error_info": "See developers.pipedrive.com"}
    return Refused(JSONResponse(told, status))


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    show(Pipedrive())
