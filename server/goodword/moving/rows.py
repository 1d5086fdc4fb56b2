"""What one row says, or what is wrong with it. Data in, data out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from goodword.model import ImportKind, Money, Recipient, canonical_email, is_email
from goodword.moving.fields import Plan
from goodword.moving.values import Unclear, Unread, code_of, name_of, read_moment, read_sum
from goodword.sheets import heading_word, unguarded

_LONGEST = {"order": 200, "customer": 200, "id": 200, "unit": 100}
_MANY_CODES = 20


class Wrong(Exception):
    """The row can't be taken: `column` is the field that is to blame, the message says why."""

    def __init__(self, column: str, why: str) -> None:
        super().__init__(why)
        self.column = column


class Left(Wrong):
    """The row is understood, and nothing comes of it."""


@dataclass(frozen=True, slots=True)
class Referring:
    """A person who refers, with the codes of the old links, as they are spelled there."""

    email: str
    canonical: str
    name: str
    codes: tuple[str, ...]
    joined: int | None
    disabled: bool


@dataclass(frozen=True, slots=True)
class Referred:
    """A friend, and who referred them. `status` is our word for what became of it."""

    code: str
    referrer: str
    email: str
    canonical: str
    customer: str
    name: str
    status: str
    joined: int | None
    converted: int | None
    order: str
    money: Money | None


@dataclass(frozen=True, slots=True)
class Owed:
    """A reward of there; `amount` counts minor units, or things where there is a `unit`."""

    code: str
    referrer: str
    email: str
    canonical: str
    customer: str
    recipient: Recipient
    amount: int
    currency: str
    unit: str
    issued: bool
    earned: int | None
    due: int | None
    paid: int | None
    order: str
    id: str


Parsed = Referring | Referred | Owed


def read_row(plan: Plan, cells: Sequence[str], now: int) -> Parsed:
    """What the row says by the plan. `Wrong`, and `Left` for what comes to nothing."""
    return _READ[plan.kind](_Row(plan, cells, now))


class _Row:
    """The cells of a row by the names of our fields."""

    def __init__(self, plan: Plan, cells: Sequence[str], now: int) -> None:
        self.plan = plan
        self.now = now
        self._cells = cells

    def text(self, field: str) -> str:
        place = self.plan.columns.get(field)
        if place is None or place >= len(self._cells):
            return ""
        text = unguarded(self._cells[place]).strip()
        longest = _LONGEST.get(field)
        if longest and len(text) > longest:
            raise Wrong(field, f"it has more than {longest} characters")
        if longest and not text.isprintable():
            raise Wrong(field, "it has a line break or another control character")
        return text

    def email(self, field: str) -> str:
        text = self.text(field).removeprefix("mailto:").strip("<> ")
        if text and not is_email(text):
            raise Wrong(field, "it is no e-mail address")
        return text

    def moment(self, field: str, ahead: bool = False) -> int | None:
        text = self.text(field)
        if not text:
            return None
        try:
            at = read_moment(text, self.plan.dates)
        except Unclear as unclear:
            raise Wrong(field, f"{unclear}: say which above") from unclear
        except Unread as error:
            raise Wrong(field, "the date can't be read; write it as 2026-01-31") from error
        if at > self.now and not ahead:
            raise Wrong(field, "the date is in the future")
        return at

    def money(self) -> Money | None:
        """The amount, or the same in cents."""
        currency = (self.text("currency") or self.plan.currency).upper()
        if cents := self.text("cents"):
            if not (cents.isascii() and cents.isdecimal()):
                raise Wrong("cents", "it is no whole number")
            return self._sum("cents", str(Money(int(cents), currency)), currency, ".")
        amount = self.text("amount")
        said = self.text("currency").upper() if self._has("currency") else ""
        named = said or ("" if any(mark.isalpha() for mark in amount) else currency)
        return self._sum("amount", amount, named, self.plan.decimal) if amount else None

    def _has(self, field: str) -> bool:
        return field in self.plan.columns

    def _sum(self, field: str, text: str, currency: str, decimal: str) -> Money:
        try:
            return read_sum(text, currency, decimal)
        except Unclear as unclear:
            raise Wrong(field, f"{unclear}: say which above") from unclear
        except Unread as error:
            raise Wrong(field, f"it can't be read: {error}") from error

    def meaning(self, otherwise: str) -> str:
        """Our word for what the status column says."""
        said = heading_word(self.text("status"))
        if not said:
            return otherwise
        for meaning, words in self.plan.words.items():
            if said in words:
                return meaning
        raise Wrong("status", f"nobody has said what “{said[:60]}” means: say it above")

    def referrer(self) -> tuple[str, str]:
        """Their code or their e-mail, which may stand in one column."""
        code, email = self.text("referrer_code"), self.email("referrer_email")
        if is_email(code) and not email:
            return "", canonical_email(code)
        known = code_of(code, self.plan.params) if code else ""
        return known, canonical_email(email) if email else ""


