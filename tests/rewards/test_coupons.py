"""Coupon codes: each is given once, whoever asks for it at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from goodword.rewards import coupons
from goodword.storage import Storage
from lifecycle.world import World, world

AT = 1_000


@pytest.fixture
async def w(database_url: str) -> AsyncIterator[World]:
    async with world(database_url) as small:
        yield small


@pytest.fixture
def campaign_id(w: World) -> str:
    return w.campaign.id


@pytest.fixture
def storage(w: World) -> Storage:
    return w.context.storage


async def put(storage: Storage, campaign_id: str, *codes: str, at: int = AT) -> coupons.Added:
    async with storage.write() as db:
        return await coupons.add_codes(db, campaign_id, "spring", codes, at)


async def taken(storage: Storage, campaign_id: str, reward_id: str) -> str | None:
    async with storage.write() as db:
        return await coupons.take(db, campaign_id, "spring", reward_id)


async def test_a_code_is_put_into_its_pool_once(storage: Storage, campaign_id: str) -> None:
    assert await put(storage, campaign_id, "A", "B", "A") == (2, 0)
    assert await put(storage, campaign_id, "B", "C") == (1, 1)
    async with storage.read() as db:
        assert await coupons.pools(db, campaign_id) == [("spring", 3, 0)]


async def test_more_codes_than_one_statement_holds_are_put_in(
    storage: Storage, campaign_id: str
) -> None:
    codes = [f"CODE-{number}" for number in range(1_234)]
    assert await put(storage, campaign_id, *codes) == (1_234, 0)
    assert await put(storage, campaign_id, *codes) == (0, 1_234)


async def test_the_oldest_code_goes_first(storage: Storage, campaign_id: str) -> None:
    await put(storage, campaign_id, "NEW", at=2_000)
    await put(storage, campaign_id, "B", "A", at=1_000)
    given = [await taken(storage, campaign_id, f"rwd_{number}") for number in range(4)]
    assert given == ["A", "B", "NEW", None]


async def test_a_reward_that_asks_again_gets_the_code_it_has(
    storage: Storage, campaign_id: str
) -> None:
    await put(storage, campaign_id, "A", "B")
    assert [await taken(storage, campaign_id, "rwd_1") for _ in range(2)] == ["A", "A"]
    async with storage.read() as db:
        assert await coupons.pools(db, campaign_id) == [("spring", 1, 1)]
        assert await coupons.code_of(db, campaign_id, "rwd_1") == "A"
        assert await coupons.code_of(db, campaign_id, "rwd_2") is None


async def test_fifty_rewards_at_once_get_fifty_codes(storage: Storage, campaign_id: str) -> None:
    await put(storage, campaign_id, *(f"CODE-{number:02}" for number in range(50)))
    async with asyncio.timeout(30):
        given = await asyncio.gather(
            *(taken(storage, campaign_id, f"rwd_{number}") for number in range(50))
        )
    assert sorted(map(str, given)) == [f"CODE-{number:02}" for number in range(50)]


async def test_takers_of_one_transaction_each_do_not_wait_for_one_another(
    storage: Storage, campaign_id: str
) -> None:
    """Only PostgreSQL has two write transactions at once; SQLite's come one after the other."""
    await put(storage, campaign_id, "A", "B")
    async with storage.write() as one:
        first = await coupons.take(one, campaign_id, "spring", "rwd_1")
        if one.dialect.name == "sqlite":
            second = await coupons.take(one, campaign_id, "spring", "rwd_2")
        else:
            async with asyncio.timeout(5), storage.write() as other:
                second = await coupons.take(other, campaign_id, "spring", "rwd_2")
    assert (first, second) == ("A", "B")


async def test_a_code_goes_back_only_while_nobody_has_seen_it(
    storage: Storage, campaign_id: str
) -> None:
    await put(storage, campaign_id, "A")
    await taken(storage, campaign_id, "rwd_1")
    async with storage.write() as db:
        assert await coupons.give_back(db, campaign_id, "rwd_1")
        assert not await coupons.give_back(db, campaign_id, "rwd_1")
    assert await taken(storage, campaign_id, "rwd_2") == "A"
    async with storage.write() as db:
        assert await coupons.mark_shown(db, campaign_id, "rwd_2", AT)
        assert not await coupons.mark_shown(db, campaign_id, "rwd_2", AT + 1)
        assert not await coupons.give_back(db, campaign_id, "rwd_2")
        assert await coupons.code_of(db, campaign_id, "rwd_2") == "A"


async def test_what_was_put_in_is_taken_out_unless_it_was_given(
    storage: Storage, campaign_id: str
) -> None:
    await put(storage, campaign_id, "A", "B", at=1)
    await put(storage, campaign_id, "C", at=2)
    await taken(storage, campaign_id, "rwd_1")
    async with storage.write() as db:
        assert await coupons.remove_codes(db, campaign_id, "spring", 1) == ["B"]
        assert await coupons.last_added(db, campaign_id, "spring") == 2
        assert await coupons.last_added(db, campaign_id, "autumn") == 0
    assert await taken(storage, campaign_id, "rwd_2") == "C"
