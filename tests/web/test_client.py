"""The sender's address: believed only as far as the proxies are trusted."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from goodword.web.client import Senders, cookie_value
from goodword.web.limits import Limit, caller_of

TRUSTED = (ip_network("127.0.0.1/32"), ip_network("10.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.1", "", "203.0.113.1"),
        ("203.0.113.1", "198.51.100.7", "203.0.113.1"),
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "198.51.100.7, 10.1.2.3", "198.51.100.7"),
        ("127.0.0.1", "10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
        ("127.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("127.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "6.6.6.6, unknown, 10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "<script>", "127.0.0.1"),
        ("127.0.0.1", ",,,", "127.0.0.1"),
        ("::1", "198.51.100.7", "198.51.100.7"),
        ("", "198.51.100.7", ""),
    ],
)
def test_the_walk_from_the_right_stops_at_the_first_stranger(
    peer: str, forwarded: str, address: str
) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    assert Senders(TRUSTED).read({"headers": headers, "client": (peer, 1)}).address == address


def test_a_header_that_comes_twice_is_one_list() -> None:
    headers = [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"198.51.100.7")]
    client = Senders(TRUSTED).read({"headers": headers, "client": ("127.0.0.1", 1)})
    assert client.address == "198.51.100.7"


def test_without_trusted_proxies_no_header_is_believed() -> None:
    headers = [(b"x-forwarded-for", b"198.51.100.7")]
    assert Senders(()).read({"headers": headers, "client": ("127.0.0.1", 1)}).address == "127.0.0.1"


def test_one_cookie_is_found_among_many() -> None:
    assert cookie_value("a=1; _gw_x=TOKEN; b=2", "_gw_x") == "TOKEN"
    assert cookie_value("a=1", "_gw_x") == ""


def test_an_allowance_is_a_burst_and_then_a_pace() -> None:
    limit = Limit(60)
    assert [limit.wait("a", 0.0) for _ in range(60)] == [0.0] * 60
    assert limit.wait("a", 0.0) == pytest.approx(1.0)
    assert limit.wait("b", 0.0) == 0.0
    assert limit.wait("a", 1.0) == 0.0


def test_no_allowance_is_no_limit() -> None:
    limit = Limit(0)
    assert {limit.wait("a", 0.0) for _ in range(1000)} == {0.0}


def test_one_ipv6_customer_is_one_caller() -> None:
    assert caller_of("2001:db8:1:2::3") == caller_of("2001:db8:1:2:ffff::9")
    assert caller_of("203.0.113.1") == "203.0.113.1"
