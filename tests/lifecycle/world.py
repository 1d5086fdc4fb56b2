"""A small world for stories: one campaign on a clock that the test turns by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from msgspec import structs
from sqlalchemy import Table, func, insert, select

from databases import storage_on
from goodword.access import deeds
from goodword.clock import DAY, MINUTE
from goodword.lifecycle.arrive import Arrival, Arrived, arrive
from goodword.lifecycle.change import Changes, change_campaign
from goodword.lifecycle.context import Context, open_context
from goodword.lifecycle.convert import convert
from goodword.lifecycle.deed import Done
from goodword.lifecycle.explain import Explanation, explain
from goodword.lifecycle.pay import pay
from goodword.lifecycle.refund import Refunded, Refunding, refund
from goodword.lifecycle.report import Answer, Sent
from goodword.lifecycle.rule import add_rule, retire_rule
from goodword.lifecycle.set_up import NewCampaign, adopt_keys, create_campaign, create_referrer
from goodword.lifecycle.sign_up import sign_up
from goodword.lifecycle.tick import tick
from goodword.lifecycle.undo import undo
from goodword.model import (
    Campaign,
    Lead,
    Money,
    Occasion,
    Recipient,
    Referrer,
    Reward,
    Rule,
    Status,
    read_amount,
)
from goodword.rewards import coupons
from goodword.rewards import record as rewards
from goodword.settings import Settings
from goodword.signing import sign_payload
from goodword.storage import Storage
from goodword.storage.tables import metadata

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Safari/537.36"
)
START = 1_795_000_000_000
"""A moment in November 2026, in milliseconds."""


def settings_for(database_url: str, **more: object) -> Settings:
    base = Settings(
        data_dir=Path("."),
        database_url=database_url,
        public_url="https://go.shop.example",
        secret_keys=(b"k" * 32,),
        trusted_proxies=(),
        rate_limit=0,
    )
    return replace(base, **more)  # type: ignore[arg-type]


@dataclass
class World:
    """The verbs of the lifecycle with everything filled in that a story does not care about."""

    context: Context
    campaign: Campaign
    ada: Referrer
    bob: Referrer
    clock: list[int]
    counter: list[int] = field(default_factory=lambda: [0])

    def wait(self, milliseconds: int) -> None:
        self.clock[0] += milliseconds

    async def visit(self, referrer: Referrer | None = None, **more: object) -> Arrived:
        """A person comes through the link of a referrer, Ada's unless said."""
        arrival = Arrival(
            campaign=self.campaign,
            code=(referrer or self.ada).code,
            via="tag",
            url="https://shop.example/",
            user_agent=CHROME,
            address="203.0.113.9",
        )
        return await arrive(self.context, structs.replace(arrival, **more))

    async def sign_up(self, **sent: object) -> Answer:
        return await sign_up(self.context, self.campaign, self._sent(sent))

    async def convert(self, **sent: object) -> Answer:
        """A report; `amount` and `currency` are read as the doors do, `sign=True` signs it."""
        amount, currency = sent.pop("amount", "49.00"), sent.pop("currency", "EUR")
        raw = (
            str(sent.get("event", "purchase")),
            str(sent.get("order", "")),
            str(amount),
            str(currency),
            str(sent.get("email", "")),
        )
        if sent.pop("sign", False):
            sent["sig"] = sign_payload(self.campaign.signing_secret, *raw)
        sent |= {"amount": read_amount(amount, str(currency)), "raw": raw}  # type: ignore[arg-type]
        return await convert(self.context, self.campaign, self._sent(sent))

    def _sent(self, said: dict[str, object]) -> Sent:
        self.counter[0] += 1
        said = {"door": "script", "key": f"key-{self.counter[0]}"} | said
        return Sent(**said)  # type: ignore[arg-type]

    async def rule(self, **said: object) -> None:
        """Another rule; the campaign of the world knows it from now on."""
        base = Rule(
            id="",
            campaign_id="",
            version=0,
            recipients=(Recipient.REFERRER,),
            occasion=Occasion.QUALIFIED,
            amount=1000,
            currency="EUR",
            delay=30 * DAY,
            created_at=0,
        )
        await add_rule(self.context, self.campaign, replace(base, **said), "test")  # type: ignore[arg-type]
        await self.reload()

    async def no_rules(self) -> None:
        for rule in self.campaign.rules:
            await retire_rule(self.context, self.campaign, rule.id, "test")
        await self.reload()

    async def pool(self, pool: str, *codes: str) -> None:
        """Coupon codes of a pool."""
        async with self.context.storage.write(self.campaign.id) as db:
            await coupons.add_codes(db, self.campaign.id, pool, codes, self.clock[0])

    async def coupon_of(self, lead: Lead) -> str | None:
        """The code that the lead's latest reward was given."""
        reward = (await self.rewards(lead.id))[-1]
        async with self.context.storage.read() as db:
            return await coupons.code_of(db, self.campaign.id, reward.id)

    async def limits(self, **said: object) -> None:
        """Caps, budget and the like, as the admin pages set them."""
        changes = Changes(**said)  # type: ignore[arg-type]
        await change_campaign(self.context, self.campaign, changes, "test")
        await self.reload()

    async def reload(self) -> None:
        self.campaign = await self.context.directory.by_id(self.campaign.id) or self.campaign

    async def buyer(self, order: str, referrer: Referrer | None = None, **said: object) -> Lead:
        """A new friend of a referrer's who buys."""
        visit = await self.visit(referrer)
        answer = await self.convert(token=visit.token, order=order, **said)
        assert answer.status in (Status.COUNTED, Status.HELD), answer
        return (await self.leads())[-1]

    async def refund(self, order: str, amount: str | None = None, **said: object) -> Refunded:
        money = read_amount(amount, "EUR").money
        return await refund(
            self.context,
            self.campaign,
            Refunding(order=order, amount=money, **said),  # type: ignore[arg-type]
            "api",
        )

    async def pay(
        self, verb: str, *rewards: Reward, by: str = "boss@example.com", early: bool = False
    ) -> Done:
        ids = [reward.id for reward in rewards]
        return await pay(self.context, self.campaign, verb, ids, by, early=early)

    async def undo(self, done: Done, by: str = "boss@example.com") -> Done:
        assert done.deed is not None
        return await undo(self.context, self.campaign, done.deed.id, by)

    async def undo_last(self) -> Done:
        """Undo of the latest deed."""
        async with self.context.storage.read() as db:
            [deed] = await deeds.newest(db, self.campaign.id, 1)
        return await self.undo(Done(deed))

    async def tick(self) -> None:
        await tick(self.context)

    async def explain(self, lead_id: str | None) -> Explanation:
        found = await explain(self.context, self.campaign, lead_id or "")
        assert found is not None
        return found

    async def only_lead(self) -> Lead:
        [lead] = await self.leads()
        return lead

    async def leads(self) -> list[Lead]:
        table = metadata.tables["leads"]
        async with self.context.storage.read() as db:
            ids = (await db.execute(select(table.c.id).order_by(table.c.id))).scalars().all()
        return [(await self.explain(each)).lead for each in ids]

    async def rewards(self, lead_id: str | None) -> list[Reward]:
        async with self.context.storage.read() as db:
            return await rewards.of_lead(db, self.campaign.id, lead_id or "")

    async def count(self, table: str) -> int:
        async with self.context.storage.read() as db:
            query = select(func.count()).select_from(metadata.tables[table])
            return int((await db.execute(query)).scalar_one())


