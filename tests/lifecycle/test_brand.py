"""The look of the hosted pages is changed as a whole, told in the audit trail, and set back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from goodword.campaigns.decide import BadCampaign
from goodword.lifecycle.brand import BrandChanges, brand_of, edit_brand, logo_of
from goodword.lifecycle.deed import Done
from goodword.model import DEFAULT_ACCENT, DEFAULT_PAPER, Brand, LinkTo
from lifecycle.world import World

PICTURES = Path(__file__).parents[1] / "campaigns" / "pictures"
PNG, JPEG = ((PICTURES / f"logo.{end}").read_bytes() for end in ("png", "jpg"))
AS_IT_IS = BrandChanges(
    accent=DEFAULT_ACCENT, paper=DEFAULT_PAPER, link_to=LinkTo.INVITATION, texts={}
)
BY = "boss@example.com"


async def edit(w: World, **changes: object) -> Done:
    return await edit_brand(w.context, w.campaign, replace(AS_IT_IS, **changes), BY)  # type: ignore[arg-type]


async def brand(w: World) -> Brand:
    return await brand_of(w.context, w.campaign)


async def test_a_campaign_has_the_default_until_somebody_changes_it(w: World) -> None:
    assert await brand(w) == Brand(campaign_id=w.campaign.id)
    assert (await edit(w)).deed is None
    assert await w.count("brands") == 0


async def test_a_change_is_kept_with_what_was_before_and_undone(w: World) -> None:
    done = await edit(w, accent="#F00", texts={"join_headline": "Come  in"}, logo=PNG)
    changed = await brand(w)
    assert (changed.accent, changed.texts) == ("#ff0000", {"join_headline": "Come in"})
    assert changed.logo_size == (70, 30)
    assert done.deed is not None
    kept = json.loads(json.loads(done.deed.items)[w.campaign.id])
    assert kept["before"] == {"accent": DEFAULT_ACCENT, "logo": "", "join_headline": ""}
    await w.undo(done)
    assert await brand(w) == Brand(campaign_id=w.campaign.id)


async def test_undo_leaves_what_was_changed_again_since(w: World) -> None:
    first = await edit(w, accent="#111111", paper="#eeeeee")
    await edit(w, accent="#222222", paper="#eeeeee")
    undone = await w.undo(first)
    after = await brand(w)
    assert (after.accent, after.paper) == ("#222222", DEFAULT_PAPER)
    assert [each.why for each in undone.refused] == [
        "The colour of buttons and links was changed again since."
    ]


async def test_a_logo_is_kept_by_its_bytes_and_comes_back_with_undo(w: World) -> None:
    await edit(w, logo=PNG)
    first = (await brand(w)).logo
    second = await edit(w, logo=JPEG)
    found = await logo_of(w.context, w.campaign, (await brand(w)).logo)
    assert found is not None
    assert (found.kind, found.content) == ("image/jpeg", JPEG)
    await w.undo(second)
    assert (await brand(w)).logo == first
    assert (await edit(w, logo=PNG)).deed is None
    assert await w.count("logos") == 2


async def test_a_logo_stays_until_it_is_removed(w: World) -> None:
    await edit(w, logo=PNG)
    await edit(w, accent="#123456")
    assert (await brand(w)).logo
    await edit(w, accent="#123456", remove_logo=True)
    assert (await brand(w)).logo == ""


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"accent": "red"}, "accent"),
        ({"paper": "#12"}, "paper"),
        ({"logo": b"<svg/>"}, "logo"),
        ({"texts": {"message": "{{secret}}"}}, "message"),
    ],
)
async def test_what_can_t_be_used_changes_nothing(
    w: World, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(BadCampaign) as refused:
        await edit(w, **{"accent": "#123456"} | changes)
    assert refused.value.field == field
    assert (await w.count("brands"), await w.count("logos")) == (0, 0)


async def test_a_text_of_a_place_that_there_is_not_is_left_out(w: World) -> None:
    await edit(w, texts={"footer": "x", "message": "Try it"})
    assert (await brand(w)).texts == {"message": "Try it"}
