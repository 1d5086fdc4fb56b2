"""The calls with which code written for Referral Factory qualifies a referral, answered here too.

`PUT users/{id}` (its first API) and `PUT users/qualification` (its second) are taken below
`/api/v1` and `/api/v2`, with its bearer token, bodies, statuses and shapes of answers, so that a
site moves by changing a host name and a key. What they do is what `PUT /leads/qualification`
does. Its inbound webhook has the very path of ours, in `web.hooks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Send
from starlette.types import Scope as Called

from goodword.access.decide import ApiKey, Scope
from goodword.lifecycle.context import Context
from goodword.lifecycle.review import qualify, unqualify
from goodword.model import Lead, LeadStatus, canonical_email, is_email
from goodword.qualification.inbound import parse
from goodword.signing import CodeKind, read_code
from goodword.stats import api_read
from goodword.web.api.auth import Gate
from goodword.web.api.call import ACTOR
from goodword.web.api.problems import REFUSALS, Problem, problem_of
from goodword.web.api.quota import Standing
from goodword.web.api.reading import read_bytes
from goodword.web.api.words import is_id, moment, moment_or_none

BASES = ("/api/v2", "/api/v1")
"""Below which addresses they are taken."""

_USERS = "/users/"
_NAMES = ("id", "code", "email")
_LONGEST = 254
_WORDS: Mapping[object, bool] = {
    **dict.fromkeys(("true", "1", 1), True),
    **dict.fromkeys(("false", "0", 0), False),
}
_STATUSES = {400: 422, 409: 422}
_INVALID = "The given data was invalid."
_NOBODY = "No lead is known by this id, code or e-mail."


class Invalid(Exception):
    """422: a field and what is wrong with it, as `errors` tells."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class Compat:
    def __init__(self, context: Context, gate: Gate) -> None:
        self._context = context
        self._gate = gate

    def routes(self, base: str) -> list[Route]:
        """The two doors below `base`, `/api/v1` or `/api/v2`."""
        return [Route(base + path, self) for path in (f"{_USERS}qualification", _USERS + "{id}")]

    async def __call__(self, scope: Called, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        standing: Standing | None = getattr(request.state, "standing", None)
        response.headers.update(standing.headers() if standing else {})
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method != "PUT":
            return _told(405, {"message": "Only PUT is supported here."}, {"allow": "PUT"})
        try:
            key = await self._gate.admit(request, Scope.WRITE)
            said = _said(request, await read_bytes(request))
            return _told(200, {"data": _shape(await self._set(key, said))})
        except Invalid as error:
            return _told(422, {"message": _INVALID, "errors": {error.field: [str(error)]}})
        except Problem as problem:
            return refuse_theirs(problem)
        except REFUSALS as error:
            return refuse_theirs(problem_of(error))

    async def _set(self, key: ApiKey, said: Mapping[str, object]) -> Lead:
        wanted = _qualified(said.get("qualified"))
        lead = await self._lead(key, said)
        campaign = await self._context.directory.by_id(lead.campaign_id)
        if campaign is None:
            raise Problem("not_found", _NOBODY)
        verb = qualify if wanted else unqualify
        return (await verb(self._context, campaign, lead.id, ACTOR)).lead

    async def _lead(self, key: ApiKey, said: Mapping[str, object]) -> Lead:
        """The one lead that is named."""
        words = {name: _word(name, said.get(name)) for name in _NAMES}
        named = [(name, word) for name, word in words.items() if word]
        if not named:
            raise Invalid("id", "Name the lead by id, code or email.")
        campaign_id = await self._campaign(key, said.get("campaign_id"))
        async with self._context.storage.read() as db:
            for where in self._ways(*named[0]):
                asked = api_read.Wanted(campaign_id=campaign_id, limit=2, where=where)
                match (await api_read.leads(db, asked)).rows:
                    case [lead]:
                        return lead
                    case [_, _]:
                        detail = "Several campaigns have such a lead: say which one."
                        raise Invalid("campaign_id", detail)
        raise Problem("not_found", _NOBODY)

    async def _campaign(self, key: ApiKey, said: object) -> str | None:
        """The key's campaign, or the one that is named by id or slug. A number is the other
        server's own and says nothing here."""
        named = _word("campaign_id", said)
        directory = self._context.directory
        found = (await directory.by_id(named) or await directory.by_slug(named)) if named else None
        if found is not None and key.campaign_id not in (None, found.id):
            raise Problem("not_found", _NOBODY)
        return found.id if found else key.campaign_id

    def _ways(self, name: str, word: str) -> list[dict[str, str]]:
        """By what columns a lead is looked for; `id` may be any name that it has, also the one
        that the other server gave it, kept as `customer`."""
        if name == "email" or (name == "id" and is_email(word)):
            return [{"email_canonical": canonical_email(word)}]
        if name == "id" and is_id(word):
            return [{"id": word}]
        ways = [{"code": self._code(name, word)}]
        return [*ways, {"customer": word}] if name == "id" else ways

    def _code(self, name: str, word: str) -> str:
        """The code in its one spelling; as it came where nobody here signed it."""
        for campaign in self._context.directory.all():
            code = read_code(campaign.code_key, word)
            if code is not None and code.kind is not CodeKind.LEAD:
                raise Invalid(name, "This is a referrer's code: send the lead's.")
            if code is not None:
                return code.text
        return word


def is_theirs(path: str) -> bool:
    """Whether an address is one of these calls'."""
    return path.startswith(tuple(base + _USERS for base in BASES))


def _said(request: Request, body: bytes) -> Mapping[str, object]:
    """Body and path as one; the path names the lead by whatever it is known by."""
    parsed = parse(request.headers.get("content-type", ""), body)
    said = dict(parsed) if isinstance(parsed, dict) else {}
    named = request.path_params.get("id")
    return said if named is None else {**said, "id": named, "code": None, "email": None}


def _qualified(said: object) -> bool:
    wanted = _WORDS.get(said) if isinstance(said, str | int) else None
    if wanted is None:
        raise Invalid("qualified", "The qualified field is required and must be true or false.")
    return wanted


def _word(name: str, said: object) -> str:
    if said is None:
        return ""
    text = str(said).strip() if isinstance(said, str | int) and not isinstance(said, bool) else ""
    if not text or len(text) > _LONGEST or not text.isprintable():
        raise Invalid(name, f"The {name} must be text of at most {_LONGEST} characters.")
    return text


def _shape(lead: Lead) -> dict[str, Any]:
    first, _, last = (lead.name or "").partition(" ")
    return {
        "id": lead.id,
        "campaign_id": lead.campaign_id,
        "code": lead.code,
        "email": lead.email,
        "first_name": first or None,
        "last_name": last or None,
        "type": "person_invited",
        "qualified": lead.status is LeadStatus.QUALIFIED,
        "qualified_at": moment_or_none(lead.converted_at),
        "created_at": moment(lead.joined_at),
    }


def refuse_theirs(problem: Problem) -> Response:
    """The problem as an answer in their shape."""
    status = _STATUSES.get(problem.status, problem.status)
    return _told(status, {"message": str(problem)}, problem.headers)


def _told(status: int, body: object, headers: Mapping[str, str] | None = None) -> Response:
    said = {"cache-control": "no-store", **(headers or {})}
    return Response(msgspec.json.encode(body), status, said, "application/json")


# What the OpenAPI document says of them ------------------------------------------------------

_TEXT = {"type": ["string", "number", "null"], "maxLength": _LONGEST}
_CAMPAIGN = _TEXT | {"description": "Id or slug; a number of the other server says nothing here."}
_QUALIFIED = {"enum": [True, False, *_WORDS]}
_USER = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "data": {
            "type": "object",
            "required": ["id", "campaign_id", "code", "qualified", "qualified_at"],
            "properties": {
                **dict.fromkeys(("id", "campaign_id", "code", "type"), {"type": "string"}),
                **dict.fromkeys(
                    ("email", "first_name", "last_name", "qualified_at"),
                    {"type": ["string", "null"]},
                ),
                "qualified": {"type": "boolean"},
                "created_at": {"type": "string", "format": "date-time"},
            },
        }
    },
}
_REFUSED = {
    "type": "object",
    "required": ["message"],
    "properties": {"message": {"type": "string"}, "errors": {"type": "object"}},
}


