"""What was just done by hand, with its Undo: the banner on the next page, and the way back."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.access import deeds
from goodword.access.decide import local_path
from goodword.lifecycle.deed import Done, Refusal
from goodword.lifecycle.undo import NoSuchDeed, can_undo, undo_in_parts
from goodword.model import Campaign, Deed
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_progress import Deeds, alone, follow
from goodword.web.admin_words import number, sentence
from goodword.web.audit_words import deed_text
from goodword.web.session import form_of, logged_in, require_manager

_OWN = ("did", "left", "seal")
_LONGEST = 1_000
_MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class Banner:
    """`undo` is the deed that the button takes back, '' where there is no way back; `left` says
    what stayed as it was. `back` is the page it stands on."""

    text: str
    left: str
    undo: str
    back: str


class UndoPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [Route("/admin/undo", self.undo, methods=["POST"])]

    @require_manager
    async def undo(self, request: Request) -> Response:
        """Takes a deed back, and returns to the page that it was asked on."""
        sent = await form_of(request)
        campaign, back = await self._desk.campaign_in(sent), page_of(request, sent.get("back", ""))
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        actor, deed = logged_in(request).email, sent.get("deed", "")
        parts = undo_in_parts(self._desk.context, campaign, deed, actor)
        finish = partial(after_last, request, back)
        try:
            return await follow(self._desk, request, campaign, alone(parts), finish)
        except NoSuchDeed:
            return RedirectResponse(back, 303)


def page_of(request: Request, back: str, otherwise: str = "/admin/") -> str:
    """The admin page that a form says it came from, or else the browser does."""
    came = urlsplit(request.headers.get("referer", ""))
    for path in (back, f"{came.path}?{came.query}"):
        if path.startswith("/admin/") and (local := local_path(path)) is not None:
            return local
    return otherwise


def after(request: Request, back: str, done: Done, more: str = "") -> Response:
    """To the page, which says what was done: a reload sends nothing twice. `more` is said too."""
    told = f"{more} {_left(done.refused)}".strip()
    return _to(request, back, done.deed.id if done.deed else "", told)


def after_last(request: Request, back: str, deeds: Deeds) -> Response:
    """`after` for what is one deed."""
    return after(request, back, deeds[-1])


def nothing_done(request: Request, back: str, why: str) -> Response:
    return _to(request, back, "", why)


def _to(request: Request, back: str, did: str, left: str) -> Response:
    page = urlsplit(back)
    kept = [each for each in parse_qsl(page.query) if each[0] not in _OWN]
    told = [("did", did)] if did else []
    if left:
        told += [("left", left), ("seal", _seal(request, left))]
    return RedirectResponse(f"{page.path}?{urlencode([*kept, *told])}", 303)


def _left(refused: Sequence[Refusal]) -> str:
    """What was left and why, each of the commonest reasons once. Names have no place in an
    address."""
    counts = Counter(each.why for each in refused).most_common()
    said = [
        f"{_were(times)} left{':' if times == 1 else ', each because'} {why[:1].lower()}{why[1:]}"
        for why, times in counts[:_MOST_REASONS]
    ]
    if others := sum(times for _, times in counts[_MOST_REASONS:]):
        said.append(f"{_were(others)} left for other reasons.")
    return " ".join(said)[:_LONGEST]


def _were(times: int) -> str:
    return f"{number(times)} {'was' if times == 1 else 'were'}"


def _seal(request: Request, text: str) -> str:
    """So that no link from elsewhere puts words into our mouth."""
    return hmac.new(
        logged_in(request).csrf.encode(), text.encode(errors="replace"), "sha256"
    ).hexdigest()[:32]


async def banner_of(desk: Desk, request: Request, campaign: Campaign) -> Banner | None:
    """What the page says was done, if its address names a deed or what was left."""
    asked = request.query_params
    left, seal = asked.get("left", ""), asked.get("seal", "")
    if not hmac.compare_digest(_seal(request, left).encode(), seal.encode(errors="replace")):
        left = ""
    deed = original = None
    if did := read_text(asked.get("did", "")):
        async with desk.context.storage.read() as db:
            deed = await deeds.by_id(db, campaign.id, did)
            if deed is not None and deed.undoes:
                original = await deeds.by_id(db, campaign.id, deed.undoes)
    if deed is None and not left:
        return None
    back = f"{request.scope['path']}?{asked}"
    way_back = deed is not None and can_undo(deed) and logged_in(request).may_manage
    return Banner(_text(deed, original), left, deed.id if deed and way_back else "", back)


def _text(deed: Deed | None, original: Deed | None) -> str:
    if deed is None:
        return "Nothing was changed."
    if original is not None:
        return f"Undone: {deed_text(original)}."
    undone = " This was undone." if deed.undone_at is not None else ""
    return f"{sentence(deed_text(deed))}.{undone}"
