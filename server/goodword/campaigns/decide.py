"""What a campaign allows: origins, addresses, names, numbers. Data in, data out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from goodword.model import Campaign, Evidence, read_currency

DAY = 86_400_000
LARGEST = 10**15
"""The most minor units that an amount can be."""

LONGEST_WINDOW = 400
MOST_REWARDS = 100_000
LAST_BATCH_DAY = 28
MOST_PARAMS = 8
USUAL_PARAMS = ("ref", "via")
"""What the tag looks for by itself."""

_OURS = {"lead", "_gw", "to"}
_PARAM = re.compile(r"[A-Za-z0-9_.-]{1,40}")

_ORIGIN = re.compile(
    r"(https?)://(\*\.)?((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)"
    r"(?::(\d{1,5}|\*))?"
)

_NAME = re.compile(r"\.[a-z][a-z0-9-]*(?::\d+)?$")
"""A host that ends in a name, not in the digits of an address."""


class BadCampaign(ValueError):
    """What an owner set can't be used; `field` names it, the message says what is allowed."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def read_origin(text: str) -> str:
    """One spelling of an origin or a pattern of origins; `BadCampaign` when it is none."""
    spelled = text.strip().lower().rstrip("/")
    match = _ORIGIN.fullmatch(spelled)
    if match is None:
        raise BadCampaign(
            "origin",
            f"{text!r} is no origin: write scheme and host, such as https://shop.example,"
            " https://*.shop.example or http://localhost:*",
        )
    scheme, wildcard, host, port = match.groups()
    default = {"http": "80", "https": "443"}[scheme]
    kept_port = "" if port in (None, default) else f":{port}"
    return f"{scheme}://{wildcard or ''}{host}{kept_port}"


def allows_origin(campaign: Campaign, origin: str) -> bool:
    """Whether a page of this origin may report: named, its www/apex twin, or by a pattern."""
    return any(_matches(pattern, origin) for pattern in campaign.origins)


def _matches(pattern: str, origin: str) -> bool:
    if origin == pattern or _twin(origin) == pattern:
        return True
    scheme, _, rest = pattern.partition("://")
    given_scheme, _, given = origin.partition("://")
    if scheme != given_scheme:
        return False
    host, _, port = rest.partition(":")
    given_host, _, given_port = given.partition(":")
    if port != given_port and not (port == "*" and (given_port or ":" not in given)):
        return False
    if host.startswith("*."):
        return given_host.endswith(host[1:]) and len(given_host) > len(host) - 1
    return host == given_host


def _twin(origin: str) -> str:
    scheme, _, rest = origin.partition("://")
    return f"{scheme}://{rest[4:]}" if rest.startswith("www.") else f"{scheme}://www.{rest}"


@lru_cache(1024)
def framing_origins(campaign: Campaign) -> tuple[str, ...]:
    """The campaign's origins and their www/apex twins, as CSP's frame-ancestors spells them."""
    named = (origin for origin in campaign.origins if "*" not in origin and _NAME.search(origin))
    twins = (_twin(origin) for origin in named)
    return tuple(dict.fromkeys([*campaign.origins, *twins]))


def allows_landing(campaign: Campaign, url: str) -> bool:
    """Whether a link may lead there: http(s), and of the campaign's origins or its landing."""
    origin = origin_of(url)
    return origin is not None and (
        origin == origin_of(campaign.landing) or allows_origin(campaign, origin)
    )


def origin_of(url: str) -> str | None:
    """The origin of a plain http(s) address; None for everything that parsers disagree on."""
    if not url.isascii() or any(mark in url for mark in "\\@ \t\r\n\0"):
        return None
    try:
        parts = urlsplit(url)
        return read_origin(f"{parts.scheme}://{parts.netloc}") if parts.netloc else None
    except ValueError:
        return None


@lru_cache(1024)
def is_local(campaign: Campaign) -> bool:
    """Whether every page of the campaign is on its developer's own machine."""
    hosts = {pattern.partition("://")[2].partition(":")[0] for pattern in campaign.origins}
    return hosts <= {"localhost", "127.0.0.1"}


