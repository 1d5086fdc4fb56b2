"""Money: an integer of minor units plus an ISO 4217 currency. Never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from iso4217 import Currency

_DECIMAL = re.compile(r"(\d{1,13})(?:\.(\d{1,4}))?")
_LARGEST = 10**15


COUPON = "coupon"
"""The unit of a reward that is a code from a pool."""


@dataclass(frozen=True, slots=True)
class Money:
    """`Money(4900, "EUR")` is forty-nine euros."""

    minor: int
    currency: str

    def __str__(self) -> str:
        places = _exponent(self.currency) or 0
        sign, digits = ("-" if self.minor < 0 else ""), str(abs(self.minor)).zfill(places + 1)
        return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def worth(amount: int, currency: str, unit: str = "") -> str:
    """What a reward is, in words: `10.00 EUR`, or `1 free month` where it counts things.

    An owner's own words stay as they are; coupons are our word, and have a plural.
    """
    if not unit:
        return f"{Money(amount, currency)} {currency}"
    return f"{amount} {unit}{'s' if unit == COUPON and abs(amount) != 1 else ''}"


@dataclass(frozen=True, slots=True)
class Amount:
    """What a report said of money: readable, absent (`None`, readable) or unreadable."""

    money: Money | None = None
    unreadable: bool = False


def read_currency(text: str) -> str | None:
    """The ISO 4217 code in capitals, or None when it is no currency with minor units."""
    code = text.strip().upper()
    return code if _exponent(code) is not None else None


def read_amount(value: str | int | None, currency: str) -> Amount:
    """Reads `"49.00"` (decimal) or `4900` (minor units); what can't be read is said, not raised."""
    if value is None or value == "":
        return Amount()
    code = read_currency(currency)
    minor = None if code is None else _minor(value, _exponent(code) or 0)
    if code is None or minor is None or not 0 <= minor <= _LARGEST:
        return Amount(unreadable=True)
    return Amount(Money(minor, code))


def _minor(value: str | int, places: int) -> int | None:
    if isinstance(value, int):
        return value
    match = _DECIMAL.fullmatch(value.strip()) if value.isascii() else None
    if match is None or len(match[2] or "") > places:
        return None
    return int(match[1] + (match[2] or "").ljust(places, "0"))


@lru_cache(512)
def _exponent(code: str) -> int | None:
    try:
        exponent: int | None = Currency(code).exponent
    except ValueError:
        return None
    return exponent
