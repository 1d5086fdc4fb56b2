"""Tag health: what a report says of the page it came from, and what an owner should do about it.

A tag is heard only when somebody comes through a link or reports something: silence says little
on a quiet site, so every rule waits until there is enough to go by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from goodword.model import ReportKind

HIT = "hit"
OTHER = "other"
"""A version that this server never released."""
ELSEWHERE = ("", "*")
"""Not one page: the site's own server and pages that name no origin; origins beyond the limit."""

_DAY = 24 * 60 * 60 * 1000
_QUIET = 3 * _DAY
_EXPECTED = 7
_ENOUGH = 5
_MANY = 20
_VERY_MANY = 100


class Way(StrEnum):
    """How a visit came, or how a lead or conversion brought its referral along."""

    PAGE = "page"
    LINK = "link"
    GPC = "gpc"
    COOKIE = "cookie"
    STORAGE = "storage"
    BOTH = "both"
    MEMORY = "memory"
    UNTOLD = "untold"
    FORM = "form"
    CODE = "code"
    SIGNED = "signed"
    NONE = "none"


_KEPT = (Way.MEMORY, Way.COOKIE, Way.STORAGE, Way.BOTH)
_STORED = (Way.COOKIE, Way.STORAGE, Way.BOTH)
_WITH_TOKEN = (*_KEPT, Way.UNTOLD, Way.FORM)


class Advice(StrEnum):
    """What is wrong, by its remedy."""

    SILENT = "silent"
    NO_STORAGE = "no_storage"
    COOKIE_BLOCKED = "cookie_blocked"
    TOKEN_LOST = "token_lost"  # noqa: S105 (a word, no secret)
    UNKNOWN_VERSION = "unknown_version"
    OLD_VERSION = "old_version"
    NO_VISITS = "no_visits"
    NO_CONVERSIONS = "no_conversions"


def way_of_visit(*, made: bool, linked: bool, private: bool) -> Way:
    """`made`: there was a hit; `linked`: its token came in the address; `private`: under GPC."""
    if not made:
        return Way.NONE
    if private:
        return Way.GPC
    return Way.LINK if linked else Way.PAGE


def way_of_report(*, token: bool, code: bool, signed: bool, kept: int | None) -> Way:
    """`kept` is where the browser has the token: 1 cookie, 2 localStorage, 3 both, 0 neither;
    None when the script does not tell."""
    if token:
        return Way.UNTOLD if kept is None else _KEPT[kept & 3]
    if code:
        return Way.CODE
    return Way.SIGNED if signed else Way.NONE


@dataclass(frozen=True, slots=True)
class Sighting:
    """How often one kind of report came from one origin: in 90, 30 and 14 days; milliseconds."""

    origin: str
    event: str
    way: Way
    version: str
    count: int
    month: int
    fortnight: int
    first_day: int
    last_at: int


@dataclass(slots=True)
class Health:
    """What is known of the tag at one origin. Counts are of 30 days where nothing else is said."""

    origin: str
    first_day: int = 0
    last_at: int = 0
    reports: int = 0
    version: str = ""
    visits: Counter[Way] = field(default_factory=Counter)
    ways: Counter[Way] = field(default_factory=Counter)
    conversions: Counter[Way] = field(default_factory=Counter)

    @property
    def made(self) -> int:
        """Visits that were hits."""
        return self.visits.total() - self.visits[Way.NONE]

    @property
    def with_token(self) -> int:
        return sum(self.ways[way] for way in _WITH_TOKEN)

    @property
    def without_token(self) -> int:
        return self.conversions[Way.NONE]


@dataclass(frozen=True, slots=True)
class Fortnight:
    """What came by the tag in 14 days, and whether conversions came by any door at all."""

    visits: int
    leads: int
    conversions: int
    since: int
    converted: bool


