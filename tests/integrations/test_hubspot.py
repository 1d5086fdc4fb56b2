"""HubSpot: what its answers and calls mean, and the whole conversation with its double."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from hubspot.utils.signature import Signature

from doubles.hubspot_calls import KEY
from doubles.oauth import CLIENT_SECRET
from goodword.integrations.base import (
    BadSignature,
    Hint,
    Request,
    Unreadable,
)
from goodword.integrations.hubspot import HubSpot
from goodword.model import Ref
from house.tree import ROOT
from integrations.calls import HOOK, payload, reply

APP = ROOT / "server/docs/integrations/hubspot-app"
SYSTEM = HubSpot()
AT = 1_705_422_470_000


# Readings ------------------------------------------------------------------------------------


def test_a_part_of_a_batch_is_no_failure_and_a_wait_is_kept() -> None:
    assert SYSTEM.failure(reply(207, {"status": "COMPLETE", "results": []})) is None
    waits = SYSTEM.failure(reply(429, {}, {"retry-after": "7"}))
    assert waits is not None
    assert waits.wait == 7


def _v1(body: bytes, signature: str | None = None) -> Request:
    told = signature or Signature.get_signature(CLIENT_SECRET, body.decode(), "v1")
    headers = {"x-hubspot-signature": told, "x-hubspot-signature-version": "v1"}
    return Request("POST", HOOK, headers, body, AT)


def _v3(body: bytes, url: str = HOOK, stamp: str = str(AT), at: int = AT) -> Request:
    decoded = url.replace("%40", "@").replace("%3a", ":")
    told = Signature.get_signature(CLIENT_SECRET, body.decode(), "v3", decoded, "POST", stamp)
    headers = {"x-hubspot-signature-v3": told, "x-hubspot-request-timestamp": stamp}
    return Request("POST", url, headers, body, at)


SECRETS = {"client_secret": CLIENT_SECRET}


def test_a_batch_is_read_as_the_records_to_look_at() -> None:
    body = json.dumps(payload("hubspot", "webhook_batch")).encode()
    heard = SYSTEM.heard(_v3(body), "", SECRETS)
    assert heard.hints == (
        Hint(
            Ref("contacts", "1801"),
            "1801:2426762:1705422467780:hs_lead_status:CONNECTED",
            "hs_lead_status = CONNECTED",
        ),
        Hint(
            Ref("deals", "9217"),
            "9217:2426763:1705422467999:dealstage:closedwon",
            "dealstage = closedwon",
        ),
    )
    assert heard.reply == ""


def test_merges_deals_and_strange_objects_are_read_without_anybodys_address() -> None:
    body = json.dumps(payload("hubspot", "webhook_others")).encode()
    heard = SYSTEM.heard(_v1(body), "", SECRETS)
    assert [(h.ref.object, h.ref.id, h.said) for h in heard.hints] == [
        ("contacts", "123", "creation"),
        ("contacts", "123", "email"),
        ("contacts", "123", "merge"),
        ("contacts", "999", "merge"),
        ("contacts", "456", "merge"),
        ("contacts", "789", "merge"),
        ("deals", "9217", "associationChange"),
        ("contacts", "123", "associationChange"),
    ]


def test_an_attempt_to_call_again_is_the_same_event() -> None:
    events = payload("hubspot", "webhook_batch")
    again = [each | {"attemptNumber": 4, "eventId": 7} for each in events]
    first, second = (
        SYSTEM.heard(_v1(json.dumps(some).encode()), "", SECRETS) for some in (events, again)
    )
    assert first == second


def test_the_published_signature_of_v1_is_the_one_we_expect() -> None:
    """HubSpot's own example of request validation."""
    body = (
        b'[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,'
        b'"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,'
        b'"changeSource":"CRM","changeFlag":"NEW","appId":54321}]'
    )
    published = "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"
    secret = {"client_secret": "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"}
    heard = SYSTEM.heard(_v1(body, published), "", secret)
    assert [hint.ref for hint in heard.hints] == [Ref("contacts", "123")]


