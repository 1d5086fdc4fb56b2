"""How stable words, money and moments read on a page. Data in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from goodword.clock import DAY, HOUR
from goodword.hits.device import describe
from goodword.lifecycle.explain import EVIDENCE, REASONS
from goodword.model import (
    Campaign,
    Evidence,
    LeadStatus,
    Money,
    Occasion,
    Reason,
    Recipient,
    Reward,
    RewardStatus,
    Rule,
)
from goodword.stats.rows import RewardRow
from goodword.web.site import Site

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)

LEAD_STATUS = {
    LeadStatus.PENDING: "Pending",
    LeadStatus.QUALIFIED: "Qualified",
    LeadStatus.REJECTED: "Rejected",
}
REWARD_STATUS = {
    RewardStatus.DUE: "Due",
    RewardStatus.HELD: "Held",
    RewardStatus.ISSUED: "Issued",
    RewardStatus.FAILED: "Failed",
    RewardStatus.CANCELLED: "Cancelled",
}
_EVENTS = {
    "hit": ("visit", "visits"),
    "lead": ("sign-up", "sign-ups"),
    "convert": ("conversion", "conversions"),
}
FRAUD_WARNING = (
    "Not recommended: a reward for every new lead pays whoever fills in the form, and invites"
    " fraud."
)


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def iso(at: int) -> str:
    return moment(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(at: int) -> str:
    """`21 Dec 2026`, whatever the locale."""
    time = moment(at)
    return f"{time.day} {_MONTHS[time.month - 1]} {time.year}"


def when(at: int) -> str:
    """`21 Dec 2026, 14:05 UTC`."""
    return f"{day(at)}, {moment(at):%H:%M} UTC"


def month(at: int) -> str:
    """`December 2026`."""
    time = moment(at)
    return f"{_LONG_MONTHS[time.month - 1]} {time.year}"


def money(amount: Money) -> str:
    return f"{amount} {amount.currency}"


def number(count: int) -> str:
    """`12,480`."""
    return f"{count:,}"


def count(n: int, one: str, many: str) -> str:
    """`1 lead`, `2,000 leads`."""
    return f"{number(n)} {one if n == 1 else many}"


def refused(event: str, times: int) -> str:
    """`40 visits`: how often something of one kind was refused."""
    return count(times, *_EVENTS.get(event, (event, event)))


def person(name: str | None, email: str | None, other: str | None = None) -> str:
    """What somebody is called: by name, else by e-mail, else by what the site calls them."""
    return name or email or other or "No name yet"


def reason(word: Reason | str) -> str:
    """What a reason means; it continues a sentence. A newer program's word is shown as it is."""
    try:
        return REASONS[Reason(word)]
    except ValueError:
        return str(word).replace("_", " ")


def evidence(grade: Evidence) -> str:
    return EVIDENCE[grade]


def device(user_agent: str) -> str:
    """`Chrome 140 on Windows 10, desktop`."""
    found = describe(user_agent)
    kind = "" if found.kind == "other" else f", {found.kind}"
    return f"{found.browser} on {found.system}{kind}"


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def duration(milliseconds: int) -> str:
    """`30 days`, `12 hours`, `at once`."""
    if milliseconds <= 0:
        return "at once"
    if milliseconds % DAY == 0:
        return count(milliseconds // DAY, "day", "days")
    return count(max(1, round(milliseconds / HOUR)), "hour", "hours")


def recipients(who: Sequence[Recipient]) -> str:
    return " and ".join(f"the {each}" for each in who)


def rule(owed: Rule) -> str:
    """A rule as one sentence, such as an owner would say it."""
    each = " each" if len(owed.recipients) > 1 else ""
    occasion = "qualifies" if owed.occasion is Occasion.QUALIFIED else "joins"
    delay = f"{duration(owed.delay)} later" if owed.delay > 0 else "at once"
    return (
        f"{money(owed.money)} to {recipients(owed.recipients)}{each} when a lead {occasion};"
        f" due at once, to be issued {delay}."
    )


def reward_standing(reward: Reward | RewardRow, now: int) -> str:
    """What holds a reward, or when it goes out; a date follows where it has to wait."""
    if reward.status is RewardStatus.DUE:
        return "Issue from" if reward.issue_after > now else "Can be issued now."
    return f"{sentence(reason(reward.reason))}." if reward.reason else ""


def pays_for_joining(campaign: Campaign) -> bool:
    return any(owed.occasion is Occasion.JOINED for owed in campaign.rules)


def host(url: str) -> str:
    return urlsplit(url).hostname or url


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether this server is part of the campaign's own site, and what browsers make of it."""

    first_party: bool
    title: str
    text: str
    advice: str


def standing(site: Site, campaign: Campaign) -> Standing:
    """How long browsers keep the referral, by where this server stands; and what to improve."""
    pages = [origin.replace("://*.", "://") for origin in campaign.origins]
    if all(site.is_same(page) for page in pages):
        return Standing(
            True,
            "First party: served from your own site",
            "Browsers treat goodword as a part of your site. A visit through the link hop sets"
            " its cookie on this server, and every browser, Safari too, keeps it for up to"
            " 400 days.",
            "",
        )
    return Standing(
        False,
        "Third party: served from another site",
        "The tag keeps the referral with what scripts may store. Safari and Brave forget that"
        " 7 days after the visit (24 hours for some advertising links); other browsers keep it"
        " for 400 days.",
        f"Serve goodword from a sub-domain of the site, such as {_sub_domain(pages[0])}, and set"
        f" GOODWORD_PUBLIC_URL to it.",
    )


def _sub_domain(page: str) -> str:
    name = host(page).removeprefix("www.")
    return f"https://go.{name if '.' in name else 'shop.example'}"
