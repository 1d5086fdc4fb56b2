"""A mail as it travels: no name ends a header or begins another, whatever is typed."""

from __future__ import annotations

from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.notifications.email import BadAddress, Envelope, compose, read_address
from goodword.notifications.fill import fill

STOP = "https://go.shop.example/unsubscribe/x?a=1&b=2"
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Content-Type",
]
NASTY = st.text(max_size=80) | st.sampled_from(
    ["x\r\nBcc: all@example.com", "x\n\nbody", '"<a@b.c>', "x\x0bBcc: y", "=?utf-8?q?x?=", "x,y;z"]
)


def mail(name: str = "Ada", campaign: str = "Shop", friend: str = "Grace") -> EmailMessage:
    envelope = Envelope(
        message_id="msg_1",
        sender=read_address(campaign, "hello@shop.example"),
        to=read_address(name, "ada@example.com"),
        at=1_795_000_000_000,
        unsubscribe=STOP,
    )
    said = {"friend": friend, "link": "https://shop.example/?ref=A"}
    return compose(envelope, fill("{{friend}} is here", "{{friend}}\n\n{{link}}", said), "Why.")


def received(sent: EmailMessage) -> EmailMessage:
    """The mail as somebody gets it over the wire."""
    came = message_from_bytes(sent.as_bytes(policy=SMTP), policy=default)
    assert isinstance(came, EmailMessage)
    return came


@given(NASTY, NASTY, NASTY)
def test_no_name_makes_a_header_or_another_recipient(name: str, campaign: str, friend: str) -> None:
    came = received(mail(name, campaign, friend))
    assert came.keys() == HEADERS
    assert [each.addr_spec for each in came["To"].addresses] == ["ada@example.com"]
    assert [each.addr_spec for each in came["From"].addresses] == ["hello@shop.example"]
    assert came["Message-ID"] == "<msg_1@shop.example>"


def test_both_bodies_say_the_same_and_how_to_stop_it() -> None:
    came = received(mail())
    plain, html = came.get_body(("plain",)), came.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert came.get_content_type() == "multipart/alternative"
    for body in (plain.get_content(), html.get_content()):
        assert "Grace" in body
        assert "Why." in body
    assert STOP in plain.get_content()
    assert f'href="{STOP.replace("&", "&amp;")}"' in html.get_content()
    assert came["List-Unsubscribe"] == f"<{STOP}>"
    assert came["Date"].datetime.isoformat() == "2026-11-18T11:06:40+00:00"


def test_an_address_of_any_script_is_written_as_mail_servers_know_it() -> None:
    assert str(read_address("Zoë", "zoe@bücher.example")) == "Zoë <zoe@xn--bcher-kva.example>"
    assert read_address("", "zoë@example.com") == Address("", "zoë", "example.com")


@pytest.mark.parametrize("email", ["", "a@" + "x" * 70 + ".example", "a\r\nb@example.com"])
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(BadAddress):
        read_address("Ada", email)
