"""Tag health in words: each origin of a campaign, how its tag fares, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from goodword.campaigns.decide import allows_origin
from goodword.clock import DAY
from goodword.lifecycle.context import Context
from goodword.model import Campaign
from goodword.stats import tag_health
from goodword.stats.decide import ELSEWHERE, OTHER, Advice, Health, Way, advise, fortnight, healths
from goodword.web.admin_words import number
from goodword.web.versions import CURRENT

_SHOWN = 20
_PLACES = {
    "": "Your server, and pages that name no origin",
    "*": "Further origins, counted together",
}
_WAYS = {
    Way.BOTH: "cookie and localStorage",
    Way.COOKIE: "cookie alone",
    Way.STORAGE: "localStorage alone",
    Way.MEMORY: "memory of the page",
    Way.UNTOLD: "token, from where is not told",
    Way.FORM: "form or server",
    Way.CODE: "code alone",
    Way.SIGNED: "signed order alone",
}
_STORAGE = {
    Way.BOTH: "Works: cookie and localStorage",
    Way.COOKIE: "Cookie only: localStorage is barred or full",
    Way.STORAGE: "localStorage only: the cookie is blocked",
    Way.MEMORY: "Nothing is kept beyond the page",
}
ADVICE = {
    Advice.SILENT: "Silent for longer than chance explains. See whether the tag is still on these"
    " pages and loads there, then walk through a test link.",
    Advice.NO_STORAGE: "Most reports come from pages where the browser kept nothing. Take the tag"
    " out of sandboxed frames, and see that no consent tool clears the entry _gw_{key}.",
    Advice.COOKIE_BLOCKED: "The cookie is blocked: the referral can't follow to other sub-domains."
    " Let your consent tool allow the cookie _gw_{key}; if the tag has data-domain, it must be"
    " these pages' own domain.",
    Advice.TOKEN_LOST: "Friends come and orders come, but never one with the other: the referral"
    " does not get to these pages. Where they are on another domain than the landing page, name"
    ' them on the landing page\'s tag, data-links="{host}", then walk through a test link.',
    Advice.UNKNOWN_VERSION: "This server never released that version. Let these pages take the"
    " script from here, or bring this server up to date.",
    Advice.OLD_VERSION: "Not the current version. A tag that names gw.js takes the new one by"
    " itself within a day; one with a fixed version needs the new line from above.",
    Advice.NO_VISITS: "Conversions are reported, but no visit in 30 days. If friends have used"
    " their links, the tag is missing where they land: {landing}",
    Advice.NO_CONVERSIONS: "Visits and leads came in the last 14 days, but not one conversion"
    " report, not even of a buyer whom nobody referred. Your thank-you page never reports: put the"
    " tag and the conversion on it.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One origin as the page shows it; `last_at` is None where the tag was never seen. What is
    no `page` has no version and no storage."""

    title: str
    page: bool = True
    last_at: int | None = None
    version: str = ""
    storage: str = ""
    ways: tuple[str, ...] = ()
    without: str = ""
    private: str = ""
    advice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """All of it: `advice` concerns the campaign as a whole, `more` origins are not shown."""

    lines: Sequence[Line]
    advice: Sequence[str]
    more: int

    @property
    def seen(self) -> bool:
        return any(line.last_at for line in self.lines)


async def board(context: Context, campaign: Campaign) -> Board:
    now = context.now()
    async with context.storage.read() as db:
        found = await tag_health.sightings(db, campaign.id, now)
        converted_at = await tag_health.last_conversion_at(db, campaign.id)
    latest = fortnight(found, converted_at is not None and converted_at > now - 14 * DAY)
    seen = [
        health
        for health in healths(found)
        if health.origin in ELSEWHERE or allows_origin(campaign, health.origin)
    ]
    advice = advise(seen, latest, CURRENT, now)
    lines = [_line(campaign, health, advice.get(health.origin, [])) for health in _pages(seen)]
    lines += [Line(origin) for origin in _unseen(campaign, seen)]
    whole = [_said(campaign, each) for each in advice[""]]
    return Board(lines[:_SHOWN], whole, max(0, len(lines) - _SHOWN))


def _pages(seen: list[Health]) -> list[Health]:
    """Pages first, what is no page last."""
    return sorted(seen, key=lambda health: health.origin in ELSEWHERE)


def _unseen(campaign: Campaign, seen: list[Health]) -> list[str]:
    """The campaign's origins and patterns of which no page was ever seen."""
    return [
        pattern
        for pattern in campaign.origins
        if not any(
            allows_origin(replace(campaign, origins=(pattern,)), health.origin) for health in seen
        )
    ]


def _line(campaign: Campaign, health: Health, advice: list[Advice]) -> Line:
    return Line(
        title=_PLACES.get(health.origin, health.origin),
        page=health.origin not in ELSEWHERE,
        last_at=health.last_at,
        version=_version(health.version),
        storage=_storage(health),
        ways=_ways(health),
        without=_share(health.without_token, health.conversions.total()),
        private=_share(health.visits[Way.GPC], health.made),
        advice=tuple(_said(campaign, each, health.origin) for each in advice),
    )


def _said(campaign: Campaign, advice: Advice, origin: str = "") -> str:
    host = origin.partition("://")[2].partition(":")[0]
    return ADVICE[advice].format(key=campaign.site_key, landing=campaign.landing, host=host)


def _version(version: str) -> str:
    if version == OTHER:
        return "Not one of this server's"
    if version in CURRENT:
        return f"{version}, the current one"
    current = " or ".join(sorted(CURRENT))
    return f"{version}; the current one is {current}" if version else ""


def _storage(health: Health) -> str:
    """What most leads and conversions tell."""
    told = {way: health.ways[way] for way in _STORAGE if health.ways[way]}
    if not told:
        return ""
    return _STORAGE[max(told, key=lambda way: told[way])]


def _ways(health: Health) -> tuple[str, ...]:
    counts = {_WAYS[way]: n for way, n in health.ways.items() if way in _WAYS}
    counts["link"] = health.visits[Way.LINK]
    often = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return tuple(f"{name}: {number(n)}" for name, n in often if n)


def _share(part: int, whole: int) -> str:
    """`3 of 40`; empty where there is nothing to be a part of."""
    return f"{number(part)} of {number(whole)}" if whole else ""
