"""A recorded history as `goodword backtest` reads it: its events, its world, and a policy.

Data in, data out; fields that are not named here are ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from goodword.model import Amount, Evidence, Money, read_amount


class BadHistory(ValueError):
    """The recorded history, its world or a policy can't be used, and why in words."""


class Event(Struct, tag_field="type", kw_only=True):
    """What happened at `t`, seconds since the epoch; `peer_ip` connected, `xff` came along."""

    id: str
    t: float
    ua: str | None = None
    peer_ip: str | None = None
    xff: str | None = None

    @property
    def kind(self) -> str:
        """Its `type` as it was recorded."""
        return str(self.__struct_config__.tag)


class Joins(Event, tag="referrer", kw_only=True):
    code: str
    email: str
    name: str | None = None
    device: str | None = None


class Visits(Event, tag="hit", kw_only=True):
    """`sig` is `ok` where the signature of the code held."""

    code: str
    sig: Any = None
    referrer: str | None = None
    query: str | None = None
    visitor: str | None = None
    device: str | None = None
    sec_fetch_dest: str | None = None
    purpose: str | None = None
    js: Any = True


class SignsUp(Event, tag="lead", kw_only=True):
    code: str | None = None
    name: str | None = None
    email: str | None = None
    visitor: str | None = None
    device: str | None = None
    honeypot: Any = None


class Converts(Event, tag="conversion", kw_only=True):
    """`lead` is the event that made the lead; `token` is `lead` for a valid token of that lead."""

    lead: str | None = None
    code: str | None = None
    order: str | None = None
    amount: str | int | float | None = None
    currency: str | None = None
    channel: str = "js"
    token: Any = None


class Refunds(Event, tag="refund", kw_only=True):
    order: str
    reason: str | None = None


AnyEvent = Joins | Visits | SignsUp | Converts | Refunds


class Order(Struct):
    """What the shop's own ledger has of an order."""

    order: str | None = None
    id: str | None = None
    amount: str | int | float | None = None
    email: str | None = None


class World(Struct):
    """What an operator would have configured. No check asks for more of it today."""

    trusted_proxies: list[str] = []
    customers: list[str] = []
    orders: dict[str, Order] | list[Order] = {}

    def order(self, number: str) -> Order | None:
        if isinstance(self.orders, dict):
            return self.orders.get(number)
        return next((each for each in self.orders if number in (each.order, each.id)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the campaign pays and asks for. `window` and `delay` are days; `cap` rewards in 30 days
    for each referrer, `budget` money of the reward's currency, None for neither."""

    reward: Money = Money(1_000, "EUR")
    delay: int = 30
    window: int = 60
    least_evidence: Evidence = Evidence.TOKEN
    cap: int | None = 20
    budget: int | None = None


def read_events(path: Path) -> list[AnyEvent]:
    """The events of a file of JSON lines. `BadHistory` names the first line that can't be used."""
    decoder = msgspec.json.Decoder(AnyEvent)
    events: list[AnyEvent] = []
    for number, text in enumerate(_bytes(path).splitlines(), 1):
        if not text.strip():
            continue
        try:
            event = decoder.decode(text)
        except msgspec.DecodeError as error:
            raise BadHistory(f"{path}, line {number}: {error}") from error
        if events and event.t < events[-1].t:
            raise BadHistory(f"{path}, line {number}: it is earlier than the line before it")
        events.append(event)
    return events


def read_world(path: Path) -> World:
    """The world file. `BadHistory` where it can't be used."""
    try:
        return msgspec.json.decode(_bytes(path), type=World)
    except msgspec.DecodeError as error:
        raise BadHistory(f"{path}: {error}") from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadHistory(f"{path}: {error.strerror}") from error


def read_policy(said: Iterable[str]) -> Policy:
    """The policy with each `key=value` in it. `BadHistory` names one that can't be used."""
    values: dict[str, Any] = {}
    for text in said:
        key, _, value = text.partition("=")
        if key not in KEYS:
            raise BadHistory(f"--set {text}: the keys are {', '.join(KEYS)}")
        try:
            values[key] = KEYS[key](value.strip())
        except (ValueError, KeyError) as error:
            raise BadHistory(f"--set {text}: {_HOW[key]}") from error
    return Policy(**values)


def _money(text: str) -> Money:
    amount, _, currency = text.partition(" ")
    read = read_amount(amount, currency or "EUR").money
    if read is None:
        raise ValueError(text)
    return read


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _limit(text: str) -> int | None:
    return None if text in ("", "none") else _whole(text)


def _budget(text: str) -> int | None:
    return None if text in ("", "none") else _money(text).minor


KEYS: Mapping[str, Callable[[str], Any]] = {
    "reward": _money,
    "delay": _whole,
    "window": _whole,
    "least_evidence": lambda text: Evidence[text.upper()],
    "cap": _limit,
    "budget": _budget,
}
_HOW = {
    "reward": "write an amount and a currency, such as '10.00 EUR'",
    "delay": "write a number of days",
    "window": "write a number of days",
    "least_evidence": "write token, signed, called or confirmed",
    "cap": "write a number, or none",
    "budget": "write an amount such as '500.00 EUR', or none",
}


def amount_of(said: str | int | float | None, currency: str | None) -> Amount:
    """An amount as it was recorded: a decimal string or fraction, or whole minor units."""
    text = f"{said:.2f}" if isinstance(said, float) else said
    return read_amount(text, currency or "EUR")
