"""Which product a file comes from, told by its heading, and which column then says what.

The names are those of the products' own import templates and APIs; a file of other names is
mapped by what headings usually mean, and by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from goodword.model import ImportKind, is_email
from goodword.moving.fields import FIELDS, STATUS_WORDS, Plan
from goodword.moving.values import Unclear, Unread, read_moment, read_sum
from goodword.sheets import heading_word

R, L, W = ImportKind.REFERRERS, ImportKind.LEADS, ImportKind.REWARDS


@dataclass(frozen=True, slots=True)
class Format:
    """One file of one product: it has all the headings `by`; `columns` says which means what
    where the usual meaning would be another."""

    product: str
    kind: ImportKind
    by: frozenset[str]
    columns: Mapping[str, str] = field(default_factory=dict)
    params: tuple[str, ...] = ()
    capitals: bool = False


def _format(
    product: str, kind: ImportKind, by: Sequence[str], params: str = "", **columns: str
) -> Format:
    found = tuple(params.split()) if params else ()
    return Format(product, kind, frozenset(by), columns, found)


FORMATS = (
    # goodword's own lists, as they are saved from its pages and as they stand in an export.
    _format("goodword", R, ("referrer", "e mail", "code", "link", "referrals successful")),
    _format(
        "goodword",
        L,
        ("lead", "e mail", "referred by", "referrer s e mail", "lead code"),
        name="name",
        referrer_code="",
    ),
    # https://help.rewardful.com/en/articles/1988486 and https://developers.rewardful.com
    _format(
        "Rewardful",
        L,
        ("stripe customer id", "first name", "last name", "email"),
        "via",
        email="",
        referrer_email="email",
        referrer_code="token",
        first_name="",
        last_name="",
    ),
    _format(
        "Rewardful",
        L,
        ("conversion state", "became lead at"),
        "via",
        email="customer email",
        name="customer name",
        referrer_email="affiliate email",
        referrer_code="link token",
        joined="became lead at",
        first_name="",
        last_name="",
    ),
    _format(
        "Rewardful",
        W,
        ("amount", "state", "due at", "paid at"),
        "via",
        referrer_email="affiliate email",
        order="stripe charge id",
    ),
    _format("Rewardful", R, ("email", "token", "paypal email"), "via"),
    _format("Rewardful", R, ("email", "token", "visitors", "conversions"), "via"),
    # https://docs.firstpromoter.com
    _format(
        "FirstPromoter",
        W,
        ("commission type", "is paid", "amount"),
        "fpr fp_ref",
        referrer_email="promoter email",
        email="referral email",
        customer="referral uid",
        status="is paid",
        order="event id",
    ),
    _format(
        "FirstPromoter",
        L,
        ("email", "uid", "state", "promoter email"),
        "fpr fp_ref",
        referrer_email="promoter email",
        referrer_code="ref id",
        converted="customer since",
    ),
    _format("FirstPromoter", R, ("email", "ref id"), "fpr fp_ref", code="ref id"),
    _format("FirstPromoter", R, ("email", "ref token"), "fpr fp_ref", code="ref token"),
    # https://docs.growsurf.com/developer-tools/rest-api/api-reference: everybody refers, some were
    # referred. Who refers comes first.
    _format("GrowSurf", R, ("id", "email", "share url", "referral count"), "grsf", code="id"),
    _format(
        "GrowSurf",
        L,
        ("id", "email", "referral status", "referred by"),
        "grsf",
        referrer_code="referred by",
        referrer_email="",
        customer="",
    ),
    _format(
        "GrowSurf",
        L,
        ("id", "email", "referral status", "referrer"),
        "grsf",
        referrer_code="referrer",
        referrer_email="",
        customer="",
    ),
    # https://tapfiliate.com/docs/rest/
    _format(
        "Tapfiliate",
        W,
        ("conversion id", "affiliate id", "amount"),
        "ref",
        referrer_code="affiliate id",
        status="paid",
        order="external id",
        customer="customer id",
    ),
    _format(
        "Tapfiliate",
        L,
        ("external id", "affiliate id", "customer id"),
        "ref",
        referrer_code="affiliate id",
        order="external id",
        converted="created at",
        joined="",
    ),
    _format(
        "Tapfiliate",
        R,
        ("id", "firstname", "lastname", "email"),
        "ref",
        code="referral code",
        more_codes="id",
    ),
    # https://www.referralcandy.com/api
    _format(
        "ReferralCandy",
        W,
        ("referring email", "reward type", "amount"),
        referrer_email="referring email",
        email="referral email",
        unit="",
    ),
    _format(
        "ReferralCandy",
        L,
        ("referring email", "referral email", "referral timestamp"),
        referrer_email="referring email",
        email="referral email",
        joined="referral timestamp",
        order="external reference id",
    ),
    _format("ReferralCandy", R, ("email", "referral link", "first name"), code="referral link"),
    # https://help.referral-factory.com: the users of a campaign, who refer or were referred
    _format(
        "Referral Factory",
        R,
        ("email", "code", "url", "referrals count"),
        "code",
        code="code",
    ),
    _format(
        "Referral Factory",
        L,
        ("email", "email address of the referrer"),
        "code",
        referrer_email="email address of the referrer",
        referrer_code="",
    ),
    _format(
        "Referral Factory",
        L,
        ("email", "code", "qualified", "referrer email"),
        "code",
        referrer_email="referrer email",
        referrer_code="referrer code",
        status="qualified",
        customer="",
    ),
    _format(
        "Referral Factory",
        W,
        ("reward", "user email", "status", "issued at"),
        "code",
        referrer_email="user email",
    ),
)


@dataclass(frozen=True, slots=True)
class Guess:
    """What a file seems to be, before a person has looked at it. `asks` names what only a person
    knows: `dates`, `decimal`."""

    product: str
    plan: Plan
    asks: tuple[str, ...]


def has_heading(first: Sequence[str]) -> bool:
    """Whether the first row names the columns: nobody's e-mail stands in it."""
    return not any(is_email(cell.strip()) for cell in first)


