"""An import is taken back as a whole, while nothing has happened with what it brought."""

from __future__ import annotations

import pytest

from goodword.access import deeds
from goodword.clock import DAY
from goodword.lifecycle import move_back
from goodword.lifecycle.by_hand import review_many
from goodword.lifecycle.move_in import NotNow, tidy
from goodword.model import ImportStatus, Reason
from lifecycle.moving import OWNER, Mover
from lifecycle.test_move_in import LEADS, REFERRERS, REWARDS
from lifecycle.world import World

TABLES = (
    *("referrers", "aliases", "leads", "conversions", "rewards", "rules", "lead_counts"),
    *("own_visitors",),
)


@pytest.fixture
def m(w: World, monkeypatch: pytest.MonkeyPatch) -> Mover:
    monkeypatch.setattr(move_back, "SEEN_WITHIN", 0)
    return Mover(w)


async def counts(w: World) -> dict[str, int]:
    return {table: await w.count(table) for table in TABLES if table != "lead_counts"}


async def test_everything_goes_that_it_brought(m: Mover) -> None:
    before = await counts(m.w)
    jobs = [await m.bring(text) for text in (REFERRERS, LEADS, REWARDS)]
    for job in reversed(jobs):
        assert (await m.take_back(job)).status is ImportStatus.UNDONE
    assert await counts(m.w) == before
    assert (await m.w.visit(code="cy20")).reason is Reason.BAD_CODE
    assert await m.whole()
    again = [await m.bring(text) for text in (REFERRERS, LEADS, REWARDS)]
    assert [job.new for job in again] == [2, 3, 3]
    assert await m.whole()


async def test_the_audit_trail_tells_of_both(m: Mover) -> None:
    m.w.wait(DAY)
    job = await m.bring(REFERRERS)
    m.w.wait(DAY)
    await m.take_back(job)
    async with m.w.context.storage.read() as db:
        undo, done = await deeds.newest(db, m.w.campaign.id, 2)
    assert (done.verb, done.subject, done.note, done.actor) == (
        "import",
        "import",
        "old.csv",
        OWNER,
    )
    assert (undo.undoes, done.undone_at) == (done.id, undo.created_at)


async def test_what_was_touched_stays_and_is_named(m: Mover) -> None:
    people = await m.bring(REFERRERS)
    await m.w.visit(code="dee.d")
    with pytest.raises(NotNow, match="these rows brought: 3"):
        await m.take_back(people)
    leads = await m.bring(LEADS)
    gil = next(lead for lead in await m.w.leads() if lead.email == "gil@example.org")
    await review_many(m.w.context, m.w.campaign, "qualify", [gil.id], OWNER)
    with pytest.raises(NotNow, match="these rows brought: 3"):
        await m.take_back(leads)
    rewards = await m.bring(REWARDS)
    fay = next(lead for lead in await m.w.leads() if lead.email == "fay@example.org")
    _, due = await m.w.rewards(fay.id)
    await m.w.pay("hold", due)
    with pytest.raises(NotNow, match="these rows brought: 3"):
        await m.take_back(rewards)


async def test_leads_stay_while_rewards_stand_for_them(m: Mover) -> None:
    await m.bring(REFERRERS)
    leads = await m.bring(LEADS)
    await m.bring(REWARDS)
    with pytest.raises(NotNow, match="happened since"):
        await m.take_back(leads)


async def test_who_was_here_before_stays_and_loses_the_code(m: Mover) -> None:
    job = await m.bring("email,code\nada@example.com,ada-old\n")
    assert (await m.w.visit(code="ada-old")).reason is None
    await m.take_back(job)
    await m.w.context.directory.load()
    assert (await m.w.visit(code="ada-old")).reason is Reason.BAD_CODE
    assert (await m.w.visit()).reason is None
    assert await m.whole()


async def test_after_90_days_it_stays(m: Mover) -> None:
    job = await m.bring(REFERRERS)
    m.w.wait(91 * DAY)
    await tidy(m.w.context)
    with pytest.raises(NotNow, match="90 days"):
        await m.take_back(job)
