"""What an admin typed into a form, read or refused field by field. Data in, data out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from goodword.model import read_amount

_FIELD_OF = {"origin": "site"}
_LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed, and what is wrong with it; both are shown again."""

    values: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)

    def refuse(self, name: str, message: str) -> None:
        """Notes what is wrong with a field, as a sentence."""
        text = message[:1].upper() + message[1:]
        self.errors[_FIELD_OF.get(name, name)] = text if text.endswith(".") else f"{text}."


def read_whole(form: Form, name: str, message: str) -> int | None:
    """The whole number that was typed; None where it is refused with the message."""
    typed = form.values[name]
    if not (typed.isascii() and typed.isdecimal()) or len(typed) > _LONGEST_NUMBER:
        form.refuse(name, message)
        return None
    return int(typed)


def read_money(form: Form, name: str, currency: str) -> int | None:
    """Minor units of what was typed; None where nothing was, or where it is refused.

    A decimal comma is understood. Nothing is said of an amount whose currency is none.
    """
    amount = read_amount(form.values[name].replace(",", "."), currency)
    if amount.unreadable and is_currency(currency):
        form.refuse(name, "write an amount such as 10 or 10.00")
    return amount.money.minor if amount.money else None


def read_currency(form: Form) -> str:
    """The currency that was typed, in capitals, or refused."""
    typed: str = form.values["currency"]
    if not is_currency(typed):
        form.refuse("currency", "write three letters of a currency, such as EUR or USD")
    return typed.upper()


def is_currency(typed: str) -> bool:
    return not read_amount("1", typed).unreadable
