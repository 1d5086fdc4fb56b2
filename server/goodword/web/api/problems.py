"""Errors as RFC 9457 problem details: a stable word, what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from goodword.campaigns.decide import BadCampaign
from goodword.lifecycle.once import InProgress, KeyReused
from goodword.lifecycle.review import NoSuchLead, NotAllowed
from goodword.lifecycle.set_up import Refused
from goodword.storage import Unavailable

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:goodword:problem:"

PROBLEMS: Mapping[str, tuple[int, str]] = {
    "bad_request": (400, "The request can't be read"),
    "bad_field": (400, "A field is wrong"),
    "unauthorized": (401, "No valid API key"),
    "forbidden": (403, "The key may not do this"),
    "not_found": (404, "There is no such thing"),
    "method_not_allowed": (405, "Not with this method"),
    "timeout": (408, "The request came too slowly"),
    "not_allowed": (409, "Not possible from where it is"),
    "conflict": (409, "Something else stands in the way"),
    "key_reused": (409, "This Idempotency-Key belongs to another call"),
    "in_progress": (409, "The same call is in progress"),
    "too_large": (413, "The body is too large"),
    "media_type": (415, "The body must be JSON"),
    "too_many": (429, "Too many calls"),
    "internal": (500, "Something failed here"),
    "unavailable": (503, "Not stored"),
}
"""Every word that the end of `type` can be, with its status and title."""


class ProblemDetails(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What went wrong. `field` is the path of the wrong field, `allowed` what can be done."""

    type: str
    title: str
    status: int
    detail: str
    field: str | None = None
    allowed: list[str] | None = None


class Problem(Exception):
    """An answer that is no success; `word` is one of `PROBLEMS`."""

    def __init__(
        self,
        word: str,
        detail: str,
        *,
        field: str | None = None,
        allowed: Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.word = word
        self.field = field
        self.allowed = allowed
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        return PROBLEMS[self.word][0]

    def details(self) -> ProblemDetails:
        status, title = PROBLEMS[self.word]
        return ProblemDetails(
            type=_TYPE + self.word,
            title=title,
            status=status,
            detail=str(self),
            field=self.field,
            allowed=list(self.allowed) if self.allowed else None,
        )


REFUSALS = (BadCampaign, Refused, NoSuchLead, NotAllowed, KeyReused, InProgress, Unavailable)
"""What the verbs of the lifecycle raise when they refuse."""

_FIELDS = {"origin": "origins", "campaign": "campaign_id"}
_CONFLICTS = ("campaign", "code", "name")


def problem_of(error: Exception) -> Problem:
    """A verb's refusal as the caller is told it."""
    match error:
        case BadCampaign():
            return bad_field(_FIELDS.get(error.field, error.field), str(error))
        case Refused():
            word = "conflict" if error.field in _CONFLICTS else "bad_field"
            return Problem(word, str(error), field=_FIELDS.get(error.field, error.field))
        case NotAllowed():
            return Problem("not_allowed", str(error), allowed=error.allowed)
        case NoSuchLead():
            return missing("lead", str(error))
        case KeyReused():
            return Problem("key_reused", "use a new Idempotency-Key for a new call")
        case InProgress():
            return Problem("in_progress", "ask again in a moment", headers={"retry-after": "1"})
    return Problem("unavailable", "send it again", headers={"retry-after": "5"})


def bad_field(field: str, detail: str) -> Problem:
    return Problem("bad_field", detail, field=field)


def missing(what: str, named: str, field: str | None = None) -> Problem:
    """Also for what another campaign's key may not see."""
    return Problem("not_found", f"there is no {what} {named[:100]!r}", field=field)
