"""Which product a file comes from, told by its heading, and which column then says what.

The names are those of the products' own import templates and APIs; a file of other names is
mapped by what headings usually mean, and by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from goodword.model import ImportKind, is_email
from goodword.moving.fields import FIELDS, STATUS_WORDS, Plan
from goodword.moving.values import Unclear, Unread, read_moment, read_sum
from goodword.sheets import heading_word

R, L, W = ImportKind.REFERRERS, ImportKind.LEADS, ImportKind.REWARDS


@dataclass(frozen=True, slots=True)
class Format:
    """One file of one product: it has all the headings `by`; `columns` says which heading means
    what where the usual meaning would be another. Old links bring codes under `params`."""

    product: str
    kind: ImportKind
    by: frozenset[str]
    columns: Mapping[str, str]
    params: tuple[str, ...]


def _files(product: str, params: str, *files: str) -> Iterator[Format]:
    """Each file of a product as `kind: heading, heading -> field=heading, field=`."""
    for file in files:
        kind, _, said = file.partition(": ")
        by, _, columns = said.partition(" -> ")
        pairs = (each.split("=") for each in columns.split(", ") if each)
        found = frozenset(by.split(", "))
        yield Format(product, ImportKind(kind), found, dict(pairs), tuple(params.split()))


FORMATS = (
    # As they are saved from our own pages.
    *_files(
        "goodword",
        "",
        "referrers: referrer, e mail, code, link, referrals successful",
        "leads: lead, e mail, referred by, referrer s e mail, lead code"
        " -> name=name, referrer_code=",
    ),
    # https://help.rewardful.com/en/articles/1988486 and https://developers.rewardful.com
    *_files(
        "Rewardful",
        "via",
        "leads: stripe customer id, first name, last name, email"
        " -> referrer_email=email, referrer_code=token, email=, first_name=, last_name=",
        "leads: conversion state, became lead at"
        " -> email=customer email, name=customer name, referrer_email=affiliate email,"
        " referrer_code=link token, joined=became lead at, first_name=, last_name=",
        "rewards: amount, state, due at, paid at"
        " -> referrer_email=affiliate email, order=stripe charge id",
        "referrers: email, token, paypal email",
        "referrers: email, token, visitors, conversions",
    ),
    # https://docs.firstpromoter.com
    *_files(
        "FirstPromoter",
        "fpr fp_ref",
        "rewards: commission type, is paid, amount"
        " -> referrer_email=promoter email, email=referral email, customer=referral uid,"
        " status=is paid, order=event id",
        "leads: email, uid, state, promoter email"
        " -> referrer_email=promoter email, referrer_code=ref id, converted=customer since",
        "referrers: email, ref id -> code=ref id",
        "referrers: email, ref token -> code=ref token",
    ),
    # https://docs.growsurf.com/developer-tools/rest-api/api-reference: everybody refers, some were
    # referred. Who refers comes first.
    *_files(
        "GrowSurf",
        "grsf",
        "referrers: id, email, share url, referral count -> code=id",
        "leads: id, email, referral status, referred by"
        " -> referrer_code=referred by, referrer_email=, customer=",
        "leads: id, email, referral status, referrer"
        " -> referrer_code=referrer, referrer_email=, customer=",
    ),
    # https://tapfiliate.com/docs/rest/
    *_files(
        "Tapfiliate",
        "ref",
        "rewards: conversion id, affiliate id, amount"
        " -> referrer_code=affiliate id, status=paid, order=external id, customer=customer id",
        "leads: external id, affiliate id, customer id"
        " -> referrer_code=affiliate id, order=external id, converted=created at, joined=",
        "referrers: id, firstname, lastname, email -> code=referral code, more_codes=id",
    ),
    # https://www.referralcandy.com/api
    *_files(
        "ReferralCandy",
        "",
        "rewards: referring email, reward type, amount"
        " -> referrer_email=referring email, email=referral email, unit=",
        "leads: referring email, referral email, referral timestamp"
        " -> referrer_email=referring email, email=referral email, joined=referral timestamp,"
        " order=external reference id",
        "referrers: email, referral link, first name -> code=referral link",
    ),
    # https://help.referral-factory.com: the users of a campaign, who refer or were referred
    *_files(
        "Referral Factory",
        "code",
        "referrers: email, code, url, referrals count -> code=code",
        "leads: email, email address of the referrer"
        " -> referrer_email=email address of the referrer, referrer_code=",
        "leads: email, code, qualified, referrer email"
        " -> referrer_email=referrer email, referrer_code=referrer code, status=qualified,"
        " customer=",
        "rewards: reward, user email, status, issued at -> referrer_email=user email",
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
