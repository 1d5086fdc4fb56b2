"""What an admin types into the form of a new campaign, by tables of cases."""

from __future__ import annotations

import pytest

from goodword.clock import DAY
from goodword.lifecycle.set_up import NewCampaign
from goodword.model import Money, Occasion, Recipient
from goodword.web.admin_forms import Form, empty_campaign, read_campaign, typed_campaign

FILLED = {
    "site": "https://shop.example",
    "reward": "10.00",
    "currency": "EUR",
    "for": "referrer",
    "delay": "30",
    "qualified": "yes",
}


def read(**typed: str) -> tuple[NewCampaign | None, Form]:
    form = typed_campaign(FILLED | typed)
    return read_campaign(form), form


def test_four_answers_make_a_campaign() -> None:
    new, form = read()
    assert form.errors == {}
    assert new == NewCampaign(
        name="shop.example",
        origins=("https://shop.example",),
        landing="",
        reward=Money(1000, "EUR"),
        recipients=(Recipient.REFERRER,),
        occasion=Occasion.QUALIFIED,
        delay=30 * DAY,
        currency="EUR",
    )


@pytest.mark.parametrize(
    ("typed", "origin", "landing"),
    [
        ("shop.example", "https://shop.example", ""),
        ("HTTPS://Shop.Example/", "https://shop.example", ""),
        ("http://localhost:8001", "http://localhost:8001", ""),
        ("https://*.shop.example", "https://*.shop.example", ""),
        (
            "https://shop.example/welcome?x=1#top",
            "https://shop.example",
            "https://shop.example/welcome?x=1",
        ),
    ],
)
def test_a_site_is_read_as_people_write_it(typed: str, origin: str, landing: str) -> None:
    new, _ = read(site=typed)
    assert new is not None
    assert (new.origins, new.landing) == ((origin,), landing)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("site", ""),
        ("site", "not a site"),
        ("site", "javascript://shop.example"),
        ("site", "https://user@shop.example"),
        ("reward", "ten"),
        ("reward", "-1"),
        ("reward", "10.001"),
        ("currency", "XYZ"),
        ("currency", ""),
        ("for", "nobody"),
        ("delay", "soon"),
        ("delay", "-1"),
        ("delay", "99999"),
        ("delay", "٣"),
    ],
)
def test_what_can_not_be_used_is_named_by_its_field(field: str, typed: str) -> None:
    new, form = read(**{field: typed})
    assert new is None
    assert list(form.errors) == [field]
    assert form.errors[field].endswith(".")
    assert form.values[field] == typed


def test_without_a_reward_a_campaign_only_counts() -> None:
    new, _ = read(reward="")
    assert new is not None
    assert new.reward is None


def test_a_decimal_comma_is_understood() -> None:
    new, _ = read(reward="7,50")
    assert new is not None
    assert new.reward == Money(750, "EUR")


@pytest.mark.parametrize(
    ("chosen", "recipients"),
    [
        ("referrer", (Recipient.REFERRER,)),
        ("lead", (Recipient.LEAD,)),
        ("both", (Recipient.REFERRER, Recipient.LEAD)),
    ],
)
def test_the_reward_is_for_whom_was_chosen(chosen: str, recipients: tuple[Recipient, ...]) -> None:
    new, _ = read(**{"for": chosen})
    assert new is not None
    assert new.recipients == recipients


def test_only_a_switch_turned_off_rewards_every_new_lead() -> None:
    assert empty_campaign().values["qualified"] is True
    new, _ = read(qualified="")
    assert new is not None
    assert new.occasion is Occasion.JOINED