def healths(found: Iterable[Sighting]) -> list[Health]:
    """One for each origin, the last heard first."""
    by_origin: dict[str, Health] = {}
    for each in sorted(found, key=lambda sighting: sighting.last_at):
        health = by_origin.setdefault(each.origin, Health(each.origin, each.first_day))
        health.first_day = min(health.first_day, each.first_day)
        health.last_at = each.last_at
        health.reports += each.count
        health.version = each.version or health.version
        if each.event == HIT:
            health.visits[each.way] += each.month
        else:
            health.ways[each.way] += each.month
        if each.event == ReportKind.CONVERT:
            health.conversions[each.way] += each.month
    return sorted(by_origin.values(), key=lambda health: (-health.last_at, health.origin))


def fortnight(found: Sequence[Sighting], converted: bool) -> Fortnight:
    """`converted`: a conversion came by whatever door in these 14 days."""
    counts = Counter[str]()
    for each in found:
        counts[each.event] += each.fortnight if each.event != HIT or each.way != Way.NONE else 0
    return Fortnight(
        visits=counts[HIT],
        leads=counts[ReportKind.LEAD],
        conversions=counts[ReportKind.CONVERT],
        since=min((each.first_day for each in found), default=0),
        converted=converted,
    )


def advise(
    found: Sequence[Health], latest: Fortnight, current: Collection[str], now: int
) -> Mapping[str, list[Advice]]:
    """What to do, by origin; what concerns no single one stands under the empty origin.
    `current` has the newest version of each script."""
    visits = sum(health.made for health in found)
    advice = {
        health.origin: _of_origin(health, visits, current, now)
        for health in found
        if health.origin not in ELSEWHERE
    }
    return advice | {"": _of_campaign(found, latest, now)}


def _of_campaign(found: Sequence[Health], latest: Fortnight, now: int) -> list[Advice]:
    without = sum(health.without_token for health in found)
    with_token = sum(health.with_token for health in found)
    landed = sum(health.visits.total() for health in found)
    if without >= _ENOUGH and not with_token and not landed:
        return [Advice.NO_VISITS]
    heard = latest.visits and latest.leads and now - latest.since >= 14 * _DAY
    if heard and not latest.conversions and not latest.converted:
        return [Advice.NO_CONVERSIONS]
    return []


def _of_origin(health: Health, visits: int, current: Collection[str], now: int) -> list[Advice]:
    advice = []
    if _is_silent(health, now):
        advice.append(Advice.SILENT)
    if storage := _storage(health):
        advice.append(storage)
    if _loses_token(health, visits):
        advice.append(Advice.TOKEN_LOST)
    if health.version == OTHER:
        advice.append(Advice.UNKNOWN_VERSION)
    elif health.version and health.version not in current:
        advice.append(Advice.OLD_VERSION)
    return advice


def _is_silent(health: Health, now: int) -> bool:
    """Three days without a report where, at its former rate, at least seven were to be expected:
    by chance that happens once in a thousand times."""
    heard, silence = health.last_at - health.first_day, now - health.last_at
    if heard < _QUIET or silence < _QUIET:
        return False
    return health.reports * silence >= _EXPECTED * heard


def _storage(health: Health) -> Advice | None:
    """What most reports with a token say; a visit under GPC explains two that kept nothing."""
    stored = sum(health.ways[way] for way in _STORED)
    unkept = health.ways[Way.MEMORY] - 2 * health.visits[Way.GPC]
    if unkept >= _ENOUGH and unkept > stored:
        return Advice.NO_STORAGE
    alone = health.ways[Way.STORAGE]
    return Advice.COOKIE_BLOCKED if alone >= _ENOUGH and 2 * alone > stored else None


def _loses_token(health: Health, visits: int) -> bool:
    """Friends come, orders come, and never one with the other. Most buyers were not referred:
    where visits land on these very pages it takes more to be a sign."""
    least = _VERY_MANY if health.made else _MANY
    return not health.with_token and min(health.without_token, visits) >= least
