"""A refund in part: the share is lowered, and owed again once the refund is undone."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from goodword.lifecycle.by_hand import review_many
from goodword.lifecycle.deed import Done
from goodword.lifecycle.undo import undo
from goodword.lifecycle.verify import verify
from goodword.model import Kind, Lead, LeadStatus, Reward, RewardStatus
from goodword.rewards import record as rewards
from lifecycle.world import World, world

OWNER = "owner@shop.example"


async def only(w: World, lead: Lead) -> Reward:
    [reward] = await w.rewards(lead.id)
    return reward


def amounts(rewards: list[Reward]) -> list[tuple[str, int]]:
    return [(reward.status.value, reward.amount) for reward in rewards]


async def test_an_undone_partial_refund_after_issue_owes_the_difference_again_once(
    database_url: str,
) -> None:
    """Two partial refunds of a share that was paid; the first one fails at the bank."""
    async with world(database_url, reward=None) as w:
        await w.rule(kind=Kind.PERCENTAGE, amount=0, rate=1000)
        lead = await w.buyer("1", amount="49.00")
        paid = await only(w, lead)
        await w.pay("issue", paid, early=True)
        first = await w.refund("1", "9.00", external_id="re_1")
        await w.refund("1", "10.00", external_id="re_2")
        assert first.deed is not None
        undone = await undo(w.context, w.campaign, first.deed.id, OWNER)
        assert undone.refused == ()
        rewards = await w.rewards(lead.id)
        assert amounts(rewards) == [
            ("issued", 490),
            ("issued", -90),
            ("issued", -100),
            ("due", 90),
        ]
        again = rewards[-1]
        assert (again.restores, again.issue_after) == (first.refund.id, paid.issue_after)
        await undo(w.context, w.campaign, first.deed.id, OWNER)
        assert len(await w.rewards(lead.id)) == 4
        assert await faults(w) == []


async def restored(w: World) -> tuple[str, Reward]:
    """A share of 4.90 that was paid, of which 0.90 was taken back and is owed again."""
    await w.rule(kind=Kind.PERCENTAGE, amount=0, rate=1000)
    lead = await w.buyer("1", amount="49.00")
    await w.pay("issue", await only(w, lead), early=True)
    first = await w.refund("1", "9.00", external_id="re_1")
    assert first.deed is not None
    await undo(w.context, w.campaign, first.deed.id, OWNER)
    return lead.id, (await w.rewards(lead.id))[-1]


async def test_what_is_owed_again_is_lowered_by_the_next_refund_before_what_was_paid(
    database_url: str,
) -> None:
    async with world(database_url, reward=None) as w:
        lead, _ = await restored(w)
        await w.refund("1", "5.00", external_id="re_2")
        assert amounts(await w.rewards(lead))[2:] == [("due", 40)]
        await w.refund("1", "10.00", external_id="re_3")
        assert amounts(await w.rewards(lead))[2:] == [("cancelled", 40), ("issued", -60)]
        await w.refund("1", "34.00", external_id="re_4")
        kept = [each for each in await w.rewards(lead) if each.status is RewardStatus.ISSUED]
        assert sum(each.amount for each in kept) == 0
        assert await faults(w) == []


async def test_what_is_owed_again_goes_and_comes_with_its_lead(database_url: str) -> None:
    async with world(database_url, reward=None) as w:
        lead, again = await restored(w)
        for verb, status in (
            ("unqualify", "cancelled"),
            ("qualify", "due"),
            ("reject", "cancelled"),
        ):
            done = await review_many(w.context, w.campaign, verb, [lead], OWNER)
            assert await now_is(w, again) == status
        assert done.deed is not None
        await undo(w.context, w.campaign, done.deed.id, OWNER)
        assert await now_is(w, again) == "due"
        assert await faults(w) == []


async def test_what_was_owed_again_and_paid_is_issued_reversed_and_undone_like_any(
    database_url: str,
) -> None:
    async with world(database_url, reward=None) as w:
        lead, again = await restored(w)
        await w.pay("issue", again, early=True)
        [issued] = [each for each in await w.rewards(lead) if each.id == again.id]
        done = await w.pay("reverse", issued)
        await w.undo(done)
        assert amounts(await w.rewards(lead))[2:] == [("issued", 90), ("issued", -90), ("due", 90)]
        assert await faults(w) == []


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("update refunds set status = 'applied'", "makes good rfd_"),
        (
            "update rewards set amount = 91 where restores is not null",
            "is owed again with others, 91 in all, of 90 that refunds had taken",
        ),
        (
            "update rewards set restores = 'rfd_x' where restores is not null",
            "names rfd_x as its restores",
        ),
    ],
)
async def test_verify_says_what_is_wrong_with_what_is_owed_again(
    database_url: str, statement: str, says: str
) -> None:
    async with world(database_url, reward=None) as w:
        await restored(w)
        async with w.context.storage.write() as db:
            await db.execute(text(statement))
        assert any(says in str(each) for each in await faults(w)), await faults(w)


async def now_is(w: World, reward: Reward) -> str:
    async with w.context.storage.read() as db:
        found = await rewards.by_id(db, w.campaign.id, reward.id)
    assert found is not None
    return found.status


async def faults(w: World) -> list[object]:
    return [each async for each in verify(w.context)]


STEPS = st.one_of(
    st.tuples(st.just("refund"), st.integers(1, 4_900)),
    st.tuples(st.just("undo"), st.integers(0, 3)),
    st.tuples(st.sampled_from(("issue", "requalify")), st.just(0)),
)


def test_what_counts_is_the_share_of_what_is_left_whatever_happens(sqlite_template: Path) -> None:
    """Refunds, their undoing, issuing, unqualifying and qualifying again, in any order."""

    @given(st.lists(STEPS, min_size=3, max_size=9))
    @settings(max_examples=12, deadline=None, derandomize=True, phases=[Phase.generate])
    def run(steps: list[tuple[str, int]]) -> None:
        with TemporaryDirectory() as folder:
            file = shutil.copyfile(sqlite_template, Path(folder) / "goodword.db")
            asyncio.run(_go(f"sqlite+aiosqlite:///{file}", steps))

    run()


async def _go(url: str, steps: list[tuple[str, int]]) -> None:
    async with world(url, reward=None) as w:
        await w.rule(kind=Kind.PERCENTAGE, amount=0, rate=1000)
        lead = await w.buyer("1", amount="49.00")
        standing: list[tuple[Done, int]] = []
        for number, (step, value) in enumerate(steps):
            w.wait(1)
            if step == "refund":
                amount = f"{value / 100:.2f}"
                told = await w.refund("1", amount, external_id=f"re_{number}")
                standing.append((Done(told.deed), value))
            elif step == "undo" and standing:
                done, _ = standing.pop(value % len(standing))
                await w.undo(done)
            elif step == "issue":
                await w.pay("issue", *await w.rewards(lead.id), early=True)
            elif step == "requalify":
                for verb in ("unqualify", "qualify"):
                    await review_many(w.context, w.campaign, verb, [lead.id], OWNER)
            await _holds(w, lead.id, max(0, 4_900 - sum(each for _, each in standing)))


async def _holds(w: World, lead_id: str, left: int) -> None:
    status = (await w.explain(lead_id)).lead.status
    assert await faults(w) == []
    if status is LeadStatus.QUALIFIED and left:
        counting = (RewardStatus.DUE, RewardStatus.HELD, RewardStatus.ISSUED)
        found = await w.rewards(lead_id)
        stands = sum(each.amount for each in found if each.status in counting)
        assert stands == (left * 1000 + 5_000) // 10_000
