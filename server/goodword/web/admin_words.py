"""How stable words, money and moments read on a page. Data in, text out."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from goodword.campaigns.rules import sentence as rule_sentence
from goodword.clock import DAY, HOUR
from goodword.hits.device import describe
from goodword.lifecycle.story import EVIDENCE, REASONS
from goodword.model import (
    Campaign,
    Evidence,
    LeadStatus,
    Money,
    Occasion,
    Reason,
    Reward,
    RewardStatus,
    Rule,
    day_of,
)
from goodword.stats.shape import Span, month_name, read_month

_MONTHS = (
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
    "join": ("referrer who joined", "referrers who joined"),
}
GRADES = tuple(
    (str(grade.value), f"{text[:1].upper()}{text[1:]}")
    for grade, text in EVIDENCE.items()
    if grade > Evidence.BARE
)
"""What a campaign may ask for at least: the value of a choice, and its words."""
FRAUD_WARNING = (
    "We don't recommend rewarding every new lead as soon as it joins: it can lead to fraud,"
    " because it pays whoever fills in the form."
)


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def iso(at: int) -> str:
    return moment(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def when(at: int) -> str:
    """`21 Dec 2026, 14:05 UTC`."""
    return f"{day_of(at)}, {moment(at):%H:%M} UTC"


def month(at: int) -> str:
    """`December 2026`."""
    time = moment(at)
    return f"{_MONTHS[time.month - 1]} {time.year}"


def stretch(span: Span) -> str:
    """`in December 2026`, `on 21 Dec 2026`, `from 1 Dec 2026 to 21 Dec 2026`."""
    first, last = day_of(span.since), day_of(span.until - DAY)
    if read_month(month_name(span.since)) == span:
        return f"in {month(span.since)}"
    return f"on {first}" if first == last else f"from {first} to {last}"


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


def rule(owed: Rule) -> str:
    """A rule as one sentence, such as an owner would say it."""
    return f"{sentence(rule_sentence(owed))}."


def reward_standing(reward: Reward, now: int) -> str:
    """What holds a reward, or when it goes out; a date follows where it has to wait."""
    if reward.status is RewardStatus.DUE:
        return "Issue from" if reward.issue_after > now else "Can be issued now."
    return f"{sentence(reason(reward.reason))}." if reward.reason else ""


def pays_for_joining(campaign: Campaign) -> bool:
    return any(map(pays_for_joining_by, campaign.rules))


def pays_for_joining_by(owed: Rule) -> bool:
    return owed.occasion is Occasion.JOINED


def host(url: str) -> str:
    return urlsplit(url).hostname or url
