"""Campaigns, referrers and keys: what is refused, and what comes of what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from goodword.campaigns.decide import BadCampaign
from goodword.lifecycle.context import open_context
from goodword.lifecycle.links import code_of, hop_link, link
from goodword.lifecycle.set_up import (
    ForeignKeys,
    NewCampaign,
    Refused,
    adopt_keys,
    allow_origin,
    create_campaign,
    create_referrer,
    https_advice,
    set_paused,
)
from goodword.model import Reason
from lifecycle.world import World


async def test_two_campaigns_of_one_name_have_two_addresses(w: World) -> None:
    again = await create_campaign(
        w.context, NewCampaign(name="Demo", origins=["https://other.example"]), "test"
    )
    assert (w.campaign.slug, again.slug) == ("demo", "demo-2")
    assert again.landing == "https://other.example/"


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("name", {"name": "  "}),
        ("origin", {"origins": ["shop.example"]}),
        ("origin", {"origins": ["https://shop.example/page"]}),
        ("origin", {"origins": []}),
        ("landing", {"landing": "javascript:alert(1)"}),
        ("landing", {"landing": "https://evil@shop.example/"}),
    ],
)
async def test_a_bad_campaign_names_its_field(
    w: World, field: str, change: dict[str, object]
) -> None:
    new = {"name": "Demo", "origins": ["https://shop.example"]} | change
    with pytest.raises(BadCampaign) as refused:
        await create_campaign(w.context, NewCampaign(**new), "test")  # type: ignore[arg-type]
    assert refused.value.field == field


async def test_a_vanity_code_leads_to_its_referrer(w: World) -> None:
    made, new = await create_referrer(
        w.context, w.campaign, "cy@example.org", "Cy", "test", "Cys-Shop"
    )
    assert new
    assert code_of(made) == "cys-shop"
    assert link(w.campaign, code_of(made)) == "https://shop.example/?ref=cys-shop"
    assert hop_link("https://go.shop.example", w.campaign, made).endswith("/r/demo/cys-shop")
    assert (await w.visit(code="CYS-SHOP")).code == "cys-shop"


async def test_a_vanity_code_that_is_taken_is_refused(w: World) -> None:
    await create_referrer(w.context, w.campaign, "cy@example.org", "Cy", "test", "cy")
    with pytest.raises(Refused, match="taken"):
        await create_referrer(w.context, w.campaign, "dee@example.org", "Dee", "test", "cy")
    assert (await w.visit(code="dee")).reason is Reason.BAD_CODE


async def test_a_known_email_is_the_same_referrer(w: World) -> None:
    again, new = await create_referrer(w.context, w.campaign, "Ada@Example.com", "Ada", "test")
    assert (again.id, new) == (w.ada.id, False)


@pytest.mark.parametrize("email", ["", "ada", "ada@example", "a b@example.com", "a@b@c.de"])
async def test_what_is_no_email_makes_no_referrer(w: World, email: str) -> None:
    with pytest.raises(Refused, match="e-mail"):
        await create_referrer(w.context, w.campaign, email, "Ada", "test")


async def test_a_paused_campaign_takes_no_new_referrer(w: World) -> None:
    await set_paused(w.context, w.campaign, True, "test")
    paused = await w.context.directory.by_id(w.campaign.id)
    assert paused is not None
    with pytest.raises(Refused, match="paused"):
        await create_referrer(w.context, paused, "cy@example.org", "Cy", "test")


async def test_an_allowed_origin_is_added_once(w: World) -> None:
    for _ in range(2):
        await allow_origin(w.context, w.campaign, "https://Blog.example/", "test")
    campaign = await w.context.directory.by_id(w.campaign.id)
    assert campaign is not None
    assert campaign.origins == ("https://shop.example", "https://blog.example")


async def test_keys_of_another_installation_are_refused(w: World) -> None:
    foreign = replace(w.context.settings, secret_keys=(b"x" * 32,))
    with pytest.raises(ForeignKeys, match="GOODWORD_SECRET_KEYS"):
        await adopt_keys(foreign, w.context.storage)


async def test_keys_rotate_without_losing_codes_tokens_or_secrets(w: World) -> None:
    visit = await w.visit()
    both = replace(w.context.settings, secret_keys=(b"n" * 32, b"k" * 32))
    await adopt_keys(both, w.context.storage)
    context = await open_context(both, w.context.storage, w.context.now)
    w.context = context
    campaign = await context.directory.by_id(w.campaign.id)
    assert campaign is not None
    assert campaign.signing_secret == w.campaign.signing_secret
    assert (await w.convert(token=visit.token, order="1")).status == "counted"
    newest = replace(w.context.settings, secret_keys=(b"n" * 32,))
    await adopt_keys(newest, w.context.storage)
    assert (await open_context(newest, w.context.storage)).directory.all()


async def test_https_pages_need_an_https_server(w: World) -> None:
    assert https_advice("https://go.shop.example", w.campaign) is None
    advice = https_advice("http://127.0.0.1:8000", w.campaign)
    assert advice is not None
    assert "GOODWORD_PUBLIC_URL" in advice


async def test_a_landing_page_with_a_ref_of_its_own_still_names_the_friend(w: World) -> None:
    new = NewCampaign(
        name="Landing", origins=["https://shop.example"], landing="https://shop.example/?a=1&ref=x"
    )
    made = await create_campaign(w.context, new, "test")
    assert link(made, "CODE") == "https://shop.example/?a=1&ref=CODE"
