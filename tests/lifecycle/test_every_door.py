"""One order, told by every door in every order: one conversion by the best evidence, one reward."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

import pytest

from goodword.leads import record as leads
from goodword.leads.decide import MOVES as LEAD_MOVES
from goodword.model import Evidence, Lead, LeadStatus, Mode, Money, RewardStatus, Status
from goodword.rewards.decide import MOVES as REWARD_MOVES
from goodword.stats.verify import violations
from lifecycle.inbound import Caller, caller_of
from lifecycle.tills import Tills, tills_of
from lifecycle.world import World

Door = Callable[["Sale"], Awaitable[object]]


@dataclass
class Sale:
    """One order of a friend who came through Ada's link and signed up."""

    w: World
    caller: Caller
    tills: Tills
    lead: Lead
    token: str
    order: str

    async def script(self) -> None:
        await self.w.convert(token=self.token, order=self.order)

    async def signed(self) -> None:
        await self.w.convert(token=self.token, order=self.order, sign=True)

    async def api(self) -> None:
        await self.w.convert(door="api", order=self.order, email=self.lead.email)

    async def webhook(self) -> None:
        await self.caller.call({"code": self.lead.code, "order": self.order, "amount": "49.00"})

    async def shop(self) -> None:
        await self.tills.woocommerce(id=int(self.order), number=self.order, email=self.lead.email)


DOORS: tuple[Door, ...] = (Sale.script, Sale.signed, Sale.api, Sale.webhook, Sale.shop)
TURNS = list(itertools.permutations((Sale.script, Sale.api, Sale.webhook, Sale.shop)))


@dataclass
class Market:
    """Sales after each other in one world, each of a lead and an order of its own."""

    w: World
    caller: Caller
    tills: Tills
    sold: int = 0

    async def sale(self) -> Sale:
        self.sold += 1
        email, visit = f"friend{self.sold}@example.org", await self.w.visit()
        await self.w.sign_up(token=visit.token, email=email)
        async with self.w.context.storage.read() as db:
            lead = await leads.by_email(db, self.w.campaign.id, Mode.LIVE, email)
        assert lead is not None
        return Sale(self.w, self.caller, self.tills, lead, visit.token or "", f"{self.sold}")

    async def check(self, sale: Sale, best: Evidence) -> None:
        found = await self.w.explain(sale.lead.id)
        [conversion] = found.conversions
        assert (conversion.order_id, conversion.status) == (sale.order, Status.COUNTED)
        assert (conversion.evidence, conversion.money) == (best, Money(4900, "EUR"))
        assert found.lead.status is LeadStatus.QUALIFIED
        [reward] = await self.w.rewards(sale.lead.id)
        assert (reward.status, reward.conversion_id) == (RewardStatus.DUE, conversion.id)


@pytest.fixture
async def market(w: World) -> Market:
    await w.limits(cap=None)
    return Market(w, await caller_of(w), await tills_of(w))


async def test_an_order_by_every_door_in_every_turn_counts_once_by_the_best(
    market: Market,
) -> None:
    for turn in TURNS:
        sale = await market.sale()
        for tell in turn:
            await tell(sale)
        await market.check(sale, Evidence.CALLED)
    async with market.w.context.storage.read() as db:
        assert [each async for each in violations(db, LEAD_MOVES, REWARD_MOVES)] == []


EVIDENCE: dict[Door, Evidence] = {Sale.script: Evidence.TOKEN, Sale.signed: Evidence.SIGNED}
"""Of what every other door tells it is E3."""


async def test_by_some_of_the_doors_however_often_it_counts_by_the_best_of_them(
    market: Market,
) -> None:
    chance = Random(1042)
    for _ in range(25):
        told = chance.choices(DOORS, k=chance.randint(1, 7))
        sale = await market.sale()
        for tell in told:
            await tell(sale)
        await market.check(sale, max(EVIDENCE.get(each, Evidence.CALLED) for each in told))