def _describe(name: str, summary: str, body: dict[str, Any], example: Any, **more: Any) -> Any:
    schema = {"type": "object", "required": ["qualified"], **body}
    answers = {"200": ("Done", _USER), "default": ("Refused", _REFUSED)}
    return {
        "put": {
            "operationId": name,
            "summary": summary,
            "tags": ["users"],
            **more,
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": schema, "example": example}},
            },
            "responses": {
                status: {"description": said, "content": {"application/json": {"schema": kind}}}
                for status, (said, kind) in answers.items()
            },
        }
    }


PATHS: Mapping[str, Any] = {
    "/users/qualification": _describe(
        "set_user_qualification",
        "Qualify or unqualify a lead, as code for Referral Factory's second API calls it;"
        " /api/v2 answers it too",
        {
            "properties": {
                "qualified": _QUALIFIED,
                **dict.fromkeys(_NAMES, _TEXT),
                "campaign_id": _CAMPAIGN,
            },
            "anyOf": [{"required": [name]} for name in _NAMES],
        },
        {"email": "grace@example.org", "campaign_id": 4711, "qualified": True},
    ),
    "/users/{id}": _describe(
        "change_user",
        "Qualify or unqualify a lead, as code for Referral Factory's first API calls it",
        {"properties": {"qualified": _QUALIFIED, "campaign_id": _CAMPAIGN}},
        {"campaign_id": 4711, "qualified": True},
        parameters=[
            {
                "name": "id",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "minLength": 1, "maxLength": _LONGEST},
                "description": "The lead's id, code or e-mail, or its id of before as `customer`",
            }
        ],
    ),
}
