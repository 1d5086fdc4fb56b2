"""What an owner's privacy policy may say of the referral programme, from the settings as they are.
Data in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from goodword.model import Campaign
from goodword.settings import Keep

_DAY = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`systems` are those outside that are told of leads or tell of them, by name; `hosts` are
    where webhooks go; `mails` says whether people are written to."""

    campaign: Campaign
    keep: Keep
    server: str
    systems: Sequence[str]
    hosts: Sequence[str]
    mails: bool


def notice(facts: Facts) -> str:
    """Paragraphs in plain words, each with a heading, a blank line between them."""
    parts = (
        ("Our referral programme", _purpose(facts)),
        ("What is stored in your browser", _browser(facts)),
        ("What we keep, and for how long", _kept(facts)),
        ("Who else learns of it", _others(facts)),
        ("Your choices", _choices(facts)),
    )
    return "\n\n".join(f"{heading}\n{text}" for heading, text in parts)


def _purpose(facts: Facts) -> str:
    return (
        f"People who like {facts.campaign.name} can recommend it to friends by a link of their own."
        " When a friend comes by such a link and becomes a customer, a reward may be due. To count"
        " this, and to see that nobody is rewarded twice or by a trick, we use goodword, a program"
        f" that runs on our own server ({facts.server}). Nothing is used for advertising, and no"
        " profile is made."
    )


def _browser(facts: Facts) -> str:
    key = facts.campaign.site_key
    return (
        "Only when you come by a friend's link: the cookie and the localStorage entry"
        f" _gw_{key}, a signed random text that says by whose link you came (up to 400 days; it"
        f" counts for {_days(facts.campaign.window // _DAY)} until you sign up). _gwq_{key} and"
        f" _gwd_{key} in localStorage hold what could not be sent yet, and which orders were"
        " reported already. If you refer friends and open your own page: a cookie goodword-page, or"
        " __Secure-goodword-page, for two hours. With Global Privacy Control nothing is stored."
    )


def _kept(facts: Facts) -> str:
    keep = facts.keep
    return "\n".join(
        (
            f"- Your visit by a friend's link: the time and the link; for {_days(keep.visits)} the"
            " page, your browser's name, the network of your address (an IPv4 /24 or IPv6 /48) and"
            " a hash of the address, whose key is destroyed after at most"
            f" {_days(keep.addresses)}. The address itself is never stored. With Global Privacy"
            " Control no browser and no address are kept.",
            "- If you sign up, buy, or refer friends: your name and e-mail as you gave them,"
            " orders, amounts and rewards, as long as the programme runs and the law asks us to"
            " keep our books; they are erased earlier if you ask.",
            f"- Reports that could not be counted and name nobody we know: {_days(keep.refused)}.",
            f"- Messages about all this, and what other systems told us: {_days(keep.messages)} and"
            f" {_days(keep.calls)}.",
        )
    )


def _others(facts: Facts) -> str:
    told = [f"- {name}, which we use ourselves." for name in facts.systems]
    told += [f"- Our systems at {host}." for host in facts.hosts]
    told += ["- Our mail server, for the e-mails that we send about it."] if facts.mails else []
    who = (
        "Who recommended us to you sees your first name, the initial of your last name, when you"
        " joined, and whether it counted. Never your e-mail, nor what you bought."
    )
    return "\n".join((who, *told)) if told else f"{who} No other system is told."


def _choices(facts: Facts) -> str:
    mails = " Every e-mail has a link that stops them." if facts.mails else ""
    return (
        "Ask us what is kept of you, or to erase it: both are one press of a button for us; amounts"
        " that were paid stay in our books without your name." + mails + " Whether a"
        " reward is due is checked by rules; a person looks at whatever they stop, and you may ask"
        " one to look again."
    )


def _days(count: int) -> str:
    return f"{count:,} {'day' if count == 1 else 'days'}"
