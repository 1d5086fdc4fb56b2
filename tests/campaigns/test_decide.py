"""Origins, landing addresses, cookie domains: what a campaign allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.campaigns.decide import (
    BadCampaign,
    allows_landing,
    allows_origin,
    cookie_domain,
    origin_of,
    read_origin,
    slug_of,
)
from goodword.model import Campaign, CampaignStatus, Evidence


def campaign(*origins: str, landing: str = "https://shop.example/") -> Campaign:
    return Campaign(
        id="camp_1",
        slug="demo",
        name="Demo",
        status=CampaignStatus.ACTIVE,
        site_key="site",
        origins=origins,
        landing=landing,
        window=1,
        least_evidence=Evidence.TOKEN,
        currency="EUR",
        code_key=b"",
        signing_secret="",
        paused_at=None,
        created_at=0,
    )


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("https://Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://localhost:8001", "http://localhost:8001"),
        ("http://localhost:*", "http://localhost:*"),
        ("https://*.shop.example", "https://*.shop.example"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
    ],
)
def test_an_origin_has_one_spelling(written: str, spelled: str) -> None:
    assert read_origin(written) == spelled


@pytest.mark.parametrize(
    "text",
    ["shop.example", "ftp://shop.example", "https://shop.example/page", "https://", "https://*"]
    + ["https://a.*.example", "null", "", "https://shop_.example", "https://user@shop.example"],
)
def test_what_is_no_origin_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadCampaign, match="origin"):
        read_origin(text)


@pytest.mark.parametrize(
    ("pattern", "origin", "allowed"),
    [
        ("https://shop.example", "https://shop.example", True),
        ("https://shop.example", "https://www.shop.example", True),
        ("https://www.shop.example", "https://shop.example", True),
        ("https://shop.example", "http://shop.example", False),
        ("https://shop.example", "https://shop.example:8443", False),
        ("https://shop.example", "https://app.shop.example", False),
        ("https://shop.example", "https://shop.example.evil.example", False),
        ("https://shop.example", "https://evilshop.example", False),
        ("https://*.shop.example", "https://app.shop.example", True),
        ("https://*.shop.example", "https://a.b.shop.example", True),
        ("https://*.shop.example", "https://shop.example", False),
        ("https://*.shop.example", "https://.shop.example", False),
        ("https://*.shop.example", "https://evilshop.example", False),
        ("http://localhost:*", "http://localhost:8001", True),
        ("http://localhost:*", "http://localhost", True),
        ("http://localhost:*", "http://localhost.evil.example:80", False),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001", True),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8002", False),
    ],
)
def test_an_origin_is_allowed_by_name_twin_or_pattern(
    pattern: str, origin: str, allowed: bool
) -> None:
    assert allows_origin(campaign(pattern), origin) is allowed


@pytest.mark.parametrize(
    "url",
    ["//shop.example", "https:shop.example", "https://shop.example@evil.example", "/path"]
    + ["https://shop.example\\.evil.example", "https://shop.example\t", "javascript:alert(1)"],
)
def test_addresses_that_parsers_disagree_on_have_no_origin(url: str) -> None:
    assert origin_of(url) is None


@given(st.text())
def test_no_text_breaks_the_reading_of_an_address(url: str) -> None:
    origin_of(url)
    allows_landing(campaign("https://shop.example"), url)


@pytest.mark.parametrize(
    ("origins", "host", "registrable", "domain"),
    [
        (("https://shop.example",), "www.shop.example", "shop.example", "shop.example"),
        (("https://www.shop.example",), "www.shop.example", "shop.example", "shop.example"),
        (("https://*.shop.example",), "app.shop.example", "shop.example", "shop.example"),
        (("https://app.shop.example",), "app.shop.example", "shop.example", None),
        (("http://127.0.0.1:8001",), "127.0.0.1", None, None),
        (("https://shop.example",), "evil.example", "evil.example", None),
    ],
)
def test_a_cookie_reaches_no_further_than_the_campaign(
    origins: tuple[str, ...], host: str, registrable: str | None, domain: str | None
) -> None:
    assert cookie_domain(campaign(*origins), host, registrable) == domain


def test_a_slug_is_short_plain_and_its_own() -> None:
    assert slug_of("Demo  Shop!", []) == "demo-shop"
    assert slug_of("Demo shop", ["demo-shop", "demo-shop-2"]) == "demo-shop-3"
    assert slug_of("日本", []) == "campaign"
