"""One mailbox, however it is spelled; a name as far as strangers may see it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.model import canonical_email, first_name, is_email, shown_name


@pytest.mark.parametrize(
    ("written", "one"),
    [
        ("Ada@Example.com", "ada@example.com"),
        ("ada+shop@example.com", "ada@example.com"),
        ("a.d.a@gmail.com", "ada@gmail.com"),
        ("A.da+x@GoogleMail.com", "ada@gmail.com"),
        ("a.da@example.com", "a.da@example.com"),
        ("ada@müller.example", "ada@xn--mller-kva.example"),
        ("ａｄａ@example.com", "ada@example.com"),
        ("+x@example.com", "+x@example.com"),
    ],
)
def test_one_mailbox_has_one_form(written: str, one: str) -> None:
    assert canonical_email(written) == one


@given(st.emails())
def test_the_one_form_stays_as_it_is(email: str) -> None:
    once = canonical_email(email)
    assert canonical_email(once) == once


@pytest.mark.parametrize("text", ["ada@example.com", "ada+x@a.b.co", "o'neil@example.org"])
def test_an_address_is_one(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize(
    "text",
    ["", "ada", "@example.com", "ada@example", "a@b@example.com", "a b@example.com", "a@.com"]
    + ["ada@example.com\n", "x" * 250 + "@a.bc", "a|b@example.com", "<ada@example.com>"],
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert not is_email(text)


def test_strangers_see_the_first_name_alone() -> None:
    assert (first_name("Ada King Lovelace"), first_name("")) == ("Ada", "")
    assert first_name("ada@example.com Lovelace") == ""


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Grace Hopper", "Grace H."),
        ("grace brewster hopper", "grace H."),
        ("Grace", "Grace"),
        ("Zoë von Ångström", "Zoë Å."),
        ("", ""),
        ("grace@example.org", ""),
        ("Grace <grace@example.org>", "Grace"),
        ("Grace grace@example.org Hopper", "Grace H."),
        ("Grace 42", "Grace"),
        ("www.evil.example Buy", ""),
        ("Grace grace@example.org", "Grace"),
        ("x" * 90, "x" * 40),
    ],
)
def test_a_referrer_sees_a_first_name_and_an_initial_and_never_an_address(
    name: str, shown: str
) -> None:
    assert shown_name(name) == shown
