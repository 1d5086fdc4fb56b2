"""Zoho CRM: what its answers, its notifications and its workflows' webhooks mean."""

from __future__ import annotations

import json

import pytest

from goodword.integrations.base import BadSignature, Hint, Request, Unreadable
from goodword.integrations.zoho import Zoho
from goodword.model import Ref
from integrations.calls import HOOK, PAYLOADS, reply

SYSTEM = Zoho()
TOLD = (PAYLOADS / "zoho" / "notification.json").read_bytes()
TOKEN = "TOKEN_FOR_VERIFICATION_OF_1000000068001"
FORM = "application/x-www-form-urlencoded"
PARTS = (
    b'--x1\r\nContent-Disposition: form-data; name="lead_id"\r\n\r\n'
    b"5725767000003000064\r\n--x1--\r\n"
)


def _request(body: bytes, kind: str = "application/json", more: str = "") -> Request:
    return Request("POST", HOOK + more, {"content-type": kind}, body, 7)


def test_records_and_nothing_at_all_are_no_failure() -> None:
    assert SYSTEM.failure(reply(204, "")) is None
    assert SYSTEM.failure(reply(200, {"data": [{"id": "1", "Status": "error"}]})) is None


def test_a_notification_says_where_to_look() -> None:
    first, second = "5725767000003000064", "5725767000003000065"
    assert SYSTEM.heard(_request(TOLD), TOKEN, {}).hints == (
        Hint(Ref("Leads", first), f"Leads:{first}:1718117126473", "update"),
        Hint(Ref("Leads", second), f"Leads:{second}:1718117126473", "update"),
    )


@pytest.mark.parametrize("token", ["", "TOKEN", None, 7, ["TOKEN"], "tökén"])
def test_a_notification_with_another_token_is_refused(token: object) -> None:
    told = json.loads(TOLD) | {"token": token}
    with pytest.raises(BadSignature):
        SYSTEM.heard(_request(json.dumps(told).encode()), TOKEN, {})


@pytest.mark.parametrize(
    ("body", "kind", "more"),
    [
        (b'{"lead_id": "5725767000003000064"}', "application/json", ""),
        (b'{"Lead Id": 5725767000003000064}', "application/json", ""),
        (b"lead_id=zcrm_5725767000003000064&status=Qualified", FORM, ""),
        (PARTS, "multipart/form-data; boundary=x1", ""),
        (b"", "", "?lead_id=5725767000003000064"),
    ],
)
def test_a_workflow_may_send_its_record_in_any_form(body: bytes, kind: str, more: str) -> None:
    [hint] = SYSTEM.heard(_request(body, kind, more), TOKEN, {}).hints
    assert hint.ref == Ref("Leads", "5725767000003000064")


def test_a_workflow_may_tell_of_contacts_and_deals() -> None:
    hints = SYSTEM.heard(_request(b"contact_id=12&deal_id=13", FORM), TOKEN, {}).hints
    assert [hint.ref for hint in hints] == [Ref("Contacts", "12"), Ref("Deals", "13")]
    hints = SYSTEM.heard(_request(b"id=12", FORM), TOKEN, {}).hints
    assert [hint.ref for hint in hints] == [Ref("Leads", "12"), Ref("Contacts", "12")]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", ""),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'{"lead_id": "${Leads.Lead Id}"}', "application/json"),
        (b"email=ann%40example.com", FORM),
        (b"\xff\xfe", "multipart/form-data"),
        (TOLD.replace(b'"ids"', b'"idz"'), "application/json"),
    ],
)
def test_what_names_no_record_is_unreadable(body: bytes, kind: str) -> None:
    with pytest.raises(Unreadable):
        SYSTEM.heard(_request(body, kind), TOKEN, {})


def test_a_record_has_an_address_for_people_in_its_own_data_centre() -> None:
    known = {"token_host": "https://accounts.zoho.eu"}
    assert SYSTEM.link(Ref("Leads", "12"), known) == "https://crm.zoho.eu/crm/tab/Leads/12"
    assert SYSTEM.link(Ref("Leads", "12"), {}) == ""
