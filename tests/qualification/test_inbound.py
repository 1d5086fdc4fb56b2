"""What an inbound body says, in every way that bodies are written, and that nothing raises."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.model import Amount, CallResult, Hook, LeadStatus, Money, Reason, Status
from goodword.qualification.inbound import (
    Said,
    keepable_query,
    look_up,
    parse,
    read_call,
    result_of,
    signature_holds,
)

HOOK = Hook(id="hook_1", campaign_id="camp_1", hash=b"h", token=b"t", created_at=0)
DEEP = replace(
    HOOK,
    code_field="data.lead.code",
    order_field="data.order.id",
    amount_field="data.order.total",
    currency_field="data.order.currency",
)
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = (
    b'--XX\r\nContent-Disposition: form-data; name="code"\r\n\r\nABC\r\n'
    b'--XX\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nzzz\r\n--XX--\r\n'
)


def said(hook: Hook, kind: str, body: bytes | str, query: str = "") -> Said:
    raw = body.encode() if isinstance(body, str) else body
    return read_call(hook, "EUR", kind, query, raw)


@pytest.mark.parametrize(
    ("kind", "body", "query"),
    [
        (FORM, "code=ABC", ""),
        (FORM + "; charset=utf-8", "x=1&code=+ABC+", ""),
        ("", "code=ABC&code=DEF", ""),
        (JSON, '{"code": "ABC"}', ""),
        ("application/vnd.api+json", '{"code": "ABC"}', ""),
        ("text/plain", ' {"code": "ABC"}', ""),
        ('multipart/form-data; boundary="XX"', MULTIPART, ""),
        ("", "", "code=ABC"),
        (JSON, "{}", "code=ABC"),
        (JSON, '{"code": "ABC"}', "code=DEF"),
    ],
)
def test_the_code_is_read_of_a_form_of_json_or_of_the_query(
    kind: str, body: bytes | str, query: str
) -> None:
    assert said(HOOK, kind, body, query).code == "ABC"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, ""),
        (FORM, "code="),
        (JSON, '{"code": null}'),
        (JSON, '{"code": {"a": 1}}'),
        (JSON, '{"code": "ABC"'),
        (JSON, '{"code": "%s"}' % ("x" * 201)),
        (JSON, '{"code": "A\\u0000"}'),
        (JSON, "[" * 100_000),
        ("multipart/form-data", MULTIPART),
    ],
)
def test_without_a_code_that_can_be_read_that_is_what_is_said(kind: str, body: str) -> None:
    assert said(HOOK, kind, body).unreadable == "code"


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"data": {"lead": {"code": "ABC"}, "order": {"id": 1042, "total": "49.00"}}}),
        urlencode({"data[lead][code]": "ABC", "data[order][id]": "1042", "data.order.total": "49"}),
    ],
)
def test_a_path_leads_into_json_and_into_the_names_of_a_form(body: str) -> None:
    read = said(DEEP, "", body)
    assert (read.code, read.order, read.amount) == ("ABC", "1042", Amount(Money(4900, "EUR")))


def test_a_path_leads_into_lists() -> None:
    assert look_up({"items": [{"code": "A"}, {"code": "B"}]}, "items.1.code") == "B"
    assert look_up({"items": []}, "items.0.code") is None


@pytest.mark.parametrize(
    ("number", "minor_units", "minor"),
    [
        ('"49.00"', True, 4900),
        ("4900", True, 4900),
        ("49", False, 4900),
        ("49.10", False, 4910),
        ("49.10", True, 4910),
        ("null", True, None),
    ],
)
def test_an_amount_is_read_as_the_sender_writes_it(
    number: str, minor_units: bool, minor: int | None
) -> None:
    hook = replace(HOOK, minor_units=minor_units)
    amount = said(hook, JSON, f'{{"code": "A", "amount": {number}}}').amount
    assert amount == (Amount(Money(minor, "EUR")) if minor else Amount())


@pytest.mark.parametrize(
    "amount", ['"forty"', "true", "{}", "[]", "4.999", "-1", "1e400", str(10**30)]
)
def test_an_amount_that_cannot_be_read_is_no_reason_to_refuse(amount: str) -> None:
    read = said(HOOK, JSON, f'{{"code": "A", "amount": {amount}}}')
    assert (read.unreadable, read.amount.money) == (None, None)


def test_a_currency_comes_from_its_field_or_is_the_campaigns() -> None:
    assert said(HOOK, FORM, "code=A&amount=5&currency=usd").amount.money == Money(500, "USD")
    assert said(HOOK, FORM, "code=A&amount=5").amount.money == Money(500, "EUR")
    assert said(HOOK, FORM, "code=A&amount=5&currency=xx").amount.unreadable


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ('{"deal": {"stage": "won"}, "code": "A"}', True),
        ('{"deal": {"stage": "lost"}, "code": "A"}', False),
        ('{"deal": {"stage": ["won"]}, "code": "A"}', False),
        ('{"code": "A"}', False),
        ('{"deal": {"stage": "lost"}}', False),
    ],
)
def test_a_filter_is_met_by_its_very_value(body: str, wanted: bool) -> None:
    hook = replace(HOOK, only_field="deal.stage", only_value="won")
    assert said(hook, JSON, body).wanted is wanted


def test_a_filter_compares_what_json_says_as_text() -> None:
    for value, text in (("true", "true"), ("7", "7"), ("7.50", "7.50")):
        hook = replace(HOOK, only_field="paid", only_value=text)
        assert said(hook, JSON, f'{{"code": "A", "paid": {value}}}').wanted


def test_where_bodies_are_signed_the_query_says_nothing() -> None:
    hook = replace(HOOK, signature_header="x-signature")
    assert said(hook, FORM, "", "code=ABC").unreadable == "code"
    assert said(hook, FORM, "code=ABC", "order=9").order == ""


def test_a_field_without_a_name_is_not_read() -> None:
    hook = replace(HOOK, order_field="", amount_field="", event_field="")
    read = said(hook, FORM, "code=A&order=1&amount=5&event=x&=y")
    assert (read.order, read.amount, read.event) == ("", Amount(), "purchase")


@pytest.mark.parametrize("name", ["order", "event"])
def test_an_order_or_an_event_that_no_table_takes_is_named(name: str) -> None:
    assert said(HOOK, FORM, urlencode({"code": "A", name: "x" * 201})).unreadable == name
    assert said(HOOK, FORM, urlencode({"code": "A", name: "a\nb"})).unreadable == name


def test_the_same_words_have_one_key_and_other_words_another() -> None:
    first = said(HOOK, FORM, "code=A&order=1&time=1")
    assert first.key == said(HOOK, JSON, '{"code": "A", "order": 1, "time": 2}').key
    others = ("code=B&order=1", "code=A&order=2", "code=A&order=1&amount=5", "code=A&event=e")
    assert len({first.key, *(said(HOOK, FORM, each).key for each in others)}) == 5


def test_a_signature_is_hex_or_base64_with_or_without_its_prefix() -> None:
    digest = hmac.new(b"secret", b"body", hashlib.sha256).digest()
    for spelled in (digest.hex(), digest.hex().upper(), base64.b64encode(digest).decode()):
        assert signature_holds(b"secret", b"body", spelled)
        assert signature_holds(b"secret", b"body", f"sha256={spelled}")
        assert not signature_holds(b"secret", b"body2", spelled)
        assert not signature_holds(b"other", b"body", spelled)
    for other in ("", "sha256=", digest.hex()[:-1], "é", "\ud800"):
        assert not signature_holds(b"secret", b"body", other)


def test_what_is_kept_of_a_query_is_no_secret_but_what_is_read() -> None:
    query = "code=A&api_key=s1&access_token=s2&sig=s3&lead_key=B&page=2"
    assert keepable_query(query, ["lead_key"]) == (
        "code=A&api_key=%2A%2A%2A&access_token=%2A%2A%2A&sig=%2A%2A%2A&lead_key=B&page=2"
    )


RESULTS = [
    (Status.COUNTED, None, LeadStatus.PENDING, False, CallResult.QUALIFIED),
    (Status.COUNTED, None, LeadStatus.QUALIFIED, False, CallResult.ALREADY_QUALIFIED),
    (Status.COUNTED, None, LeadStatus.QUALIFIED, True, CallResult.ALREADY_QUALIFIED),
    (Status.COUNTED, None, LeadStatus.PENDING, True, CallResult.IGNORED),
    (Status.HELD, Reason.ORDER_CONFLICT, LeadStatus.PENDING, False, CallResult.HELD),
    (Status.HELD, Reason.CAP, LeadStatus.QUALIFIED, True, CallResult.HELD),
    (Status.REJECTED, Reason.BY_HAND, LeadStatus.REJECTED, False, CallResult.REJECTED),
    (Status.IGNORED, Reason.ALREADY_QUALIFIED, LeadStatus.QUALIFIED, False, "already_qualified"),
    (Status.IGNORED, Reason.DUPLICATE, LeadStatus.QUALIFIED, False, "already_qualified"),
    (Status.IGNORED, Reason.DUPLICATE, LeadStatus.PENDING, False, CallResult.IGNORED),
    (Status.IGNORED, Reason.REFUNDED, LeadStatus.QUALIFIED, False, CallResult.IGNORED),
]


@pytest.mark.parametrize(("status", "reason", "before", "again", "result"), RESULTS)
def test_the_caller_is_told_what_became_of_the_lead(
    status: Status, reason: Reason | None, before: LeadStatus, again: bool, result: str
) -> None:
    assert result_of(status, reason, before, again) == result


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
KINDS = st.sampled_from(["", JSON, FORM, "multipart/form-data; boundary=X"]) | st.text()


@given(KINDS, st.binary(), st.text())
def test_no_body_raises(kind: str, body: bytes, query: str) -> None:
    read = read_call(HOOK, "EUR", kind, query, body)
    assert all(text.isprintable() for text in (read.code, read.order, read.event, read.printed))
    assert read.key


@given(ANY_JSON, st.text())
def test_no_json_and_no_path_raises(value: object, path: str) -> None:
    body = json.dumps(value).encode()
    hook = replace(HOOK, code_field=path, amount_field=path, only_field=path, only_value="x")
    assert read_call(hook, "EUR", JSON, "", body).unreadable in (None, "code")
    assert parse(JSON, body) is not None or value is None


@given(st.text(), st.binary())
def test_no_signature_raises(given_: str, body: bytes) -> None:
    assert not signature_holds(b"secret", body, given_)


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_every_form_is_read_as_it_was_written(form: dict[str, str]) -> None:
    body = urlencode(form).encode()
    for name, value in form.items():
        if name.strip() == name and "." not in name:
            assert look_up(parse(FORM, body), name) == value
