"""Campaigns and codes in memory: what one process makes, another one knows."""

from __future__ import annotations

import pytest

from goodword.lifecycle.context import Context, open_context
from goodword.lifecycle.set_up import NewCampaign, create_campaign, create_referrer
from goodword.model import Campaign, Referrer
from lifecycle.world import World


@pytest.fixture
async def elsewhere(w: World) -> Context:
    """Another process on the same database, at the same moment."""
    return await open_context(w.context.settings, w.context.storage, w.context.now)


async def second(elsewhere: Context) -> tuple[Campaign, Referrer]:
    """A campaign that another process makes, and its referrer."""
    new = NewCampaign(name="Second", origins=["https://second.example"])
    made = await create_campaign(elsewhere, new, "test")
    eve, _ = await create_referrer(elsewhere, made, "eve@example.org", "Eve", "test")
    return made, eve


async def test_what_was_made_elsewhere_is_known_at_once_though_one_just_looked(
    w: World, elsewhere: Context
) -> None:
    here = w.context.directory
    await here.check()
    assert await here.by_site_key("of-nobody") is None
    made, eve = await second(elsewhere)
    assert await here.by_site_key(made.site_key) is not None
    found = await here.owner_of(eve.code)
    assert found is not None
    assert (found[0].id, found[1].referrer) == (made.id, eve)


async def test_a_signed_code_alone_finds_a_campaign_made_elsewhere(
    w: World, elsewhere: Context
) -> None:
    here = w.context.directory
    assert await here.owner_of("of-nobody") is None
    made, eve = await second(elsewhere)
    found = await here.owner_of(eve.code)
    assert found is not None
    assert (found[0].id, found[1].referrer) == (made.id, eve)


async def test_asking_again_and_again_for_nothing_looks_once_a_second(w: World) -> None:
    looks: list[str] = []
    here = w.context.directory

    async def look() -> None:
        looks.append("look")

    here.check = look  # type: ignore[method-assign]
    for _ in range(3):
        assert await here.by_slug("nothing") is None
    assert looks == ["look"]
    w.wait(1000)
    assert await here.by_slug("nothing") is None
    assert looks == ["look"] * 2
