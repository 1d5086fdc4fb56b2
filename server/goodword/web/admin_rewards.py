"""The Rewards tab: what is due, held, issued, failed and cancelled, and what people do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.lifecycle.deed import Done, items_of
from goodword.lifecycle.in_parts import MOST
from goodword.lifecycle.pay import VERBS, issue_many, pay_in_parts, ripe
from goodword.model import Campaign, Referrer, Reward, RewardStatus
from goodword.referrers import record as referrers
from goodword.rewards import record as rewards
from goodword.stats import owed
from goodword.stats.owed import OwedWanted
from goodword.stats.shape import read_span
from goodword.web import reward_words
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_every import FETCHED, Every, Question, ask, chosen, every_of
from goodword.web.admin_progress import alone, follow
from goodword.web.admin_undo import after, banner_of, nothing_done, page_of
from goodword.web.admin_words import REWARD_STATUS, count, person, stretch
from goodword.web.session import form_list, form_of, logged_in, require_admin, require_manager

_HERE = "/admin/rewards"
_TABS = (
    RewardStatus.DUE,
    RewardStatus.HELD,
    RewardStatus.ISSUED,
    RewardStatus.FAILED,
    RewardStatus.CANCELLED,
)
_EMPTY = {
    RewardStatus.DUE: ("Nothing is due", "A reward falls due as soon as a lead qualifies."),
    RewardStatus.HELD: (
        "Nothing is held",
        "A reward is held when a check, a cap or a person stops it.",
    ),
    RewardStatus.ISSUED: (
        "Nothing was issued yet",
        "What went out to its recipient appears here.",
    ),
    RewardStatus.FAILED: (
        "Nothing failed",
        "A reward that could not be delivered appears here.",
    ),
    RewardStatus.CANCELLED: (
        "Nothing was cancelled",
        "A rejected lead or a refund cancels its rewards.",
    ),
}
_NAMES = ("status", "referrer", "month", "cursor")
LONGEST_NOTE = 500
_NONE = "Nothing on this tab can be changed so."


@dataclass(frozen=True, slots=True)
class RewardsView:
    """The tab as its address says it; what it says wrongly is as if it were not there."""

    campaign: str
    said: Mapping[str, str]
    narrowed: tuple[tuple[str, str], ...] = ()
    after: str | None = None

    @property
    def status(self) -> RewardStatus:
        return RewardStatus(self.said["status"] or RewardStatus.DUE)

    @property
    def first(self) -> str:
        return self.url(cursor="") if self.said["cursor"] else ""

    @property
    def next(self) -> str:
        return self.url(cursor=self.after) if self.after else ""

    @property
    def here(self) -> str:
        """This very page of the tab: where an action returns to."""
        return self.url(cursor=self.said["cursor"])

    @property
    def export(self) -> str:
        """The whole tab as a file; of what is due only what may go out now."""
        return self.url().replace(_HERE, f"{_HERE}.csv", 1)

    @property
    def export_all(self) -> str:
        return self.url(waiting="yes").replace(_HERE, f"{_HERE}.csv", 1)

    def url(self, **changes: str) -> str:
        said = {"campaign": self.campaign} | dict(self.said) | {"cursor": ""} | changes
        return f"{_HERE}?{urlencode({name: value for name, value in said.items() if value})}"

    def wanted(self) -> OwedWanted:
        return OwedWanted(
            status=self.status,
            referrer_id=self.said["referrer"],
            month=read_span(self.said["month"]),
        )


def read_view(campaign: str, query: Mapping[str, str]) -> RewardsView:
    said = {name: read_text(query.get(name, "")) for name in _NAMES}
    said["status"] = said["status"] if said["status"] in list(RewardStatus) else ""
    said["month"] = said["month"] if read_span(said["month"]) else ""
    return RewardsView(campaign, said)


def _narrowed(view: RewardsView, who: Referrer | None) -> Iterator[tuple[str, str]]:
    """What the tab is narrowed to, in words, each with the address of the tab without it."""
    wanted = view.wanted()
    if wanted.referrer_id:
        name = person(who.name, who.email) if who else "somebody unknown"
        yield f"Referred by {name}.", view.url(referrer="")
    if wanted.month is not None:
        did = "Issued" if view.status is RewardStatus.ISSUED else "Made"
        yield f"{did} {stretch(wanted.month)}.", view.url(month="")


class RewardPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route(_HERE, self.rewards, methods=["GET"]),
            Route(f"{_HERE}/pay", self.pay, methods=["POST"]),
            Route(f"{_HERE}/issue-ripe", self.issue_ripe, methods=["POST"]),
        ]

    @require_admin
    async def rewards(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        view = read_view(campaign.id, request.query_params)
        values = await self._read(campaign, view) | {
            "did": await banner_of(self._desk, request, campaign),
            "empty": _EMPTY[view.status],
            "actions": reward_words.ACTIONS[view.status],
            "reads": reward_words,
            "ticked": request.query_params.get("tick") == "all",
        }
        return self._desk.page(request, "rewards.html", campaign, values, place=_HERE)

    async def _read(self, campaign: Campaign, view: RewardsView) -> dict[str, Any]:
        now, wanted = self._desk.context.now(), view.wanted()
        due = replace(wanted, status=RewardStatus.DUE)
        async with self._desk.context.storage.read() as db:
            page = await owed.rewards(db, campaign.id, wanted, view.said["cursor"])
            totals = await owed.totals(db, campaign.id, wanted.referrer_id, wanted.month)
            ripe = first = None
            if view.status is RewardStatus.DUE:
                ripe = await owed.ripe(db, campaign.id, replace(due, ripe_at=now))
                first = await owed.first_waiting(db, campaign.id, due, now)
            who = await referrers.by_id(db, campaign.id, wanted.referrer_id)
        narrowed = tuple(_narrowed(view, who))
        return {
            "page": page,
            "view": RewardsView(campaign.id, view.said, narrowed, page.next),
            "groups": _groups(page.rows, now) if view.status is RewardStatus.DUE else [],
            "tabs": [(each, REWARD_STATUS[each], totals[each]) for each in _TABS],
            "ripe": ripe,
            "waiting": reward_words.less(totals[RewardStatus.DUE], ripe or ()),
            "first_waiting": first,
        }

    @require_manager
    async def pay(self, request: Request) -> Response:
        """The button of one row, `one` as `verb id`, or that of the bar, `verb`, for the ticked, or
        for `all` that match the tab."""
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        back = page_of(request, sent.get("back", ""), f"{_HERE}?campaign={campaign.id}")
        verb, ids = chosen(sent, await form_list(request, "id"))
        every = every_of(sent, back, self._desk.context.now())
        if every is not None and verb in VERBS:
            return await self._pay_every(request, campaign, every)
        if verb not in VERBS or not ids:
            return nothing_done(request, back, "Tick the rewards you mean, then press a button.")
        note, early = read_text(sent.get("note", ""), LONGEST_NOTE), sent.get("early") == "yes"
        if verb == "issue" and len(ids) == 1 and not early:
            asked = await self._ask_early(request, campaign, ids[0], note, back)
            if asked is not None:
                return asked
        return await self._pay(request, campaign, verb, ids, note, back, early=early)

    async def _pay(
        self,
        request: Request,
        campaign: Campaign,
        verb: str,
        ids: Sequence[str],
        note: str,
        back: str,
        *,
        early: bool = False,
    ) -> Response:
        actor, context = logged_in(request).email, self._desk.context
        parts = pay_in_parts(context, campaign, verb, ids, actor, note=note, early=early)
        finish, whole = partial(after_all, request, back), len(set(ids))
        return await follow(self._desk, request, campaign, alone(parts), finish, whole)

    async def _pay_every(self, request: Request, campaign: Campaign, every: Every) -> Response:
        """Of what matches only what the verb can change is meant; what waits is never issued."""
        view = read_view(campaign.id, every.said)
        labels = dict(reward_words.ACTIONS[view.status])
        waits = every.verb == "issue" and view.status is RewardStatus.DUE
        ripe_at = self._desk.context.now() if waits else None
        wanted = replace(view.wanted(), until=every.until, ripe_at=ripe_at)
        ids: list[str] = []
        async with self._desk.context.storage.read() as db:
            if every.verb in labels:
                ids, sums = await owed.open_to_acts(db, campaign.id, wanted, FETCHED)
            who = await referrers.by_id(db, campaign.id, wanted.referrer_id)
        if not ids:
            why = "Nothing may be issued now." if waits else _NONE
            return nothing_done(request, view.url(), why)
        if every.sure:
            return await self._pay(
                request, campaign, every.verb, ids[:MOST], every.note, view.url()
            )
        facts = [REWARD_STATUS[view.status] + (", and may be issued now" if waits else "")]
        facts += [text.removesuffix(".") for text, _ in _narrowed(view, who)]
        facts += [f"Together {reward_words.sums(sums)}"] if len(ids) <= MOST else []
        question = Question(
            label=labels[every.verb],
            noun=("reward", "rewards"),
            found=len(ids),
            facts=facts,
            path=f"{_HERE}/pay",
            place=_HERE,
        )
        return ask(self._desk, request, campaign, every, question)

    async def _ask_early(
        self, request: Request, campaign: Campaign, id_: str, note: str, back: str
    ) -> Response | None:
        """Issuing one reward before its time asks once; None where there is nothing to ask."""
        async with self._desk.context.storage.read() as db:
            reward = await rewards.by_id(db, campaign.id, id_)
        if reward is None or not _waits(reward, self._desk.context.now()):
            return None
        values = {"reward": reward, "note": note, "back": back}
        return self._desk.page(request, "reward_early.html", campaign, values, place=_HERE)

    @require_manager
    async def issue_ripe(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        back = page_of(request, sent.get("back", ""), f"{_HERE}?campaign={campaign.id}")
        actor, note = logged_in(request).email, read_text(sent.get("note", ""), LONGEST_NOTE)
        context = self._desk.context
        parts = issue_many(context, campaign, ripe(context, campaign), actor, note)
        finish = partial(after_all, request, back)
        return await follow(self._desk, request, campaign, parts, finish)


def _waits(reward: Reward, now: int) -> bool:
    return reward.status is RewardStatus.DUE and reward.issue_after > now


def _groups(rows: Sequence[owed.OwedRow], now: int) -> list[tuple[str, list[owed.OwedRow]]]:
    """What is due in two parts; they come in the order of time."""
    parts = (
        ("May be issued now", [row for row in rows if row.issue_after <= now]),
        ("Waiting: not to be issued yet", [row for row in rows if row.issue_after > now]),
    )
    return [(name, part) for name, part in parts if part]


def after_all(request: Request, back: str, deeds: Sequence[Done]) -> Response:
    """To the page, which says what all of it came to; its Undo takes back the last deed."""
    if not deeds:
        return nothing_done(request, back, "Nothing may be issued now.")
    refused = tuple(each for part in deeds for each in part.refused)
    last = next((each.deed for each in reversed(deeds) if each.deed), None)
    return after(request, back, Done(last, refused=refused), _beyond(deeds))


def _beyond(deeds: Sequence[Done]) -> str:
    """What is to be said beyond the last deed: that there were several, and what the first of two
    persons only approved."""
    kept = [each.deed for each in deeds if each.deed]
    approved = sum(was == "approve" for deed in kept for was in items_of(deed).values())
    changed = sum(len(each.changed) for each in deeds)
    said = []
    if len(kept) > 1:
        whole = count(changed, "reward", "rewards")
        said.append(f"In all {whole}, in {len(kept)} parts: the others are under Set-up, Audit.")
    if approved:
        large = "so large an amount" if approved == 1 else "such large amounts"
        said.append(f"A second person issues {large}.")
    return " ".join(said)