def recognise(
    heading: Sequence[str], sample: Sequence[Sequence[str]], currency: str, kind: str = ""
) -> Guess:
    """The product and the columns, by the heading; `kind` where a person has said what it is."""
    names = [heading_word(name) for name in heading]
    there = frozenset(names)
    fits = [each for each in FORMATS if each.by <= there and kind in ("", each.kind)]
    best = max(fits, key=lambda each: len(each.by), default=None)
    found = ImportKind(kind) if kind else best.kind if best else _kind_of(there)
    plan = Plan(
        kind=found,
        columns=_columns(names, found, best),
        currency=currency,
        capitals=best.capitals if best else False,
        words=STATUS_WORDS[found],
        params=best.params if best else (),
    )
    return Guess(best.product if best else "", plan, questions(plan, sample))


def _columns(names: Sequence[str], kind: ImportKind, known: Format | None) -> dict[str, int]:
    """The first column that fits each field; none serves two."""
    said = known.columns if known else {}
    columns = {each: names.index(name) for each, name in said.items() if name in names}
    for each in FIELDS[kind]:
        if each.name in columns or said.get(each.name) == _NOT_THERE:
            continue
        free = (i for word in each.words for i, name in enumerate(names) if name == word)
        place = next((i for i in free if i not in columns.values()), None)
        if place is not None:
            columns[each.name] = place
    return columns


_NOT_THERE = ""
"""What a format says of a field that none of its columns is, though one may look like it."""

_REWARD = {"commission", "reward", "commission amount", "commission cents", "reward type"}
_PAID = {"paid at", "due at", "issued", "issued at", "is paid", "paid on", "paid", "issued utc"}
_REFERRED = {
    word for each in FIELDS[L] if each.name.startswith("referrer_") for word in each.words
} | {"referrer"}


def _kind_of(names: frozenset[str]) -> ImportKind:
    """What a file of no known product most likely is."""
    if names & _REWARD or ("amount" in names and names & _PAID):
        return W
    return L if names & _REFERRED else R


def questions(plan: Plan, sample: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """What the sample leaves open that a person must say."""
    asks: dict[str, None] = {}
    for cells in sample:
        for name, place in plan.columns.items():
            text = cells[place].strip() if place < len(cells) else ""
            if text and (ask := _asks(plan, name, text)):
                asks[ask] = None
    return tuple(asks)


def _asks(plan: Plan, name: str, text: str) -> str:
    try:
        if name in ("joined", "converted", "earned", "due", "paid"):
            read_moment(text, plan.dates)
        elif name == "amount":
            read_sum(text, plan.currency, plan.decimal)
    except Unclear:
        return "decimal" if name == "amount" else "dates"
    except Unread:
        return ""
    return ""
