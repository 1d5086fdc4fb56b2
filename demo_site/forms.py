from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from demo_site.catalogue import COVERS, FIRST_COVER, MOST

# An address with "|" is refused: it separates the fields of the signature.
EMAIL = re.compile(r"[^\s@|]+@[^\s@|.]+(\.[^\s@|.]+)+")
QUANTITY = re.compile(r"[1-9][0-9]?")

Errors = dict[str, str]
Typed = Mapping[str, str]
"""A form as it was typed; shown again when something in it must be put right."""


@dataclass(frozen=True)
class SignUp:
    """`token` is what the tag put into the form as field `gw`: a shop keeps it with the person,
    so that its own server can name the lead later."""

    name: str
    email: str
    token: str


@dataclass(frozen=True)
class Checkout:
    name: str
    email: str
    cover: str
    quantity: int


def read_sign_up(typed: Typed) -> SignUp | Errors:
    """The sign-up, or for each field that is wrong what to do about it."""
    errors = _person_errors(typed)
    return errors or SignUp(_field(typed, "name"), _field(typed, "email"), _field(typed, "gw"))


def read_checkout(typed: Typed) -> Checkout | Errors:
    """The checkout, or for each field that is wrong what to do about it."""
    errors = _person_errors(typed)
    cover, quantity = _field(typed, "cover"), _field(typed, "quantity")
    if cover not in COVERS:
        errors["cover"] = "Choose one of the covers."
    if not QUANTITY.fullmatch(quantity) or int(quantity) > MOST:
        errors["quantity"] = f"Enter a number from 1 to {MOST}."
    return errors or Checkout(_field(typed, "name"), _field(typed, "email"), cover, int(quantity))


def chosen(query: Typed) -> dict[str, str]:
    """What the product page sent on: the cover and quantity, where they can be had."""
    cover, quantity = _field(query, "cover"), _field(query, "quantity")
    fits = QUANTITY.fullmatch(quantity) and int(quantity) <= MOST
    return {
        "cover": cover if cover in COVERS else FIRST_COVER.slug,
        "quantity": quantity if fits else "1",
    }


def _person_errors(typed: Typed) -> Errors:
    errors = {}
    name, email = _field(typed, "name"), _field(typed, "email")
    if not name or len(name) > 200 or not name.isprintable():
        errors["name"] = "Enter your name, in at most 200 characters."
    if len(email) > 254 or not email.isprintable() or not EMAIL.fullmatch(email):
        errors["email"] = "Enter an e-mail address, such as grace@example.com."
    return errors


def _field(typed: Typed, name: str) -> str:
    return typed.get(name, "").strip()