def _referring(row: _Row) -> Referring:
    email = row.email("email")
    if not email:
        raise Wrong("email", "there is no e-mail: nobody could be told, or find their page")
    return Referring(
        email=email,
        canonical=canonical_email(email),
        name=name_of(row.text("name"), row.text("first_name"), row.text("last_name")),
        codes=_codes(row),
        joined=row.moment("joined"),
        disabled=row.meaning("active") == "disabled",
    )


def _codes(row: _Row) -> tuple[str, ...]:
    """Their codes, the one that their links show first."""
    first = code_of(row.text("code"), row.plan.params)
    more = [each for each in row.text("more_codes").replace(",", " ").replace(";", " ").split()]
    codes = dict.fromkeys(filter(None, (first, *more)))
    if len(codes) > _MANY_CODES:
        raise Wrong("more_codes", f"there are more than {_MANY_CODES} codes")
    return tuple(codes)


def _referred(row: _Row) -> Referred:
    code, referrer = row.referrer()
    if not code and not referrer:
        raise Left("referrer_code", "nobody referred them")
    email, customer = row.email("email"), row.text("customer")
    if not email and not customer:
        raise Wrong("email", "there is neither an e-mail nor a customer id")
    status = row.meaning("pending")
    if status == "left":
        raise Left("status", "they did not become a lead there")
    joined, converted = row.moment("joined"), row.moment("converted")
    if joined is not None and converted is not None and converted < joined:
        raise Wrong("converted", "they converted before they joined")
    if converted is not None and not row.text("status"):
        status = "qualified"
    return Referred(
        code=code,
        referrer=referrer,
        email=email,
        canonical=canonical_email(email) if email else "",
        customer=customer,
        name=name_of(row.text("name"), row.text("first_name"), row.text("last_name")),
        status=status,
        joined=joined,
        converted=converted,
        order=row.text("order"),
        money=row.money(),
    )


def _owed(row: _Row) -> Owed:
    code, referrer = row.referrer()
    email, customer = row.email("email"), row.text("customer")
    if not code and not referrer and not email and not customer:
        raise Wrong("referrer_email", "it names neither a referrer nor a friend")
    if not email and not customer and not row.plan.unnamed:
        raise Wrong("email", "it names no friend; tick below that such rewards are taken too")
    status = row.meaning("issued" if row.text("paid") else "due")
    if status == "left":
        raise Left("status", "it is not owed there any more")
    amount, currency, unit = _worth(row)
    return Owed(
        code=code,
        referrer=referrer,
        email=email,
        canonical=canonical_email(email) if email else "",
        customer=customer,
        recipient=_recipient(row),
        amount=amount,
        currency=currency,
        unit=unit,
        issued=status == "issued",
        earned=row.moment("earned"),
        due=row.moment("due", ahead=True),
        paid=row.moment("paid") if status == "issued" else None,
        order=row.text("order"),
        id=row.text("id"),
    )


_WHOLE = re.compile(r"([0-9]{1,9})(?:[.,]0+)?")
_MONEY = ("", "cash", "money", "amount", "commission", "currency")


def _worth(row: _Row) -> tuple[int, str, str]:
    unit = row.text("unit")
    if heading_word(unit) in _MONEY:
        money = row.money()
        if money is None:
            raise Wrong("amount", "there is no amount")
        if not money.minor:
            raise Left("amount", "it is nothing")
        return money.minor, money.currency, ""
    whole = _WHOLE.fullmatch(row.text("amount") or "1")
    if whole is None:
        raise Wrong("amount", f"a number of “{unit}” is a whole number")
    if not int(whole[1]):
        raise Left("amount", "it is nothing")
    return int(whole[1]), "", unit


_LEADS = {"lead", "friend", "referred", "referee", "customer", "referral", "invited"}


def _recipient(row: _Row) -> Recipient:
    said = heading_word(row.text("recipient"))
    return Recipient.LEAD if said in _LEADS else Recipient.REFERRER


_READ: dict[ImportKind, Callable[[_Row], Parsed]] = {
    ImportKind.REFERRERS: _referring,
    ImportKind.LEADS: _referred,
    ImportKind.REWARDS: _owed,
}