def cookie_domain(campaign: Campaign, host: str, registrable: str | None) -> str | None:
    """How wide the token's cookie may be: the registrable domain where an origin covers it."""
    if registrable is None or not (host == registrable or host.endswith("." + registrable)):
        return None
    covering = (registrable, "www." + registrable, "*." + registrable)
    hosts = {pattern.partition("://")[2].partition(":")[0] for pattern in campaign.origins}
    return registrable if hosts.intersection(covering) else None


def read_name(text: str) -> str:
    """What the campaign is called, on one line. `BadCampaign` when it is nothing."""
    name = " ".join(text.split())[:100]
    if not name or not name.isprintable():
        raise BadCampaign("name", "a campaign needs a name")
    return name


def read_origins(texts: Iterable[str]) -> tuple[str, ...]:
    """The origins in their one spelling, each once. `BadCampaign` when there is none."""
    origins = tuple(dict.fromkeys(map(read_origin, texts)))
    if not origins:
        raise BadCampaign("origin", "a campaign needs the origin of its site")
    return origins


def read_landing(text: str, origin: str) -> str:
    """The page that links lead to, the top of `origin` when nothing is said. `BadCampaign`."""
    landing = text.strip() or (origin.replace("://*.", "://").replace(":*", "") + "/")
    if origin_of(landing) is None or urlsplit(landing).fragment or not landing.isprintable():
        raise BadCampaign(
            "landing", f"{landing!r} is no address such as https://shop.example/welcome"
        )
    return landing


def read_params(texts: Iterable[str]) -> tuple[str, ...]:
    """The query parameters of old links, each once. `BadCampaign` for what can be none."""
    params = tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
    wrong = next((each for each in params if not _PARAM.fullmatch(each) or each in _OURS), None)
    if wrong is not None:
        raise BadCampaign(
            "params", f"{wrong!r} can't be one: write names such as grsf, without ? and ="
        )
    if len(params) > MOST_PARAMS:
        raise BadCampaign("params", f"write at most {MOST_PARAMS}")
    return params


def tag_params(campaign: Campaign) -> str:
    """What the tag's `data-params` must say for old links to work; empty where nothing."""
    more = [each for each in campaign.params if each not in USUAL_PARAMS]
    return ",".join((*USUAL_PARAMS, *more)) if more else ""


def check_numbers(campaign: Campaign) -> Campaign:
    """The campaign whose window, least evidence and limits can be used; else `BadCampaign`."""
    if not DAY <= campaign.window <= LONGEST_WINDOW * DAY:
        raise BadCampaign("window", f"write a number of days from 1 to {LONGEST_WINDOW}")
    if read_currency(campaign.currency) != campaign.currency:
        raise BadCampaign("currency", "write three letters of a currency, such as EUR or USD")
    if campaign.least_evidence < Evidence.TOKEN:
        raise BadCampaign("least_evidence", "a bare code from a browser is never enough")
    if not _within(campaign.cap, MOST_REWARDS):
        raise BadCampaign("cap", f"write a number from 1 to {MOST_REWARDS}, or none")
    if not _within(campaign.batch_day, LAST_BATCH_DAY):
        raise BadCampaign("batch_day", f"write a day from 1 to {LAST_BATCH_DAY}, or none")
    for field, amount in (("budget", campaign.budget), ("second_eyes", campaign.second_eyes)):
        if not _within(amount, LARGEST):
            raise BadCampaign(field, "write an amount above zero, or none")
    return campaign


def _within(number: int | None, most: int) -> bool:
    return number is None or 1 <= number <= most


def slug_of(name: str, taken: Iterable[str]) -> str:
    """A short name for addresses that no other campaign has: `Demo shop` is `demo-shop`."""
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "campaign"
    used = set(taken)
    return next(
        slug
        for slug in (base, *(f"{base}-{number}" for number in range(2, len(used) + 3)))
        if slug not in used
    )
