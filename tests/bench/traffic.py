"""Requests as browsers send them, made ahead: many user agents, many addresses."""

from __future__ import annotations

import itertools
import json

SYSTEMS = (
    "Windows NT 10.0; Win64; x64",
    "Macintosh; Intel Mac OS X 10_15_7",
    "X11; Linux x86_64",
    "Linux; Android 14; Pixel 8",
    "Linux; Android 13; SM-S911B",
    "Linux; Android 15; SM-A556B",
)
CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.{}.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 ({}; rv:{}.0) Gecko/20100101 Firefox/{}.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS {}_{} like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/{}.{} Mobile/15E148 Safari/604.1"
)
DISTINCT = 1000


def user_agents() -> list[str]:
    """About 500 different ones of real shapes."""
    chrome = [CHROME.format(s, v, b) for s in SYSTEMS for v in range(110, 140) for b in (0, 6099)]
    firefox = [FIREFOX.format(s, v, v) for s in SYSTEMS[:3] for v in range(115, 140)]
    safari = [SAFARI.format(v, m, v, m) for v in range(14, 19) for m in range(8)]
    return chrome + firefox + safari


def hits(site_key: str, origin: str, codes: list[str]) -> list[str]:
    """`POST /e` with a hit each, of different pages, codes, browsers and addresses."""
    return [
        _request(
            f"POST /e HTTP/1.1\r\nOrigin: {origin}", agent, number, _hit(site_key, code, number)
        )
        for number, agent, code in _mixed(codes)
    ]


def gets(path: str) -> list[str]:
    """`GET path` by different browsers."""
    head = f"GET {path} HTTP/1.1\r\nSec-Fetch-Dest: document"
    return [_request(head, agent, number) for number, agent, _ in _mixed([""])]


def _mixed(codes: list[str]) -> list[tuple[int, str, str]]:
    agents, names = itertools.cycle(user_agents()), itertools.cycle(codes)
    return [(number, next(agents), next(names)) for number in range(DISTINCT)]


def _hit(site_key: str, code: str, number: int) -> str:
    url = f"https://shop.example/notebooks/{number}?ref={code}&utm_source=newsletter"
    return json.dumps(
        {"v": 1, "s": site_key, "e": "hit", "c": code, "u": url, "r": "https://news.example/"}
    )


def _request(head: str, agent: str, number: int, body: str | None = None) -> str:
    address = f"2001:db8:{number:x}::1"
    lines = [head, "Host: go.shop.example", f"User-Agent: {agent}", f"X-Forwarded-For: {address}"]
    lines += ["Accept: */*", "Accept-Encoding: gzip, br", "Accept-Language: en-GB,en;q=0.9"]
    if body is not None:
        lines += ["Content-Type: text/plain;charset=UTF-8", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines) + "\r\n\r\n" + (body or "")
