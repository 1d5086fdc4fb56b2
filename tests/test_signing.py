"""Codes, tokens and payload signatures: what holds, and what never does."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.model import id_text
from goodword.signing import (
    MAILED_LIFE,
    CodeKind,
    MailedLink,
    Token,
    mint_code,
    mint_mailed_link,
    mint_test_code,
    mint_token,
    payload_holds,
    read_code,
    read_mailed_link,
    read_token,
    reseal,
    seal,
    sign_payload,
    unseal,
)

KEY, OTHER = b"k" * 32, b"o" * 32
UNIQUE = st.binary(min_size=5, max_size=5)
IDS = st.binary(min_size=16, max_size=16)


@given(UNIQUE, st.sampled_from([CodeKind.REFERRER, CodeKind.LEAD]))
def test_a_code_is_16_characters_and_reads_back_as_its_kind(unique: bytes, kind: CodeKind) -> None:
    text = mint_code(KEY, kind, unique)
    code = read_code(KEY, text)
    assert len(text) == 16
    assert code is not None
    assert (code.kind, code.text) == (kind, text)
    assert read_code(OTHER, text) is None


@given(UNIQUE)
def test_a_code_is_taken_as_people_type_it(unique: bytes) -> None:
    text = mint_code(KEY, CodeKind.REFERRER, unique)
    typed = "-".join(text[i : i + 4] for i in range(0, 16, 4)).lower().replace("0", "o")
    found = read_code(KEY, f" {typed} ")
    assert found is not None
    assert found.text == text


@given(UNIQUE, st.integers(0, 15), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_one_changed_character_breaks_a_code(unique: bytes, place: int, mark: str) -> None:
    text = mint_code(KEY, CodeKind.REFERRER, unique)
    changed = text[:place] + mark + text[place + 1 :]
    assert changed == text or read_code(KEY, changed) is None


@given(st.text())
def test_no_text_is_a_code_by_accident_or_an_error(text: str) -> None:
    assert read_code(KEY, text) is None


def test_a_test_code_carries_its_expiry() -> None:
    code = read_code(KEY, mint_test_code(KEY, b"abcde", 1_795_000_000_000))
    assert code is not None
    assert (code.kind, code.expires) == (CodeKind.TEST, 1_795_000_000_000)


@given(IDS, IDS, IDS, IDS, st.booleans())
def test_a_token_reads_back_and_fits_in_a_cookie(
    a: bytes, b: bytes, c: bytes, d: bytes, test: bool
) -> None:
    token = Token(id_text("camp", a), id_text("hit", b), id_text("vis", c), id_text("ref", d), test)
    text = mint_token((KEY,), token)
    assert len(text) <= 120
    assert read_token((KEY,), text) == token
    assert read_token((OTHER, KEY), text) == token
    assert read_token((OTHER,), text) is None


@given(st.text() | st.text("AQGiz-_=", min_size=108, max_size=108))
def test_no_text_is_a_token_by_accident_or_an_error(text: str) -> None:
    assert read_token((KEY,), text) is None


@pytest.mark.parametrize("cut", [0, 1, 50, 107])
def test_a_cut_or_lengthened_token_is_none(cut: int) -> None:
    a, b, c, d = (id_text(prefix, b"i" * 16) for prefix in ("camp", "hit", "vis", "ref"))
    text = mint_token((KEY,), Token(a, b, c, d, test=False))
    assert read_token((KEY,), text[:cut]) is None
    assert read_token((KEY,), text + "A") is None


def test_a_payload_is_signed_as_the_contract_says() -> None:
    """The sum is computed here by the standard library alone, as a shop would."""
    sum_ = hmac.new(b"gws_x", b"purchase|1042|49.00|EUR|a@b.cd", hashlib.sha256).hexdigest()
    parts = ("purchase", "1042", "49.00", "EUR", "a@b.cd")
    assert sign_payload("gws_x", *parts) == f"v1={sum_}"
    assert payload_holds("gws_x", f"v1={sum_}", *parts)


@pytest.mark.parametrize("sig", ["", "v1=", "v1=00", "v2=x", "é", "\ud800", "v1=" + "0" * 64])
def test_a_signature_that_is_none_does_not_hold(sig: str) -> None:
    assert not payload_holds("gws_x", sig, "purchase", "1042", "49.00", "EUR", "")


@given(st.binary())
def test_a_sealed_secret_opens_under_its_keys_alone(secret: bytes) -> None:
    sealed = seal((KEY,), secret)
    assert unseal((OTHER, KEY), sealed) == secret
    assert unseal((OTHER,), reseal((OTHER, KEY), sealed)) == secret
    with pytest.raises(ValueError, match="GOODWORD_SECRET_KEYS"):
        unseal((OTHER,), sealed)


SUBJECT, AT = ("camp_1", "ref_1"), 1_790_000_000_000


def test_a_mailed_link_holds_for_its_purpose_and_its_time() -> None:
    text = mint_mailed_link([KEY], "own page", SUBJECT, AT)
    last = AT + MAILED_LIFE - 1
    assert read_mailed_link([KEY], "own page", text, last) == MailedLink(SUBJECT, AT)
    assert read_mailed_link([KEY], "own page", text, last + 1) is None
    assert read_mailed_link([KEY], "own page", text, last + 1, life=None) is not None
    assert read_mailed_link([KEY], "another", text, AT) is None
    assert read_mailed_link([OTHER], "own page", text, AT) is None


def test_a_mailed_link_outlives_the_change_of_a_key_and_is_signed_by_the_newest() -> None:
    text = mint_mailed_link([KEY], "own page", SUBJECT, AT)
    assert read_mailed_link([OTHER, KEY], "own page", text, AT) is not None
    newer = mint_mailed_link([OTHER, KEY], "own page", SUBJECT, AT)
    assert read_mailed_link([OTHER], "own page", newer, AT) is not None


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_one_changed_character_breaks_a_mailed_link(place: int, mark: str) -> None:
    text = mint_mailed_link([KEY], "own page", SUBJECT, AT)
    changed = text[: place % len(text)] + mark + text[place % len(text) + 1 :]
    found = read_mailed_link([KEY], "own page", changed, AT)
    # The last character of a signature in base64 has bits that say nothing.
    assert found is None or found == MailedLink(SUBJECT, AT)


@given(st.text())
def test_no_text_is_a_mailed_link_by_accident_or_an_error(text: str) -> None:
    assert read_mailed_link([KEY], "own page", text, AT) is None