def test_the_published_signature_of_v2_is_the_one_we_expect() -> None:
    """HubSpot's own example, whose body is empty: it is read no further, but it is HubSpot's."""
    published = "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"
    headers = {"x-hubspot-signature": published, "x-hubspot-signature-version": "v2"}
    request = Request("GET", "https://www.example.com/webhook_uri", headers, b"", AT)
    secret = {"client_secret": "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"}
    with pytest.raises(Unreadable):
        SYSTEM.heard(request, "", secret)
    with pytest.raises(BadSignature):
        SYSTEM.heard(replace(request, url=request.url + "x"), "", secret)


_BOTH = {**_v1(b"[]").headers, **_v3(b"[{}]").headers}


@pytest.mark.parametrize(
    ("case", "request_"),
    [
        ("tampered", replace(_v3(b"[]"), body=b"[{}]")),
        ("another address", replace(_v3(b"[]"), url=HOOK + "x")),
        ("another method", replace(_v3(b"[]"), method="PUT")),
        ("stale", _v3(b"[]", at=AT + 300_001)),
        ("from the future", _v3(b"[]", at=AT - 300_001)),
        ("no moment", _v3(b"[]", stamp="soon")),
        ("no signature", Request("POST", HOOK, {}, b"[]", AT)),
        ("tampered v1", replace(_v1(b"[]"), body=b"[{}]")),
        ("v1 beside a wrong v3", replace(_v1(b"[]"), headers=_BOTH)),
    ],
)
def test_what_hubspot_did_not_sign_is_refused(case: str, request_: Request) -> None:
    with pytest.raises(BadSignature):
        SYSTEM.heard(request_, "", SECRETS)


def test_a_wrong_secret_and_a_login_without_one_are_refused() -> None:
    with pytest.raises(BadSignature):
        SYSTEM.heard(_v3(b"[]"), "", {"client_secret": "other"})
    with pytest.raises(BadSignature, match="service key"):
        SYSTEM.heard(_v3(b"[]"), "", {"token": KEY})


def test_the_address_is_decoded_before_it_is_signed() -> None:
    url = "https://go.shop.example/hooks/int_1/s?who=a%40b.c&at=%3a&rest=%20"
    assert SYSTEM.heard(_v3(b"[]", url), "", SECRETS).hints == ()


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff"])
def test_a_signed_body_that_is_no_json_is_unreadable(body: bytes) -> None:
    signature = hashlib.sha256(CLIENT_SECRET.encode() + body).hexdigest()
    with pytest.raises(Unreadable):
        SYSTEM.heard(_v1(body, signature), "", SECRETS)


def test_json_of_another_shape_says_nothing() -> None:
    for body in (b"7", b"[7, null]", b"{}", b'[{"subscriptionType": null, "objectId": 1}]'):
        assert SYSTEM.heard(_v1(body), "", SECRETS).hints == ()


def test_a_contact_has_an_address_for_people() -> None:
    known = {"account": "HubSpot account 62515"}
    where = "https://app.hubspot.com/contacts/62515/record"
    assert SYSTEM.link(Ref("contacts", "1801"), known) == f"{where}/0-1/1801"
    assert SYSTEM.link(Ref("contacts", "1801"), {}) == ""


def test_the_project_folder_has_the_shape_that_hubspot_takes() -> None:
    project = json.loads((APP / "hsproject.json").read_text())
    app = json.loads((APP / "src/app/app-hsmeta.json").read_text())
    hooks = json.loads((APP / "src/app/webhooks/webhooks-hsmeta.json").read_text())
    assert set(project) == {"name", "srcDir", "platformVersion"}
    assert (app["type"], hooks["type"]) == ("app", "webhooks")
    assert app["config"]["distribution"] == "private"
    assert app["config"]["auth"]["type"] == "static"
    assert " ".join(app["config"]["auth"]["requiredScopes"]) == SYSTEM.logins[2].scope
    assert hooks["config"]["settings"]["targetUrl"].startswith("https://")
    told = hooks["config"]["subscriptions"]["crmObjects"]
    assert all(each["subscriptionType"].startswith("object.") for each in told)
    assert {each["objectType"] for each in told} == {"contact", "deal"}
    assert all(each["active"] for each in told)
    target = SYSTEM.targets[0]
    watched = {each.get("propertyName") for each in told}
    assert {target.status, target.stage} <= watched