Now = Callable[[], int]


@asynccontextmanager
async def world(database_url: str, **campaign: object) -> AsyncIterator[World]:
    """A world with a campaign of 10 EUR for the referrer, thirty days after the purchase.

    The first of a kind is made as a person makes it; the next are the same rows put back, a
    millisecond old, so that whatever a story adds comes after them.
    """
    settings = settings_for(database_url)
    storage = storage_on(database_url)
    clock = [START - 1]
    kind = repr(sorted(campaign.items()))
    try:
        if kind in _made:
            await _put_back(storage, _made[kind].rows)
        else:
            await adopt_keys(settings, storage)
        context = await open_context(settings, storage, lambda: clock[0])
        if kind not in _made:
            _made[kind] = await _make(context, campaign)
        made, clock[0] = _made[kind], START
        yield World(context, made.campaign, made.ada, made.bob, clock)
    finally:
        await storage.close()


_Rows = list[tuple[Table, list[dict[str, object]]]]


class _Made(NamedTuple):
    """A campaign and its people, and every row that there is with them."""

    campaign: Campaign
    ada: Referrer
    bob: Referrer
    rows: _Rows


_made: dict[str, _Made] = {}


async def _make(context: Context, campaign: dict[str, object]) -> _Made:
    new = {
        "name": "Demo",
        "origins": ("https://shop.example",),
        "reward": Money(1000, "EUR"),
    } | campaign
    made = await create_campaign(context, NewCampaign(**new), "test")  # type: ignore[arg-type]
    ada, _ = await create_referrer(context, made, "ada@example.com", "Ada Lovelace", "test")
    bob, _ = await create_referrer(context, made, "bob@example.com", "Bob", "test")
    return _Made(made, ada, bob, await _rows(context.storage))


async def _rows(storage: Storage) -> _Rows:
    async with storage.read() as db:
        found = [
            (table, [dict(row) for row in (await db.execute(select(table))).mappings()])
            for table in metadata.sorted_tables
        ]
    return [(table, rows) for table, rows in found if rows]


async def _put_back(storage: Storage, rows: _Rows) -> None:
    async with storage.write() as db:
        for table, each in rows:
            await db.execute(insert(table), each)


__all__ = ["CHROME", "DAY", "MINUTE", "START", "World", "settings_for", "world"]
