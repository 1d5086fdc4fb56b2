"""What a rule may say, which version holds for whom, how it reads. Data in, data out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from goodword.campaigns.decide import DAY, LARGEST, BadCampaign
from goodword.model import Kind, Method, Money, Occasion, Recipient, Rule

LONGEST_DELAY = 3650
MOST_MONTHS = 120
MOST_THINGS = 1000
HIGHEST_STEP = 10_000
LONGEST_NAME = 60
_MOST_MILESTONES = 50
_WHOLE = 10_000
_SHARES = (Occasion.QUALIFIED, Occasion.CONVERTED)


def check_rule(rule: Rule) -> Rule:
    """The rule in its one spelling, without what its kind has no use for.

    `BadCampaign` names the first field that can't be used.
    """
    spelled = _of_its_kind(replace(rule, unit=_line(rule.unit), pool=_line(rule.pool)))
    _check_what(spelled)
    _check_occasion(spelled)
    _check_steps(spelled)
    _check_method(spelled)
    if not 0 <= spelled.delay <= LONGEST_DELAY * DAY:
        raise BadCampaign("delay", f"write a number of days from 0 to {LONGEST_DELAY}")
    return spelled


def read_milestones(text: str) -> str:
    """`"1, 3,5"` in its one spelling: `"1,3,5"`. `BadCampaign` when it is no rising list."""
    words = [word for word in text.replace(",", " ").replace(";", " ").split() if word]
    if not all(word.isascii() and word.isdecimal() and len(word) <= 6 for word in words):
        raise BadCampaign("milestones", "write numbers of referrals, such as 1, 3, 5")
    numbers = [int(word) for word in words]
    rising = all(one < next_ for one, next_ in zip([0, *numbers], numbers, strict=False))
    if not numbers or not rising or numbers[-1] > HIGHEST_STEP:
        raise BadCampaign(
            "milestones", f"write rising numbers from 1 to {HIGHEST_STEP}, such as 1, 3, 5"
        )
    if len(numbers) > _MOST_MILESTONES:
        raise BadCampaign("milestones", f"write at most {_MOST_MILESTONES} numbers")
    return ",".join(map(str, numbers))


def read_pool(name: str) -> str:
    """The name of a pool of coupon codes in its one spelling. `BadCampaign` when it is none."""
    pool = _line(name)
    _check_name("pool", pool, "name the pool that codes are taken from")
    return pool


def _line(text: str) -> str:
    return " ".join(text.split())


def _of_its_kind(rule: Rule) -> Rule:
    none = replace(rule, rate=0, at_most=None, unit="", pool="")
    match rule.kind:
        case Kind.FIXED:
            return none
        case Kind.PERCENTAGE:
            return replace(none, amount=0, rate=rule.rate, at_most=rule.at_most)
        case Kind.CUSTOM:
            return replace(none, unit=rule.unit)
        case Kind.COUPON:
            return replace(none, amount=1, pool=rule.pool)


def _check_what(rule: Rule) -> None:
    match rule.kind:
        case Kind.FIXED if not 0 < rule.amount <= LARGEST:
            raise BadCampaign("amount", "write an amount above zero, such as 10.00")
        case Kind.PERCENTAGE if not 1 <= rule.rate <= _WHOLE:
            raise BadCampaign("rate", "write a percentage from 0.01 to 100")
        case Kind.PERCENTAGE if rule.at_most is not None and not 0 < rule.at_most <= LARGEST:
            raise BadCampaign("at_most", "write an amount above zero, or leave it empty")
        case Kind.CUSTOM if not 1 <= rule.amount <= MOST_THINGS:
            raise BadCampaign("quantity", f"write a whole number from 1 to {MOST_THINGS}")
        case Kind.CUSTOM:
            _check_name("unit", rule.unit, "say what it is, such as free month")
        case Kind.COUPON:
            read_pool(rule.pool)
        case _:
            return


def _check_name(field: str, name: str, missing: str) -> None:
    if not name:
        raise BadCampaign(field, missing)
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise BadCampaign(field, f"write at most {LONGEST_NAME} plain characters")


def _check_occasion(rule: Rule) -> None:
    if not rule.recipients or len(set(rule.recipients)) < len(rule.recipients):
        raise BadCampaign("recipients", "choose for whom the reward is")
    if rule.kind is Kind.PERCENTAGE and (rule.occasion not in _SHARES or rule.stepped):
        raise BadCampaign(
            "kind",
            "a percentage is of one order: let it pay for each qualified referral, or for"
            " every conversion",
        )
    if rule.occasion is Occasion.CONVERTED:
        if not 0 <= rule.months <= MOST_MONTHS:
            raise BadCampaign("months", f"write months from 1 to {MOST_MONTHS}, or 0 for ever")
    elif rule.months:
        raise BadCampaign("months", "months go with every conversion alone")


def _check_steps(rule: Rule) -> None:
    if not rule.stepped:
        return
    if rule.every and rule.milestones:
        raise BadCampaign("milestones", "choose every so many referrals, or certain numbers")
    if rule.milestones and read_milestones(rule.milestones) != rule.milestones:
        raise BadCampaign("milestones", "write numbers of referrals, such as 1,3,5")
    if rule.every and not 2 <= rule.every <= HIGHEST_STEP:
        raise BadCampaign("every", f"write a number from 2 to {HIGHEST_STEP}")
    if rule.recipients != (Recipient.REFERRER,):
        raise BadCampaign("recipients", "numbers of referrals are the referrer's alone")
    if rule.occasion is not Occasion.QUALIFIED:
        raise BadCampaign("occasion", "only qualified referrals are counted to a number")


def _check_method(rule: Rule) -> None:
    if (rule.kind is Kind.COUPON) is not (rule.method is Method.COUPON):
        raise BadCampaign("method", "coupon codes, and they alone, are issued from a pool")
    if rule.auto and rule.method is Method.HAND:
        raise BadCampaign("auto", "what is issued by hand can't go out by itself")


def says_the_same(one: Rule, other: Rule) -> bool:
    """Whether two versions owe the same, whenever they hold."""
    return (
        replace(
            other,
            id=one.id,
            version=one.version,
            created_at=one.created_at,
            holds_from=one.holds_from,
            campaign_id=one.campaign_id,
        )
        == one
    )


def holding(versions: Iterable[Rule]) -> list[Rule]:
    """Of a rule's versions those that hold for anybody, newest first.

    Each holds for leads that joined at its `holds_from` or later, as far as none before it in
    the list does.
    """
    found: list[Rule] = []
    for version in sorted(versions, key=lambda each: each.version, reverse=True):
        if not found or version.holds_from < found[-1].holds_from:
            found.append(version)
    return found


def restored(versions: Sequence[Rule], before: int, after: int) -> list[Rule]:
    """What takes back the versions above `before` up to `after`: versions to add, oldest first,
    by which every lead has again what held for it at version `before`."""
    taken_back = [each.holds_from for each in versions if before < each.version <= after]
    since = min(taken_back)
    wanted: dict[int, Rule] = {}
    for version in reversed(holding(each for each in versions if each.version <= before)):
        holds_from = max(version.holds_from, since)
        wanted[holds_from] = replace(version, holds_from=holds_from)
    return list(wanted.values())


def sentence(rule: Rule) -> str:
    """A rule as an owner would say it: `10.00 EUR to the referrer for each qualified referral,
    issued 30 days later, by hand`."""
    each = " each," if len(rule.recipients) > 1 else ""
    whom = " and ".join(f"the {who}" for who in rule.recipients)
    days = round(rule.delay / DAY)
    when = f"{days} {'day' if days == 1 else 'days'} later" if days > 0 else "at once"
    return f"{_what(rule)} to {whom}{each} {_for_what(rule)}, issued {when}, {_by_what(rule)}"


def percent(rate: int) -> str:
    """Hundredths of a percent: 1250 is `12.5 %`."""
    return f"{rate // 100}.{rate % 100:02}".rstrip("0").rstrip(".") + " %"


def _what(rule: Rule) -> str:
    match rule.kind:
        case Kind.PERCENTAGE:
            most = Money(rule.at_most or 0, rule.currency)
            limit = f" (at most {most} {rule.currency})" if rule.at_most is not None else ""
            return f"{percent(rule.rate)} of the order{limit}"
        case Kind.CUSTOM:
            return f"{rule.amount} {rule.unit}"
        case Kind.COUPON:
            return f"a coupon code of “{rule.pool}”"
        case Kind.FIXED:
            return f"{rule.money} {rule.currency}"


def _for_what(rule: Rule) -> str:
    if rule.occasion is Occasion.JOINED:
        return "for each new lead, qualified or not"
    if rule.occasion is Occasion.CONVERTED:
        months = f" in the {rule.months} months after it qualifies" if rule.months else ""
        return "for every paying conversion of a lead" + (months if rule.months != 1 else _MONTH)
    if rule.every:
        return f"for every {nth(rule.every)} qualified referral"
    if rule.milestones:
        *first, last = map(nth, map(int, rule.milestones.split(",")))
        numbers = f"{', '.join(first)} and {last}" if first else last
        return f"for the {numbers} qualified referral"
    return "for each qualified referral"


_MONTH = " in the month after it qualifies"


def nth(number: int) -> str:
    """`1st`, `22nd`, `13th`."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"


def _by_what(rule: Rule) -> str:
    way = {
        Method.HAND: "by hand",
        Method.COUPON: "by e-mail",
        Method.WEBHOOK: "by webhook or Zapier",
    }[rule.method]
    return f"{way}, automatically" if rule.auto else way
