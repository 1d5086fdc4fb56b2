"""What the hosted pages say: by default what the rules give, else what the owner wrote."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from campaigns.test_rules import COUPON, CUSTOM, PERCENTAGE, RULE
from goodword.campaigns.decide import BadCampaign
from goodword.campaigns.texts import PLACES, read_text, said
from goodword.model import Campaign, CampaignStatus, Evidence, Occasion, Recipient, Rule

LEAD = (Recipient.LEAD,)


def campaign(*rules: Rule) -> Campaign:
    values: dict[str, Any] = dict.fromkeys(("site_key", "landing", "signing_secret"), "x")
    return Campaign(
        id="camp_1",
        slug="shop",
        name="Shop",
        status=CampaignStatus.ACTIVE,
        origins=("https://shop.example",),
        window=1,
        least_evidence=Evidence.TOKEN,
        currency="EUR",
        code_key=b"",
        paused_at=None,
        created_at=0,
        rules=rules,
        **values,
    )


@pytest.mark.parametrize(
    ("rule", "offer"),
    [
        (RULE, "You get 10.00 EUR for every friend who becomes a customer."),
        (
            replace(RULE, occasion=Occasion.JOINED),
            "You get 10.00 EUR for every friend who signs up.",
        ),
        (
            replace(PERCENTAGE, occasion=Occasion.CONVERTED),
            "You get 12.5 % of the order whenever a friend orders.",
        ),
        (CUSTOM, "You get 1 free month for every friend who becomes a customer."),
        (COUPON, "You get a coupon for every friend who becomes a customer."),
        (replace(RULE, every=3), "You get 10.00 EUR for every 3rd friend who becomes a customer."),
        (
            replace(RULE, milestones="1,3,5"),
            "You get 10.00 EUR for the 1st, 3rd and 5th friend who becomes a customer.",
        ),
        (
            replace(RULE, recipients=LEAD),
            "Your friend gets 10.00 EUR when they become a customer.",
        ),
        (
            replace(PERCENTAGE, recipients=LEAD),
            "Your friend gets 12.5 % of their order when they become a customer.",
        ),
    ],
)
def test_the_join_page_names_what_each_rule_gives(rule: Rule, offer: str) -> None:
    assert said(campaign(rule), {})["join_offer"] == offer


def test_the_headline_names_the_reward_where_there_is_one() -> None:
    assert said(campaign(RULE), {})["join_headline"] == "Recommend Shop, get 10.00 EUR"
    assert said(campaign(), {})["join_headline"] == "Recommend Shop"


@pytest.mark.parametrize(
    ("rule", "offer"),
    [
        (RULE, ""),
        (replace(RULE, recipients=LEAD), "You get 10.00 EUR when you become a customer. "),
        (
            replace(COUPON, recipients=LEAD, occasion=Occasion.JOINED),
            "You get a coupon for signing up. ",
        ),
        (
            replace(PERCENTAGE, recipients=LEAD, occasion=Occasion.CONVERTED),
            "You get 12.5 % of your order whenever you order. ",
        ),
    ],
)
def test_the_invitation_names_what_the_friend_gets_and_never_what_the_referrer_gets(
    rule: Rule, offer: str
) -> None:
    lead_in = "Leave your name and e-mail, and we take you there."
    assert said(campaign(rule), {})["invitation_offer"] == offer + lead_in


def test_it_says_who_invites_where_that_is_known() -> None:
    assert said(campaign(), {}, "Ada")["invitation_headline"] == "Ada invites you to Shop"
    assert said(campaign(), {})["invitation_headline"] == "You are invited to Shop"


def test_the_owners_words_come_first_with_their_variables_filled_in() -> None:
    written = {"join_headline": "Earn {{reward}} with {{ campaign }}"}
    assert said(campaign(RULE), written)["join_headline"] == "Earn 10.00 EUR with Shop"


@pytest.mark.parametrize("written", ["Earn {{reward}}", ""])
def test_a_promise_of_what_is_given_no_more_gives_way_to_the_default(written: str) -> None:
    assert said(campaign(), {"join_headline": written})["join_headline"] == "Recommend Shop"


def test_what_a_variable_stands_for_is_never_read_for_variables() -> None:
    texts = said(campaign(replace(CUSTOM, unit="{{referrer}} {{secret}}")), {}, "{{reward}}")
    assert texts["invitation_headline"] == "{{reward}} invites you to Shop"
    assert "{{secret}}" in texts["join_offer"]


def test_a_text_is_kept_on_one_line() -> None:
    assert read_text("join_offer", "  Two\r\n lines\tand\u00a0more ") == "Two lines and more"


@pytest.mark.parametrize(
    ("place", "text", "message"),
    [
        ("join_headline", "x" * 121, "at most 120"),
        ("message", "x" * 301, "at most 300"),
        ("join_button", "a\x00b", "plain characters"),
        ("join_button", "a\u202eb", "plain characters"),
        ("join_offer", "{{referrer}}", "{{referrer}} is nothing this text knows"),
        ("invitation_offer", "{{reward}}", "it knows {{referrer}}, {{campaign}}"),
        ("message", "{{ link }}", "is nothing this text knows"),
        ("message", "{{campaign", "a variable is written"),
        ("message", "{{a b}}", "a variable is written"),
    ],
)
def test_a_text_that_can_t_be_used_is_refused_by_its_place(
    place: str, text: str, message: str
) -> None:
    with pytest.raises(BadCampaign) as refused:
        read_text(place, text)
    assert refused.value.field == place
    assert message in str(refused.value)


def test_every_place_has_a_default() -> None:
    assert said(campaign(), {}).keys() == PLACES.keys()
