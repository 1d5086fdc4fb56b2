"""The only way out: public addresses alone, in whatever disguise a private one comes."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Any

import pytest

from goodword.outbound import Forbidden, Outbound, Unreachable, may_call
from receiver import answer, listening

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
PRIVATE = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
]
PUBLIC = ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"]


@pytest.mark.parametrize("text", PRIVATE)
def test_a_private_address_is_not_called(text: str) -> None:
    assert not may_call(ipaddress.ip_address(text), ())


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is(text: str) -> None:
    assert may_call(ipaddress.ip_address(text), ())


@pytest.mark.parametrize("text", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_an_address_that_is_allowed_by_name_is_called(text: str) -> None:
    assert may_call(ipaddress.ip_address(text), LOOPBACK)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://user:secret@127.0.0.1/",
        "http://93.184.216.34/",
        "ftp://93.184.216.34/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "//93.184.216.34/",
        "https://",
        "https://93.184.216.34:99999/",
        "",
    ],
)
async def test_what_may_not_be_called_is_refused_at_save_and_at_send(url: str) -> None:
    async with Outbound() as outbound:
        with pytest.raises(Forbidden):
            await outbound.check(url)
        with pytest.raises(Forbidden):
            await outbound.call("POST", url, headers={})


async def test_a_name_that_changes_its_mind_gains_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS rebinding: public when the address is saved, private when it is called."""
    answers = ["93.184.216.34", "127.0.0.1"]

    async def resolve(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), 443))]

    async with Outbound() as outbound:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
        await outbound.check("https://hooks.example.com/")
        with pytest.raises(Forbidden, match="private"):
            await outbound.call("POST", "https://hooks.example.com/", headers={})


async def test_one_private_address_among_many_is_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def resolve(*_: Any, **__: Any) -> list[Any]:
        both = ("93.184.216.34", "10.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in both]

    async with Outbound() as outbound:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
        with pytest.raises(Forbidden):
            await outbound.check("https://hooks.example.com/")


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with listening() as receiver, Outbound(LOOPBACK) as outbound:
        receiver.answers = lambda _: answer(302, location=receiver.url)
        found = await outbound.call("POST", receiver.url, headers={})
        assert (found.status, found.ok, len(receiver.got)) == (302, False, 1)


async def test_a_call_brings_its_body_and_headers() -> None:
    async with listening() as receiver, Outbound(LOOPBACK) as outbound:
        receiver.answers = lambda _: answer(200, "thanks", retry_after="7")
        found = await outbound.call(
            "POST", receiver.url, headers={"webhook-id": "msg_1"}, content="Zoë".encode()
        )
        [got] = receiver.got
        assert (got.path, got.headers["webhook-id"], got.body) == ("/hook", "msg_1", "Zoë")
        assert (found.ok, found.text, found.headers["retry-after"]) == (True, "thanks", "7")


async def test_a_long_answer_is_cut() -> None:
    async with listening() as receiver, Outbound(LOOPBACK) as outbound:
        receiver.answers = lambda _: answer(200, "x" * 200_000)
        assert len((await outbound.call("GET", receiver.url, headers={})).text) == 65_536


@pytest.mark.parametrize("said", [None, b"nonsense\r\n\r\n"])
async def test_no_answer_is_told(said: bytes | None) -> None:
    async with listening() as receiver, Outbound(LOOPBACK) as outbound:
        receiver.answers = lambda _: said
        with pytest.raises(Unreachable):
            await outbound.call("POST", receiver.url, headers={})


async def test_nobody_listening_and_no_answer_in_time_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("goodword.outbound.TIME", 0.2)
    async with listening() as receiver, Outbound(LOOPBACK) as outbound:
        receiver.answers = lambda _: b""
        with pytest.raises(Unreachable, match="no answer within"):
            await outbound.call("POST", receiver.url, headers={})
        with pytest.raises(Unreachable):
            await outbound.call("POST", "http://127.0.0.1:1/", headers={})
