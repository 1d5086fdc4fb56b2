"""What an admin types into the form of a new campaign, by tables of cases."""

from __future__ import annotations

import pytest

from goodword.clock import DAY
from goodword.lifecycle.set_up import NewCampaign
from goodword.model import Evidence, Kind, Money, Occasion, Recipient, Rule
from goodword.web.admin_forms import Form
from goodword.web.campaign_form import empty_campaign, read_campaign, typed_campaign

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


def rule_of(new: NewCampaign | None) -> Rule:
    assert new is not None
    assert new.rule is not None
    return new.rule


def test_four_answers_make_a_campaign() -> None:
    new, form = read()
    assert form.errors == {}
    assert new is not None
    assert (new.name, new.origins, new.landing) == ("shop.example", ("https://shop.example",), "")
    assert (new.window, new.least_evidence, new.paused) == (60 * DAY, Evidence.TOKEN, False)
    rule = rule_of(new)
    assert (rule.kind, rule.money, rule.delay) == (Kind.FIXED, Money(1000, "EUR"), 30 * DAY)
    assert (rule.recipients, rule.occasion) == ((Recipient.REFERRER,), Occasion.QUALIFIED)


def test_everything_else_can_be_said_behind_more() -> None:
    more = {
        "name": "Spring",
        "landing": "https://shop.example/hello",
        "origins": "https://blog.example\nhttps://*.shop.example",
        "window": "30",
        "least_evidence": "2",
        "paused": "yes",
        "kind": "percentage",
        "percent": "12,5",
        "reward": "",
        "pace": "conversions",
        "months": "12",
        "method": "webhook",
    }
    new, form = read(**more)
    assert form.errors == {}
    assert new is not None
    assert new.origins == ("https://shop.example", "https://blog.example", "https://*.shop.example")
    assert (new.name, new.landing) == ("Spring", "https://shop.example/hello")
    assert (new.window, new.least_evidence, new.paused) == (30 * DAY, Evidence.SIGNED, True)
    rule = rule_of(new)
    assert (rule.kind, rule.rate, rule.months) == (Kind.PERCENTAGE, 1250, 12)
    assert rule.occasion is Occasion.CONVERTED


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
        ("reward", "0"),
        ("window", ""),
        ("window", "٣"),
        ("least_evidence", "0"),
        ("kind", "gold"),
        ("method", "pigeon"),
        ("pace", "always"),
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
    assert (new.rule, new.reward) == (None, None)


def test_a_decimal_comma_is_understood() -> None:
    new, _ = read(reward="7,50")
    assert rule_of(new).money == Money(750, "EUR")


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
    assert rule_of(new).recipients == recipients


def test_only_a_switch_turned_off_rewards_every_new_lead() -> None:
    assert empty_campaign().values["qualified"] is True
    new, _ = read(qualified="")
    assert rule_of(new).occasion is Occasion.JOINED
