"""What a cell says: a moment, an amount, a code. What has two readings is asked, never guessed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

from goodword.model import Money, read_amount, read_currency

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = r"(?:[ T,]+(?:at )?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp]\.?[Mm]\.?)?)?"
_ZONE = r"\s*(?:UTC|GMT|Z)?"
_FIGURES = re.compile(rf"(\d{{1,4}})([/.\-])(\d{{1,2}})\2(\d{{1,4}}){_TIME}{_ZONE}")
_DAY_FIRST = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th|\.)?[ \-]([A-Za-z]{{3,9}})\.?,?[ \-](\d{{4}}){_TIME}{_ZONE}"
)
_MONTH_FIRST = re.compile(
    rf"([A-Za-z]{{3,9}})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}){_TIME}{_ZONE}"
)
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +", re.IGNORECASE)
_SECONDS = re.compile(r"\d{10}|\d{13}")
_SYMBOLS = {"€": "EUR", "£": "GBP"}
_OTHER_SYMBOLS = "$¥₹"


class Unread(ValueError):
    """It says nothing of its kind; the message says what it lacks."""


class Unclear(Unread):
    """It can be read in two ways; the message says which."""


def read_moment(text: str, order: str = "") -> int:
    """Milliseconds since the epoch; a moment without a zone is UTC, a day its midnight.

    `order` is `dmy` or `mdy`. `Unclear` where figures alone leave open which is the day; `Unread`
    for what is no date.
    """
    try:
        return _moment(text.strip(), order)
    except Unread:
        raise
    except (ValueError, OverflowError) as error:
        raise Unread("no date") from error


def _moment(text: str, order: str) -> int:
    if _SECONDS.fullmatch(text):
        return int(text) * (1000 if len(text) == 10 else 1)
    try:
        return _millis(datetime.fromisoformat(text.removesuffix(" UTC")))
    except ValueError:
        return _millis(_written(_WEEKDAY.sub("", text, count=1), order))


def _millis(moment: datetime) -> int:
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    at = (known - _EPOCH) // timedelta(milliseconds=1)
    if at < 0:
        raise Unread("a date before 1970")
    return at


def _written(text: str, order: str) -> datetime:
    if match := _FIGURES.fullmatch(text):
        first, sign, second, third, *time = match.groups()
        year, month, day = _ordered(first, sign, second, third, order)
    elif match := _DAY_FIRST.fullmatch(text):
        said, named, written, *time = match.groups()
        year, month, day = int(written), _month(named), int(said)
    elif match := _MONTH_FIRST.fullmatch(text):
        named, said, written, *time = match.groups()
        year, month, day = int(written), _month(named), int(said)
    else:
        raise Unread("no date")
    hour, minute, second = _clock(*time)
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _ordered(first: str, sign: str, second: str, third: str, order: str) -> tuple[int, int, int]:
    """Year, month and day of three figures."""
    if len(first) == 4:
        return int(first), int(second), int(third)
    if len(third) not in (2, 4) or len(first) > 2:
        raise Unread("no date")
    year = int(third) if len(third) == 4 else 2000 + int(third)
    one, two = int(first), int(second)
    if not order and len(third) == 2:
        raise Unclear("it may begin with the day, the month or the year")
    if not order and sign == ".":
        order = "dmy"
    if not order and one <= 12 and two <= 12 and one != two:
        raise Unclear("it may be the day or the month that comes first")
    if order == "mdy" or (not order and two > 12):
        return year, one, two
    return year, two, one


def _month(name: str) -> int:
    short = name[:3].lower()
    if short not in _MONTHS:
        raise Unread("no month")
    return _MONTHS.index(short) + 1


def _clock(
    hour: str | None, minute: str | None, second: str | None, half: str | None
) -> tuple[int, int, int]:
    if hour is None:
        return 0, 0, 0
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            raise Unread("no time of day")
        hours = hours % 12 + (12 if half[0] in "Pp" else 0)
    return hours, int(minute or 0), int(second or 0)


def read_sum(text: str, currency: str, decimal: str = "") -> Money:
    """An amount of money, such as `1.234,50`, `€ 12.00` or `12.00 USD`.

    `currency` is what is meant where the cell names none. `Unclear` where a comma or point may
    part the thousands or the cents; ValueError for what is no amount in that currency.
    """
    figures, named = _currency_of(text)
    if named and currency and named != currency:
        raise Unread(f"it is in {named}, the row in {currency}")
    code = read_currency(named or currency)
    if code is None:
        raise Unread(f"{(named or currency)!r} is no currency")
    amount = read_amount(_plain(figures, decimal, code), code)
    if amount.money is None:
        raise Unread("no amount")
    return amount.money


def _currency_of(text: str) -> tuple[str, str]:
    """The figures, and the currency that stands with them."""
    bare = text.strip()
    for symbol, code in _SYMBOLS.items():
        if symbol in bare:
            return bare.replace(symbol, ""), code
    for symbol in _OTHER_SYMBOLS:
        bare = bare.replace(symbol, "")
    letters = re.fullmatch(r"([A-Za-z]{3})?\s*([^A-Za-z]*?)\s*([A-Za-z]{3})?", bare.strip())
    if letters is None:
        raise Unread("no amount")
    return letters[2], (letters[1] or letters[3] or "").upper()


def _plain(figures: str, decimal: str, currency: str) -> str:
    """The amount with a point before the cents, and no other sign."""
    bare = re.sub(r"[\s'’\u00a0\u202f]", "", figures)
    if not re.fullmatch(r"\d[\d.,]*", bare):
        raise Unread("no amount")
    sign = decimal or _decimal_of(bare)
    whole, _, cents = bare.rpartition(sign) if sign and sign in bare else (bare, "", "")
    if (sign and sign in whole) or ("." in cents or "," in cents):
        raise Unread("no amount")
    places = len(str(Money(0, currency)).partition(".")[2])
    if len(cents) > places and not cents[places:].strip("0"):
        cents = cents[:places]
    whole = re.sub("[.,]", "", whole)
    return f"{whole}.{cents}" if cents else whole


def _decimal_of(bare: str) -> str:
    """The sign before the cents, where the figures themselves tell."""
    marks = [mark for mark in bare if mark in ".,"]
    if not marks:
        return ""
    last = marks[-1]
    if len(set(marks)) == 2:
        return last
    if len(marks) > 1:
        return "," if last == "." else "."
    if len(bare.rpartition(last)[2]) == 3:
        raise Unclear(f"its {'point' if last == '.' else 'comma'} may part thousands or cents")
    return last


def code_of(text: str, params: tuple[str, ...]) -> str:
    """The code in a cell: the cell itself, or what a link says under one of `params`, else at the
    end of its path."""
    text = text.strip()
    if "://" not in text and not text.startswith("www."):
        return text
    parts = urlsplit(text if "://" in text else f"https://{text}")
    said = dict(parse_qsl(parts.query))
    for name in (*params, "ref", "via"):
        if said.get(name):
            return said[name]
    if len(said) == 1:
        return next(iter(said.values()))
    return unquote(parts.path.rstrip("/").rpartition("/")[2])


def name_of(name: str, first: str, last: str) -> str:
    """One line of at most 200 characters."""
    whole = name or f"{first} {last}"
    return " ".join("".join(mark if mark.isprintable() else " " for mark in whole).split())[:200]
