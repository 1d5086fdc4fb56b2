"""Salesforce: what its answers and its flows' messages mean."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from doubles.salesforce import acknowledged
from goodword.integrations.base import BadSignature, Hint, Request, Unreadable
from goodword.integrations.salesforce import Salesforce
from goodword.lifecycle.account import values_of
from goodword.lifecycle.connect import install
from goodword.lifecycle.set_up import Refused
from goodword.model import Ref
from integrations.calls import HOOK, PAYLOADS
from lifecycle.world import world

SYSTEM = Salesforce()
MESSAGE = (PAYLOADS / "salesforce" / "outbound_message.xml").read_bytes()
KNOWN = {"id": "https://login.salesforce.com/id/00De0000005dYyREAU/005e0000001fNKMAA2"}


def _request(body: bytes) -> Request:
    return Request("POST", HOOK, {"content-type": "text/xml; charset=utf-8"}, body, 1)


def test_a_message_says_where_to_look_and_is_acknowledged() -> None:
    heard = SYSTEM.heard(_request(MESSAGE), "", KNOWN)
    assert heard.hints == (
        Hint(
            Ref("Lead", "00Qe000000Abc12EAB"),
            "04le0000004lnFFAAY:00Qe000000Abc12EAB",
            "Status = Qualified",
        ),
        Hint(
            Ref("Opportunity", "006e000000Xyz34EAC"),
            "04le0000004lnFGAAY:006e000000Xyz34EAC",
            "changed",
        ),
    )
    assert heard.facts == ()
    assert heard.reply_type == "text/xml"
    assert acknowledged(heard.reply)


def test_the_acknowledgement_is_the_documented_one() -> None:
    said = ElementTree.fromstring(SYSTEM.heard(_request(MESSAGE), "", KNOWN).reply)
    names = [each.tag for each in said.iter()]
    soap, outbound = (
        "http://schemas.xmlsoap.org/soap/envelope/",
        "http://soap.sforce.com/2005/09/outbound",
    )
    assert names == [
        f"{{{soap}}}Envelope",
        f"{{{soap}}}Body",
        f"{{{outbound}}}notificationsResponse",
        f"{{{outbound}}}Ack",
    ]


def test_15_characters_of_an_id_are_the_same_organization_as_18() -> None:
    short = MESSAGE.replace(b"00De0000005dYyREAU", b"00De0000005dYyR")
    assert SYSTEM.heard(_request(short), "", KNOWN).hints


@pytest.mark.parametrize(
    ("body", "known"),
    [
        (MESSAGE.replace(b"00De0000005dYyREAU", b"00De0000005dYyrEAU"), KNOWN),
        (MESSAGE.replace(b"<OrganizationId>00De0000005dYyREAU</OrganizationId>", b""), KNOWN),
        (MESSAGE, {}),
        (MESSAGE, {"id": "https://login.salesforce.com/id/"}),
        (b"<a/>", KNOWN),
    ],
)
def test_a_message_of_another_organization_is_refused(body: bytes, known: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        SYSTEM.heard(_request(body), "", known)


_BOMB = b"""<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>"""
_FETCH = b"""<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>"""
_THING = b"""<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>"""


@pytest.mark.parametrize("body", [_BOMB, _FETCH, _THING])
def test_a_document_type_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable, match="document type"):
        SYSTEM.heard(_request(body), "", KNOWN)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        MESSAGE[:-20],
        b"<a>&nope;</a>",
        b'<?xml version="1.0" encoding="nope"?><a/>',
        b"\xff\xfe",
        b"<a xmlns:x='y'><z:b/></a>",
    ],
)
def test_what_is_no_message_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        SYSTEM.heard(_request(body), "", KNOWN)


def test_a_very_deep_message_does_no_harm() -> None:
    deep = b"<a>" * 50_000 + b"</a>" * 50_000
    with pytest.raises(BadSignature):
        SYSTEM.heard(_request(deep), "", KNOWN)


def test_a_record_has_an_address_for_people() -> None:
    ref = Ref("Lead", "00Qe000000Abc12EAB")
    assert SYSTEM.link(ref, {"instance_url": "https://acme.my.salesforce.com"}) == (
        "https://acme.my.salesforce.com/00Qe000000Abc12EAB"
    )
    assert SYSTEM.link(ref, {}) == ""


def test_the_acknowledgement_does_not_depend_on_what_was_told() -> None:
    strange = MESSAGE.replace(b"sf:Lead", b"sf:Case").replace(b"sf:Opportunity", b"sf:Task")
    heard = SYSTEM.heard(_request(strange), "", KNOWN)
    assert heard.hints == ()
    usual = SYSTEM.heard(_request(MESSAGE), "", KNOWN)
    assert (heard.reply, heard.reply_type) == (usual.reply, usual.reply_type)


async def test_of_my_domain_only_the_name_is_kept(database_url: str) -> None:
    login = SYSTEM.logins[0]
    typed = {"client_id": "id-1", "client_secret": "secret-1"}
    async with world(database_url) as w:
        pasted = {**typed, "domain": "https://Acme.my.salesforce.com/lightning/setup/"}
        made = await install(w.context, w.campaign, SYSTEM, login, pasted, "boss@example.com")
        assert values_of(w.context, made)["domain"] == "acme.my.salesforce.com"
        for wrong in ("acme", "https://", "acme.com?x=", "a b.com", "user@acme.com"):
            with pytest.raises(Refused, match=r"acme\.my\.salesforce\.com"):
                await install(
                    w.context, w.campaign, SYSTEM, login, {**typed, "domain": wrong}, "boss"
                )
