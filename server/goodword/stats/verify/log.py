"""I5 and I7: the log has a line for each state, and the states follow the tables of moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Select,
    Table,
    and_,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import LeadStatus, Mode, RewardStatus, Status
from goodword.stats.verify.check import Check, Violation, distinct, rows_of, run
from goodword.storage import tables as t

le, rw, cv, ac = t.leads.c, t.rewards.c, t.conversions.c, t.activity.c

Moves = Collection[tuple[str, str]]
"""Every move that a status may make: from, to."""


@dataclass(frozen=True, slots=True)
class Story:
    """How the log tells of a thing: the states that its lines say it came to, and where it may
    begin. `column` is where a line names the thing."""

    table: Table
    column: Column[Any]
    states: dict[str, str]
    starts: tuple[str, ...]
    only: ColumnElement[bool]


LEADS = Story(
    t.leads,
    ac.lead_id,
    {
        "lead.created": LeadStatus.PENDING,
        "lead.qualified": LeadStatus.QUALIFIED,
        "lead.unqualified": LeadStatus.PENDING,
        "lead.rejected": LeadStatus.REJECTED,
        "lead.reopened": LeadStatus.PENDING,
    },
    (LeadStatus.PENDING,),
    le.mode == Mode.LIVE,
)
REWARDS = Story(
    t.rewards,
    ac.reward_id,
    {f"reward.{status}": status for status in RewardStatus},
    (RewardStatus.DUE, RewardStatus.HELD),
    rw.reverses.is_(None),
)


def _lacks(table: Table, column: Column[Any], says: str, only: Any, types: Iterable[str]) -> Check:
    told = distinct("told", (ac.campaign_id, column.label("id")), ac.type.in_(list(types)))
    here = (told.c.campaign_id == table.c.campaign_id) & (told.c.id == table.c.id)
    offenders = select(table.c.id.label("row")).outerjoin(told, here)
    return Check("I7", says, offenders.where(told.c.id.is_(None), only))


_TOLD = (
    _lacks(
        t.leads, ac.lead_id, "is in no line of the log as created", LEADS.only, ["lead.created"]
    ),
    _lacks(t.rewards, ac.reward_id, "is in no line of the log", REWARDS.only, REWARDS.states),
    _lacks(
        t.rewards,
        ac.reward_id,
        "is in no line of the log as a reversal",
        rw.reverses.is_not(None),
        ["reward.reversed"],
    ),
    _lacks(
        t.conversions,
        ac.conversion_id,
        "is in no line of the log",
        cv.mode == Mode.LIVE,
        [f"conversion.{status}" for status in Status],
    ),
)


def _words(table: Table, allowed: Iterable[str]) -> Check:
    c = table.c
    says = "has the status {status!r}, which is no word of ours"
    return Check(
        "I5", says, select(c.id.label("row"), c.status).where(c.status.not_in(list(allowed)))
    )


_STATUSES = (
    _words(t.leads, LeadStatus),
    _words(t.rewards, RewardStatus),
    _words(t.conversions, Status),
)


_DEEDS = (
    Check(
        "I7",
        "is a deed of {actor} that names nothing it was done to",
        select(t.deeds.c.id.label("row"), t.deeds.c.actor).where(
            t.deeds.c["items"].in_(("", "{}"))
        ),
    ),
)


async def of_log(
    db: AsyncConnection, lead_moves: Moves, reward_moves: Moves
) -> AsyncIterator[Violation]:
    """I5: a status is a word, reached by moves of its table as the log tells them. I7: the log
    tells of every lead, reward and conversion that is no test, and a deed of what it was
    done to."""
    async for violation in run(db, (*_TOLD, *_STATUSES, *_DEEDS)):
        yield violation
    for story, moves in ((LEADS, lead_moves), (REWARDS, reward_moves)):
        async for violation in _strays(db, story, moves):
            yield violation


async def _strays(db: AsyncConnection, story: Story, moves: Moves) -> AsyncIterator[Violation]:
    """What the log tells otherwise than the moves allow, in whatever order it may be read.

    Lines of one millisecond, or from before the clock was set back, may not stand in the order
    in which they were written.
    """
    async for row in rows_of(db, _suspects(story, moves)):
        lines = await _lines(db, story, row["campaign_id"], row["row"])
        if not may_be_told(lines, row["status"], story.starts, frozenset(moves)):
            told = ", ".join(lines)
            text = f"is {row['status']}, which does not follow from the log: {told}"
            yield Violation("I5", row["row"], text)


def _suspects(story: Story, moves: Moves) -> Select[Any]:
    """Things with a step that is no move, a wrong first line, or another status than the last."""
    steps, c = _steps(story), story.table.c
    s = steps.c
    allowed = [f"{before}>{after}" for before, after in moves]
    wrong = or_(
        and_(s.before.is_(None), s.state.not_in(list(story.starts))),
        and_(s.before != s.state, (s.before + ">" + s.state).not_in(allowed)),
        and_(s.after.is_(None), s.state != c.status),
    )
    here = (s.campaign_id == c.campaign_id) & (s.id == c.id)
    found = select(c.campaign_id, c.id.label("row"), c.status).join(steps, here)
    return found.where(wrong, story.only).distinct()


def _steps(story: Story) -> FromClause:
    """Each line that tells of a state, with the states of the lines before and after it."""
    state = case(story.states, value=ac.type)
    here, order = (ac.campaign_id, story.column), (ac.created_at, ac.id)
    return (
        select(
            ac.campaign_id,
            story.column.label("id"),
            state.label("state"),
            func.lag(state).over(partition_by=here, order_by=order).label("before"),
            func.lead(state).over(partition_by=here, order_by=order).label("after"),
        )
        .where(story.column.is_not(None), ac.type.in_(list(story.states)))
        .subquery("steps")
    )


async def _lines(db: AsyncConnection, story: Story, campaign_id: str, id_: str) -> list[str]:
    """The states that the log tells of one thing, in its order."""
    told = (
        select(ac.type)
        .where(ac.campaign_id == campaign_id, story.column == id_, ac.type.in_(list(story.states)))
        .order_by(ac.created_at, ac.id)
    )
    return [story.states[type_] for type_ in (await db.execute(told)).scalars()]


def may_be_told(
    lines: Iterable[str], end: str, starts: Collection[str], moves: frozenset[tuple[str, str]]
) -> bool:
    """Whether the states can be put in an order that begins and ends well and goes by moves.

    A state told twice in a row is no move.
    """

    @cache
    def leads_on(state: str, left: tuple[tuple[str, int], ...]) -> bool:
        if not left:
            return state == end
        return any(
            leads_on(after, _without(left, after))
            for after, _ in left
            if after == state or (state, after) in moves
        )

    told = tuple(sorted(Counter(lines).items()))
    return any(leads_on(first, _without(told, first)) for first, _ in told if first in starts)


def _without(left: tuple[tuple[str, int], ...], state: str) -> tuple[tuple[str, int], ...]:
    return tuple((each, n - (each == state)) for each, n in left if n > (each == state))
