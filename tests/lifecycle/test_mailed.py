"""Links in mails open one thing, for their person alone, until they are old or revoked."""

from __future__ import annotations

from goodword.lifecycle.act import begin
from goodword.lifecycle.deed import Done
from goodword.lifecycle.mailed import (
    hand_out_link,
    open_own_page,
    own_page_link,
    revoke_links,
)
from lifecycle.world import DAY, World, world


def _text(w: World) -> str:
    return own_page_link(w.context, w.ada).rpartition("/p/")[2]


async def test_a_link_to_the_own_page_opens_it_for_seven_days(database_url: str) -> None:
    async with world(database_url) as w:
        text = _text(w)
        w.wait(7 * DAY - 1)
        opened = await open_own_page(w.context, text)
        assert opened is not None
        assert [each.id for each in opened] == [w.campaign.id, w.ada.id]
        w.wait(1)
        assert await open_own_page(w.context, text) is None


async def test_revoked_links_open_nothing_and_later_ones_do(database_url: str) -> None:
    async with world(database_url) as w:
        old = _text(w)
        async with begin(w.context, w.campaign, "boss@example.com") as act:
            await revoke_links(act, w.ada.id)
        assert await open_own_page(w.context, old) is None
        w.wait(1)
        assert await open_own_page(w.context, _text(w)) is not None
        bob = own_page_link(w.context, w.bob).rpartition("/p/")[2]
        assert await open_own_page(w.context, bob) is not None


async def test_a_link_of_another_installation_or_of_nobody_opens_nothing(
    database_url: str,
) -> None:
    async with world(database_url) as w:
        for text in ("", "x", _text(w)[:-3], _text(w)[3:]):
            assert await open_own_page(w.context, text) is None


async def test_a_link_that_was_handed_out_is_in_the_trail_and_ends_with_undo(
    database_url: str,
) -> None:
    async with world(database_url) as w:
        handed = await hand_out_link(w.context, w.campaign, w.ada.id, "boss@example.com")
        assert handed is not None
        referrer, link, deed = handed
        text = link.rpartition("/p/")[2]
        assert referrer == w.ada
        assert await open_own_page(w.context, text) is not None
        await w.undo(Done(deed))
        assert await open_own_page(w.context, text) is None


async def test_nobody_is_handed_a_link_to_nobodys_page(database_url: str) -> None:
    async with world(database_url) as w:
        before = await w.count("deeds")
        assert await hand_out_link(w.context, w.campaign, "ref_nobody", "boss@example.com") is None
        assert await w.count("deeds") == before
