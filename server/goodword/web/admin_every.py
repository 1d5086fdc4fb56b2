"""All that match a list, on whichever page of it: said in numbers first, and done when a person
says so again. It needs no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from goodword.lifecycle.in_parts import MOST
from goodword.model import Campaign
from goodword.stats.shape import Span
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_words import count

FETCHED = MOST + 1
"""So many ids are asked for: one more than a deed may have tells that there are more."""

_LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Every:
    """What a person wants done to all that match: `said` are the words of the list's address.

    `until` is when they were first asked, milliseconds: whatever comes after that is not meant.
    `sure` is said once they have read what it will be done to.
    """

    verb: str
    back: str
    note: str
    until: int
    sure: bool

    @property
    def said(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.back).query))

    def so_far(self, span: Span | None) -> Span:
        """A stretch of time, or all of it, without what came since."""
        if span is None:
            return Span(0, self.until)
        return replace(span, until=min(span.until, self.until))


def every_of(sent: Mapping[str, str], back: str, now: int) -> Every | None:
    """What a form wants done to all that match; None where it means one, or those ticked."""
    if sent.get("all") != "yes" or sent.get("one"):
        return None
    asked = sent.get("until", "")
    numeric = asked.isascii() and asked.isdecimal() and len(asked) < 16
    return Every(
        verb=sent.get("verb", ""),
        back=back,
        note=read_text(sent.get("note", ""), _LONGEST_NOTE),
        until=min(int(asked), now + 1) if numeric else now + 1,
        sure=sent.get("sure") == "yes",
    )


def chosen(sent: Mapping[str, str], ticked: Sequence[str]) -> tuple[str, list[str]]:
    """The verb of a form and the ids that it means: those of one row, `one` as `verb id`, or
    those that are ticked."""
    verb = sent.get("verb", "")
    if one := sent.get("one"):
        verb, _, id_ = one.partition(" ")
        ticked = [id_]
    return verb, [each for each in map(read_text, ticked) if each]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`facts` say in words which they are; `path` takes the answer; `place` is in the menu."""

    label: str
    noun: tuple[str, str]
    found: int
    facts: Sequence[str]
    path: str
    place: str


def ask(
    desk: Desk, request: Request, campaign: Campaign, every: Every, question: Question
) -> Response:
    """The page that names how many they are, and which."""
    number = min(question.found, MOST)
    values = {
        "every": every,
        "facts": question.facts,
        "path": question.path,
        "doing": f"{question.label} {count(number, *question.noun)}",
        "most": number if question.found > MOST else 0,
    }
    return desk.page(request, "every.html", campaign, values, place=question.place)
