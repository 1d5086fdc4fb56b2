"""What the hosted pages say: the owner's words, or words that follow from the rules.

Data in, data out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from goodword.campaigns.decide import BadCampaign
from goodword.campaigns.rules import nth, percent
from goodword.model import Campaign, Kind, Occasion, Recipient, Rule


@dataclass(frozen=True, slots=True)
class Place:
    """A text on a page: how long it may be, and the variables that it may use."""

    longest: int
    words: tuple[str, ...] = ("campaign", "reward", "friend_reward")


_TO_FRIEND = ("referrer", "campaign", "friend_reward")
PLACES: Mapping[str, Place] = {
    "join_headline": Place(120),
    "join_offer": Place(500),
    "join_button": Place(40),
    "invitation_headline": Place(120, _TO_FRIEND),
    "invitation_offer": Place(500, _TO_FRIEND),
    "invitation_button": Place(40, _TO_FRIEND),
    "message": Place(300, ("campaign", "friend_reward")),
}
"""Every text that an owner may write; `message` is what goes with a link that is shared."""

_WORD = re.compile(r"\{\{[ \t]*(\w{1,40})[ \t]*\}\}")


def read_text(place: str, text: str) -> str:
    """What an owner wrote for a place, on one line. `BadCampaign` when it can't be used."""
    spelled, known = " ".join(text.split()), PLACES[place]
    if len(spelled) > known.longest:
        raise BadCampaign(place, f"write at most {known.longest} characters")
    if not spelled.isprintable():
        raise BadCampaign(place, "write plain characters")
    allowed = ", ".join(f"{{{{{word}}}}}" for word in known.words)
    for word in _WORD.findall(spelled):
        if word not in known.words:
            raise BadCampaign(
                place, f"{{{{{word}}}}} is nothing this text knows; it knows {allowed}"
            )
    if "{{" in (rest := _WORD.sub("", spelled)) or "}}" in rest:
        raise BadCampaign(place, f"a variable is written {{{{name}}}}; this text knows {allowed}")
    return spelled


def said(campaign: Campaign, written: Mapping[str, str], name: str = "") -> dict[str, str]:
    """Every text of the pages as a visitor reads it; `name` is the first name of who invites.

    An owner's text that uses a variable for which there is nothing gives way to the default.
    """
    words = {
        "campaign": campaign.name,
        "reward": what_is_given(campaign.rules, Recipient.REFERRER),
        "friend_reward": what_is_given(campaign.rules, Recipient.LEAD),
        "referrer": name,
    }
    own = {
        place: text
        for place, text in written.items()
        if text and all(words.get(word) for word in _WORD.findall(text))
    }
    texts = default_texts(campaign, bool(name)) | own
    return {
        place: _WORD.sub(lambda found: words.get(found[1], found[0]), text)
        for place, text in texts.items()
    }


def default_texts(campaign: Campaign, named: bool = True) -> dict[str, str]:
    """The texts of a campaign whose owner wrote none, variables and all. `named` says
    whether the name of who invites is known."""
    rewards = [_for_referrer(rule) for rule in _of(campaign.rules, Recipient.REFERRER)]
    theirs = _of(campaign.rules, Recipient.LEAD)
    told = [_for_friend(rule, "Your friend gets", "they", "their") for rule in theirs]
    terms = " ".join([*rewards, *told]) or "Get your own link and share it with your friends."
    mine = " ".join(_for_friend(rule, "You get", "you", "your") for rule in theirs)
    return {
        "join_headline": "Recommend {{campaign}}" + (", get {{reward}}" if rewards else ""),
        "join_offer": terms,
        "join_button": "Get my link",
        "invitation_headline": (
            "{{referrer}} invites you to {{campaign}}"
            if named
            else "You are invited to {{campaign}}"
        ),
        "invitation_offer": f"{mine} Leave your name and e-mail, and we take you there.".strip(),
        "invitation_button": "Accept the invitation",
        "message": "I recommend {{campaign}}. "
        + ("With my invitation you get {{friend_reward}}." if theirs else "This is my invitation:"),
    }


def what_is_given(rules: Sequence[Rule], to: Recipient) -> str:
    """The first thing that a recipient gets: `10.00 EUR`, `1 free month`; empty for nothing."""
    whose = "your" if to is Recipient.LEAD else "the"
    return next((_worth(rule, whose) for rule in _of(rules, to)), "")


def _of(rules: Sequence[Rule], who: Recipient) -> list[Rule]:
    return [rule for rule in rules if who in rule.recipients]


def _worth(rule: Rule, whose: str) -> str:
    match rule.kind:
        case Kind.PERCENTAGE:
            return f"{percent(rule.rate)} of {whose} order"
        case Kind.CUSTOM:
            return f"{rule.amount} {rule.unit}"
        case Kind.COUPON:
            return "a coupon"
        case Kind.FIXED:
            return f"{rule.money} {rule.currency}"


def _for_referrer(rule: Rule) -> str:
    what = f"You get {_worth(rule, 'the')}"
    if rule.every:
        return f"{what} for every {nth(rule.every)} friend who becomes a customer."
    if rule.milestones:
        *first, last = map(nth, map(int, rule.milestones.split(",")))
        numbers = f"{', '.join(first)} and {last}" if first else last
        return f"{what} for the {numbers} friend who becomes a customer."
    match rule.occasion:
        case Occasion.JOINED:
            return f"{what} for every friend who signs up."
        case Occasion.QUALIFIED:
            return f"{what} for every friend who becomes a customer."
        case Occasion.CONVERTED:
            return f"{what} whenever a friend orders."


def _for_friend(rule: Rule, gets: str, who: str, whose: str) -> str:
    what = f"{gets} {_worth(rule, whose)}"
    match rule.occasion:
        case Occasion.JOINED:
            return f"{what} for signing up."
        case Occasion.QUALIFIED:
            return f"{what} when {who} become a customer."
        case Occasion.CONVERTED:
            return f"{what} whenever {who} order."
