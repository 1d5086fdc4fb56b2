"""What the tag's reports leave behind: one count for a day, an origin and a kind, never more."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from goodword.clock import DAY
from goodword.lifecycle.sighting import see
from goodword.lifecycle.tick import tick
from goodword.model import Campaign
from goodword.stats.decide import Way
from goodword.storage.tables import tag_health as t
from lifecycle.world import START, World, world

SHOP = "https://shop.example"
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def stored(w: World) -> list[tuple[str, str, str, str, int]]:
    """What was counted; nothing can be counted afterwards."""
    await w.context.storage.hits.close()
    c = t.c
    async with w.context.storage.read() as db:
        found = await db.execute(
            select(c.origin, c.event, c.way, c.version, c.count).order_by(c.origin, c.way)
        )
    return [tuple(row) for row in found]


async def test_reports_of_one_kind_are_one_row(database_url: str) -> None:
    async with world(database_url) as w:
        for _ in range(3):
            see(w.context, w.campaign, "hit", Way.PAGE, SHOP, "1.1.0")
        see(w.context, w.campaign, "convert", Way.NONE, SHOP)
        assert await stored(w) == [
            (SHOP, "convert", "none", "", 1),
            (SHOP, "hit", "page", "1.1.0", 3),
        ]


@one_engine
async def test_origins_that_anybody_can_make_up_are_bounded(database_url: str) -> None:
    async with world(database_url) as w:
        loose = campaign_with(w, (SHOP, "https://*.shop.example"))
        for number in range(200):
            see(w.context, loose, "hit", Way.PAGE, f"https://a{number}.shop.example")
        see(w.context, loose, "hit", Way.PAGE, SHOP)
        origins = {row[0]: row[4] for row in await stored(w)}
        assert len(origins) == 50 + 2
        assert (origins["*"], origins[SHOP]) == (150, 1)


@one_engine
async def test_what_names_no_page_is_kept_apart(database_url: str) -> None:
    async with world(database_url) as w:
        w.wait(DAY)  # no origin of this day is known yet
        loose = campaign_with(w, ("http://localhost:*",))
        see(w.context, loose, "convert", Way.FORM)
        see(w.context, loose, "hit", Way.PAGE, "http://localhost:3000")
        assert [row[0] for row in await stored(w)] == ["", "http://localhost:3000"]


async def test_a_tick_forgets_what_is_older_than_90_days(database_url: str) -> None:
    async with world(database_url) as w:
        w.clock[0] = START - 92 * DAY
        see(w.context, w.campaign, "hit", Way.PAGE, SHOP)
        w.clock[0] = START - 89 * DAY
        see(w.context, w.campaign, "hit", Way.GPC, SHOP)
        w.clock[0] = START
        before = await stored(w)
        await tick(w.context)
        assert [row[2] for row in before] == ["gpc", "page"]
        assert [row[2] for row in await stored(w)] == ["gpc"]


def campaign_with(w: World, origins: tuple[str, ...]) -> Campaign:
    return replace(w.campaign, origins=origins)
