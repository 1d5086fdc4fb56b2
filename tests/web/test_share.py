"""Whatever a message says, each way of sharing carries it and the link whole, and nothing else."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from goodword.web.share import targets

LINK = "https://go.shop.example/c/shop/ADA?a=1&b=2#x"
MESSAGES = [
    "Try it",
    "",
    "50 % off & more: \"a\" <b> 'c' + #d",
    "Grüße 🎁",
    "x\r\nBcc: y@z.example",
]


@pytest.mark.parametrize("message", MESSAGES)
def test_the_link_and_the_message_arrive_as_they_are(message: str) -> None:
    for each in targets(LINK, message, "Shop & Co"):
        parts = urlsplit(each.url)
        assert parts.scheme == ("mailto" if each.own else "https")
        assert each.url.isascii()
        assert not set(' "<>\r\n').intersection(each.url)
        query = {name: value[0] for name, value in parse_qs(parts.query).items()}
        match each.name:
            case "E-mail":
                assert query == {"subject": "Shop & Co", "body": f"{message}\r\n\r\n{LINK}\r\n"}
                assert "+" not in parts.query, "mail programs show a plus as it is"
                assert parts.path == ""
            case "WhatsApp":
                assert query["text"] == f"{message} {LINK}".strip()
            case "X":
                assert query["url"] == LINK
                assert query.get("text", "") == message
            case "LinkedIn":
                assert query == {"url": LINK}
            case "Facebook":
                assert query == {"u": LINK}


def test_only_the_five_that_are_named_are_reached() -> None:
    hosts = [urlsplit(each.url).hostname for each in targets(LINK, "", "Shop")]
    assert hosts == [None, "wa.me", "x.com", "www.linkedin.com", "www.facebook.com"]
    assert unquote(targets(LINK, "", "")[4].url).endswith(LINK)
