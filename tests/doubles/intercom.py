"""Intercom: leads and users of one workspace, its attributes, and an app's webhooks.

Shapes of the OpenAPI document 2.16 and of captured notifications.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from doubles.base import Act, Delivery, Double, Json, Plot, Refused, Row, Stored, show
from doubles.oauth import CLIENT_ID, CLIENT_SECRET, OAuth

TOKEN = "dG9rOjAwMDAwMDAw"
TOPICS = (
    *("contact.user.created", "contact.user.updated", "contact.lead.updated"),
    *("contact.lead.signed_up", "contact.merged", "contact.deleted", "contact.archived"),
)
_STANDARD = ("email", "name", "phone", "external_id")
_CUSTOM = "custom_attributes."
_PYTHON = {"string": str, "options": str, "integer": int, "float": float, "boolean": bool}


@dataclass(frozen=True, slots=True)
class Attribute:
    label: str
    type: str = "string"
    options: tuple[str, ...] = ()

    def shown(self, full_name: str) -> Json:
        custom = full_name.startswith(_CUSTOM)
        name = full_name.removeprefix(_CUSTOM)
        shown: Json = {"type": "data_attribute", "model": "contact", "name": name}
        shown |= {"full_name": full_name, "label": self.label, "description": ""}
        shown |= {"data_type": "string" if self.type == "options" else self.type}
        shown |= {"api_writable": custom or name in _STANDARD, "custom": custom, "archived": False}
        return shown | ({"options": list(self.options)} if self.options else {})


class Intercom(Double):
    """`attributes` by full name; `archived` are ids; `page`: contacts in an answer."""

    title = "Intercom"
    login = "token"
    plot = Plot(
        object="lead",
        field="custom_attributes.stage",
        first="New",
        last="Converted",
        code="custom_attributes.referral_code",
    )

    def __init__(self) -> None:
        self.oauth = OAuth(grants=("authorization_code",))
        self.archived: set[str] = set()
        self.page = 50
        self.attributes = {
            "email": Attribute("Email"),
            "name": Attribute("Name"),
            "phone": Attribute("Phone"),
            "external_id": Attribute("User ID"),
            "created_at": Attribute("Created at", "date"),
            f"{_CUSTOM}stage": Attribute("stage", "options", ("New", "Talking", "Converted")),
            f"{_CUSTOM}vip": Attribute("vip", "boolean"),
        }
        self.topics: tuple[str, ...] = ()
        super().__init__()

    def routes(self) -> Sequence[BaseRoute]:
        api = [
            ("/me", "GET", self.me),
            ("/contacts", "POST", self.create),
            ("/contacts/search", "POST", self.search),
            ("/contacts/find_by_external_id/{external_id}", "GET", self.by_external_id),
            ("/contacts/{id}", "GET", self.get),
            ("/contacts/{id}", "PUT", self.update),
            ("/contacts/{id}/unarchive", "POST", self.unarchive),
            ("/data_attributes", "GET", self.list_attributes),
            ("/data_attributes", "POST", self.create_attribute),
        ]
        return [
            *(self.guarded(*each) for each in api),
            Route("/oauth", self.oauth.authorize),
            Route("/auth/eagle/token", self.token, methods=["POST"]),
        ]

    def credentials(self, login: str) -> dict[str, str]:
        typed = {"token": {"token": TOKEN}, "oauth": {"client_id": CLIENT_ID}}[login]
        return {**typed, "client_secret": CLIENT_SECRET, "address": self.url}

    def is_api(self, path: str) -> bool:
        return path.startswith(("/contacts", "/me", "/data_attributes"))

    def new_id(self, object_: str) -> str:
        return f"{int(super().new_id(object_)):024x}"

    def found(self, email: str) -> list[Stored]:
        people = [*self.live("lead"), *self.live("user")]
        return [each for each in people if self.email_of(each).casefold() == email.casefold()]

    async def token(self, request: Request) -> Response:
        """A token for ever: no refresh, no expiry."""
        answer = await self.oauth.token(request)
        if isinstance(answer, Response):
            return answer
        token = answer["access_token"]
        return JSONResponse({"token_type": "Bearer", "token": token, "access_token": token})

    def allows(self, request: Request) -> bool:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return token == TOKEN or token in self.oauth.valid

    def limits(self) -> dict[str, str]:
        reset = str(self.now() // 1000 + 10)
        told = {"limit": "1667", "remaining": "1666", "reset": reset}
        return {f"x-ratelimit-{name}": value for name, value in told.items()}

    def refusal(self, fault: str) -> Response:
        if fault == "401":
            return error(401, "unauthorized", "Access Token Invalid").response
        return error(
            429, "rate_limit_exceeded", "Exceeded rate limit of 167 in 10_seconds"
        ).response

    async def me(self, request: Request) -> Response:
        app = {"type": "app", "id_code": "abc123", "name": "Acme", "region": "US"}
        admin = {"type": "admin", "id": "1", "email": "ada@acme.example", "name": "Ada"}
        return JSONResponse(admin | {"app": app, "email_verified": True})

    async def create(self, request: Request) -> Response:
        body = await _body(request)
        role = body.pop("role", "user")
        fields = self._checked(body)
        if not fields.get("email") and not fields.get("external_id"):
            raise error(400, "parameter_invalid", "email or external_id is required")
        for each in self.records.values():
            external = fields.get("external_id", "")
            same = external and each.fields.get("external_id") == external
            if role == each.object == "user" and fields.get("email"):
                same = same or self.email_of(each).casefold() == fields["email"].casefold()
            if same and (not each.gone or each.id in self.archived):
                what = "An archived" if each.id in self.archived else "A"
                message = f"{what} contact matching those details already exists with id={each.id}"
                raise error(409, "conflict", message)
        return JSONResponse(self.shown(self.add(role, fields)))

    async def search(self, request: Request) -> Response:
        body = await _body(request)
        people = [] if self.take("race") else [*self.searched("lead"), *self.searched("user")]
        found = [each for each in people if self._matches(each, body["query"])]
        pagination = body.get("pagination", {})
        start = int(pagination.get("starting_after") or 0)
        end = start + min(self.page, pagination.get("per_page", 50))
        pages: Json = {"type": "pages", "page": 1, "per_page": self.page, "total_pages": 1}
        if end < len(found):
            pages["next"] = {"page": 2, "starting_after": str(end)}
        data = [self.shown(each) for each in found[start:end]]
        answer = {"type": "list", "data": data, "total_count": len(found), "pages": pages}
        return JSONResponse(answer)

    def _matches(self, stored: Stored, query: Json) -> bool:
        if query["operator"] in ("AND", "OR"):
            if len(query["value"]) > 15:
                raise error(400, "parameter_invalid", "at most 15 filters")
            each = [self._matches(stored, one) for one in query["value"]]
            return all(each) if query["operator"] == "AND" else any(each)
        if query["operator"] != "=":
            raise error(400, "parameter_invalid", "the double knows = alone")
        if query["field"] not in self.attributes:
            raise error(400, "parameter_invalid", f"{query['field']} is no attribute")
        wanted = str(query["value"])
        return stored.fields.get(query["field"], "").casefold() == wanted.casefold()

    async def by_external_id(self, request: Request) -> Response:
        wanted = request.path_params["external_id"]
        for each in [*self.live("lead"), *self.live("user")]:
            if each.fields.get("external_id") == wanted:
                return JSONResponse(self.shown(each))
        raise error(404, "not_found", "User Not Found")

    async def get(self, request: Request) -> Response:
        return JSONResponse(self.shown(self._there(request)))

    async def update(self, request: Request) -> Response:
        stored = self._there(request)
        self.write(stored, self._checked(await _body(request)))
        return JSONResponse(self.shown(stored))

    async def unarchive(self, request: Request) -> Response:
        id_ = request.path_params["id"]
        if id_ not in self.archived:
            raise error(404, "not_found", "User Not Found")
        self.archived.discard(id_)
        self.records[id_].gone = False
        return JSONResponse({"type": "contact", "id": id_, "archived": False})

    async def list_attributes(self, request: Request) -> Response:
        if request.query_params.get("model") != "contact":
            raise error(400, "parameter_invalid", "the double knows contacts alone")
        data = [each.shown(name) for name, each in self.attributes.items()]
        return JSONResponse({"type": "list", "data": data})

    async def create_attribute(self, request: Request) -> Response:
        body = await _body(request)
        full_name = _CUSTOM + body["name"]
        if full_name in self.attributes:
            message = f"You already have '{body['name']}' in your company data."
            raise error(409, "parameter_invalid", message)
        self.attributes[full_name] = Attribute(body["name"], body["data_type"])
        return JSONResponse(self.attributes[full_name].shown(full_name))

    def _there(self, request: Request) -> Stored:
        stored = self.records.get(request.path_params["id"])
        if stored is None or stored.gone:
            raise error(404, "not_found", "User Not Found")
        return stored

    def _checked(self, body: Json) -> dict[str, str]:
        """The fields of a body, as text; values of another type than the attribute's are none."""
        fields = {name: body[name] for name in _STANDARD if name in body}
        for name, value in body.get("custom_attributes", {}).items():
            known = self.attributes.get(_CUSTOM + name)
            if known is None:
                raise error(400, "parameter_invalid", f"Custom attribute '{name}' does not exist")
            wrong = type(value) is not _PYTHON[known.type]
            if wrong or (known.options and value not in known.options):
                raise error(400, "parameter_invalid", f"'{name}' is no {known.type}")
            fields[_CUSTOM + name] = str(value).lower() if known.type == "boolean" else str(value)
        return fields

    def shown(self, stored: Stored) -> Json:
        """A contact of the REST API, its moments in seconds."""
        custom = {
            name.removeprefix(_CUSTOM): _typed(value, self.attributes[name].type)
            for name, value in stored.fields.items()
            if name.startswith(_CUSTOM)
        }
        own: Mapping[str, Any] = {name: stored.fields.get(name) for name in _STANDARD}
        return {
            "type": "contact",
            "id": stored.id,
            "workspace_id": "abc123",
            "role": stored.object,
            **own,
            "created_at": stored.created_at // 1000,
            "updated_at": stored.created_at // 1000,
            "signed_up_at": None,
            "custom_attributes": custom,
        }

    # What a person does ----------------------------------------------------------------------

    def person(self, email: str, at: int | None = None, **fields: str) -> str:
        return self.add("user", {"email": email, **fields}, at).id

    def convert(self, id_: str, stage: str = "") -> str | None:
        """The lead signs up; there are no deals."""
        self.records[id_].object = "user"
        self._emit("contact.lead.signed_up", self.records[id_])
        return None

    def columns(self) -> dict[str, Any]:
        return self.attributes

    def merge(self, loser: str, winner: str) -> str:
        """A lead goes into a user, who takes what they had not; the lead's id leads nowhere."""
        lead, user = self.records[loser], self.records[winner]
        assert (lead.object, user.object) == ("lead", "user"), "only leads go into users"
        custom = {k: v for k, v in lead.fields.items() if k.startswith("custom_attributes.")}
        user.fields.update({**custom, **user.fields})
        lead.gone = True
        self._emit("contact.merged", user, merged_from={"id": loser, "type": "contact"})
        return winner

    def delete(self, id_: str) -> None:
        super().delete(id_)
        self._emit("contact.deleted", self.records[id_])

    def archive(self, id_: str) -> None:
        self.records[id_].gone = True
        self.archived.add(id_)
        self._emit("contact.archived", self.records[id_])

    def changed(self, stored: Stored, field_: str, value: str) -> None:
        self._emit(f"contact.{stored.object}.updated", stored)

    # Hooks -----------------------------------------------------------------------------------

    def install(self, url: str, topics: Sequence[str] = TOPICS) -> None:
        self.hooks, self.topics = [url], tuple(topics)

    def listen(self, url: str) -> None:
        self.install(url)

    def _emit(self, topic: str, stored: Stored, **more: Any) -> None:
        if topic not in self.topics:
            return
        number = len(self.pending) + len(self.sent) + 1
        at = self.now() // 1000
        item = self.shown(stored) | {"created_at": _iso(stored.created_at), **more}
        event = {
            "type": "notification_event",
            "app_id": "abc123",
            "data": {"type": "notification_event_data", "item": item},
            "links": {},
            "id": f"notif_{number:08d}-0000-4000-8000-000000000000",
            "topic": topic,
            "delivery_status": "pending",
            "delivery_attempts": 1,
            "delivered_at": 0,
            "first_sent_at": at,
            "created_at": at,
            "self": None,
        }
        self.pending.append(event)

    def deliveries(self, events: Sequence[Json]) -> list[tuple[list[Any], Delivery]]:
        """Each in a call of its own, which is repeated once."""
        made: list[tuple[list[Any], Delivery]] = []
        for each in events:
            attempts = each["delivery_attempts"]
            again: list[Any] = [each | {"delivery_attempts": 2}] if attempts < 2 else []
            made.append((again, self.signed(each)))
        return made

    def signed(self, event: Mapping[str, Any]) -> Delivery:
        body = json.dumps(event).encode()
        headers = {"content-type": "application/json", **self.sign(self.hooks[0], body, "")}
        return Delivery(self.hooks[0], headers, body)

    def sign(self, url: str, body: bytes, secret: str, way: str = "") -> dict[str, str]:
        signature = hmac.digest(CLIENT_SECRET.encode(), body, "sha1").hex()
        return {"x-hub-signature": f"sha1={signature}"}

    # The screen ------------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        name = "custom_attributes.stage"
        options = tuple((each, each) for each in self.attributes[name].options)
        return [
            Row(
                each.id,
                each.object.capitalize(),
                self.email_of(each),
                ", ".join(f"{k} = {v}" for k, v in each.fields.items() if k != "email"),
                (Act("Set stage", self.change, name, options, each.fields.get(name, "")),),
            )
            for each in [*self.live("lead"), *self.live("user")]
        ]


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")


def _typed(text: str, type_: str) -> Any:
    if type_ == "boolean":
        return text == "true"
    return {"integer": int, "float": float}.get(type_, str)(text)


def error(status: int, code: str, message: str) -> Refused:
    errors = [{"code": code, "message": message}]
    body = {"type": "error.list", "request_id": "b4urv1p6dsb8g1qn2i8g", "errors": errors}
    return Refused(JSONResponse(body, status))


async def _body(request: Request) -> Json:
    if request.headers.get("content-type", "").split(";")[0] != "application/json":
        raise error(415, "media_type_not_acceptable", "JSON is wanted")
    body: Json = await request.json()
    return body


if __name__ == "__main__":
    show(Intercom())
