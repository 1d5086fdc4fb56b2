"""Tag health: what reports say of their pages, when it is advice, and what is remembered."""

from __future__ import annotations

import pytest

from goodword.clock import DAY, HOUR
from goodword.stats import tag_health
from goodword.stats.decide import (
    OTHER,
    Advice,
    Fortnight,
    Sighting,
    Way,
    advise,
    fortnight,
    healths,
    way_of_report,
    way_of_visit,
)
from goodword.storage import Storage
from lifecycle.world import START

NOW = START - START % DAY + 12 * HOUR
TODAY = NOW - NOW % DAY
SHOP, PAY = "https://shop.example", "https://pay.example"
CURRENT = {"1.1.0"}
QUIET = Fortnight(visits=0, leads=0, conversions=0, since=NOW, converted=False)
ALL_WELL = Fortnight(visits=9, leads=3, conversions=2, since=NOW - 60 * DAY, converted=True)


def seen(
    event: str,
    way: Way,
    count: int,
    origin: str = SHOP,
    version: str = "1.1.0",
    first: int = TODAY - 20 * DAY,
    last: int = NOW - HOUR,
) -> Sighting:
    return Sighting(origin, event, way, version, count, count, count, first, last)


@pytest.mark.parametrize(
    ("made", "linked", "private", "way"),
    [
        (True, False, False, Way.PAGE),
        (True, True, False, Way.LINK),
        (True, True, True, Way.GPC),
        (False, True, True, Way.NONE),
    ],
)
def test_a_visit_came_in_one_way(made: bool, linked: bool, private: bool, way: Way) -> None:
    assert way_of_visit(made=made, linked=linked, private=private) is way


@pytest.mark.parametrize(
    ("token", "code", "signed", "kept", "way"),
    [
        (True, False, False, 0, Way.MEMORY),
        (True, False, False, 1, Way.COOKIE),
        (True, False, False, 2, Way.STORAGE),
        (True, True, True, 3, Way.BOTH),
        (True, False, False, 7, Way.BOTH),
        (True, False, False, -2, Way.STORAGE),
        (True, False, False, None, Way.UNTOLD),
        (False, True, True, 3, Way.CODE),
        (False, False, True, None, Way.SIGNED),
        (False, False, False, 3, Way.NONE),
    ],
)
def test_a_report_brings_its_referral_in_one_way(
    token: bool, code: bool, signed: bool, kept: int | None, way: Way
) -> None:
    assert way_of_report(token=token, code=code, signed=signed, kept=kept) is way


ADVISED: list[tuple[str, list[Sighting], list[Advice]]] = [
    ("nothing wrong", [seen("hit", Way.PAGE, 40), seen("convert", Way.BOTH, 9)], []),
    ("never seen", [], []),
    (
        "a busy tag silent for four days",
        [seen("hit", Way.PAGE, 40, last=NOW - 4 * DAY)],
        [Advice.SILENT],
    ),
    (
        "a busy tag silent for two days",
        [seen("hit", Way.PAGE, 400, last=NOW - 2 * DAY)],
        [],
    ),
    (
        "a slow tag silent for four days",
        [seen("hit", Way.PAGE, 8, last=NOW - 4 * DAY)],
        [],
    ),
    (
        "a slow tag silent for two months",
        [seen("hit", Way.PAGE, 8, first=TODAY - 80 * DAY, last=NOW - 60 * DAY)],
        [Advice.SILENT],
    ),
    (
        "the test run of one afternoon, a month ago",
        [seen("hit", Way.PAGE, 30, first=TODAY - 30 * DAY, last=NOW - 30 * DAY)],
        [],
    ),
    (
        "a blocked cookie",
        [seen("lead", Way.STORAGE, 4), seen("convert", Way.STORAGE, 2), seen("lead", Way.BOTH, 5)],
        [Advice.COOKIE_BLOCKED],
    ),
    ("too few to call it blocked", [seen("lead", Way.STORAGE, 4)], []),
    (
        "a cookie that few visitors block",
        [seen("lead", Way.STORAGE, 6), seen("lead", Way.BOTH, 6)],
        [],
    ),
    ("no storage at all", [seen("lead", Way.MEMORY, 6)], [Advice.NO_STORAGE]),
    (
        "memory alone because of privacy control",
        [seen("lead", Way.MEMORY, 6), seen("hit", Way.GPC, 3)],
        [],
    ),
    (
        "an old version",
        [seen("hit", Way.PAGE, 3, version="1.0.0")],
        [Advice.OLD_VERSION],
    ),
    (
        "an old version before the current one",
        [seen("hit", Way.PAGE, 3, version="1.0.0", last=NOW - DAY), seen("hit", Way.PAGE, 1)],
        [],
    ),
    ("a foreign version", [seen("hit", Way.PAGE, 3, version=OTHER)], [Advice.UNKNOWN_VERSION]),
    ("a report that names no version", [seen("convert", Way.NONE, 3, version="")], []),
    (
        "orders of everybody but friends, on pages where friends land",
        [seen("hit", Way.PAGE, 120), seen("convert", Way.NONE, 120)],
        [Advice.TOKEN_LOST],
    ),
    (
        "few orders and few friends on the same pages",
        [seen("hit", Way.PAGE, 30), seen("convert", Way.NONE, 99)],
        [],
    ),
    (
        "one friend who bought",
        [
            seen("hit", Way.PAGE, 120),
            seen("convert", Way.NONE, 120),
            seen("convert", Way.BOTH, 1),
        ],
        [],
    ),
]


@pytest.mark.parametrize(
    ("found", "advice"), [case[1:] for case in ADVISED], ids=[case[0] for case in ADVISED]
)
def test_an_origin_gets_the_advice_that_helps_it(
    found: list[Sighting], advice: list[Advice]
) -> None:
    assert advise(healths(found), ALL_WELL, CURRENT, NOW).get(SHOP, []) == advice


def test_a_checkout_that_never_sees_the_token_is_told_where_friends_land_elsewhere() -> None:
    found = healths([seen("hit", Way.PAGE, 20), seen("convert", Way.NONE, 20, origin=PAY)])
    advice = advise(found, ALL_WELL, CURRENT, NOW)
    assert (advice[PAY], advice[SHOP]) == ([Advice.TOKEN_LOST], [])


def test_what_is_no_page_gets_no_advice() -> None:
    found = healths([seen("convert", Way.FORM, 900, origin="", version="", last=NOW - 9 * DAY)])
    assert advise(found, ALL_WELL, CURRENT, NOW) == {"": []}


def test_conversions_without_any_visit_point_at_the_landing_page() -> None:
    found = [seen("convert", Way.NONE, 5, version="")]
    assert advise(healths(found), QUIET, CURRENT, NOW)[""] == [Advice.NO_VISITS]
    for more in (seen("hit", Way.NONE, 1), seen("convert", Way.BOTH, 1)):
        assert advise(healths([*found, more]), QUIET, CURRENT, NOW)[""] == []


@pytest.mark.parametrize(
    ("latest", "advised"),
    [
        (Fortnight(9, 3, 0, NOW - 20 * DAY, converted=False), True),
        (Fortnight(9, 3, 0, NOW - 13 * DAY, converted=False), False),
        (Fortnight(9, 0, 0, NOW - 20 * DAY, converted=False), False),
        (Fortnight(0, 3, 0, NOW - 20 * DAY, converted=False), False),
        (Fortnight(9, 3, 1, NOW - 20 * DAY, converted=False), False),
        (Fortnight(9, 3, 0, NOW - 20 * DAY, converted=True), False),
    ],
)
def test_a_thank_you_page_that_never_reports_is_noticed_after_14_days(
    latest: Fortnight, advised: bool
) -> None:
    advice = advise(healths([seen("hit", Way.PAGE, 9)]), latest, CURRENT, NOW)
    assert (advice[""] == [Advice.NO_CONVERSIONS]) is advised


def test_a_visit_that_was_refused_is_none_of_the_fortnights() -> None:
    found = [seen("hit", Way.NONE, 9), seen("hit", Way.GPC, 2), seen("lead", Way.BOTH, 3)]
    assert fortnight(found, converted=True) == Fortnight(2, 3, 0, TODAY - 20 * DAY, True)


def test_an_origin_is_summed_up() -> None:
    [health] = healths(
        [
            seen("hit", Way.PAGE, 40, first=TODAY - 9 * DAY),
            seen("hit", Way.GPC, 3, last=NOW),
            seen("hit", Way.NONE, 7),
            seen("lead", Way.BOTH, 4),
            seen("convert", Way.BOTH, 2),
            seen("convert", Way.NONE, 30, version=""),
        ]
    )
    assert (health.made, health.with_token, health.without_token) == (43, 6, 30)
    assert (health.first_day, health.last_at, health.version) == (TODAY - 20 * DAY, NOW, "1.1.0")


@pytest.fixture
async def counted(storage: Storage) -> Storage:
    """Reports of 100, 40, 20 and 0 days ago, written by the batch writer."""
    for days, count in ((100, 1), (40, 2), (20, 4), (0, 8)):
        at = NOW - days * DAY
        for _ in range(count):
            storage.hits.see(("camp_1", at - at % DAY, SHOP, "hit", "page", "1.1.0"), at)
    storage.hits.see(("camp_2", TODAY, SHOP, "hit", "page", "1.1.0"), NOW)
    await storage.hits.close()
    return storage


async def test_sightings_are_counted_in_90_30_and_14_days(counted: Storage) -> None:
    async with counted.read() as db:
        [found] = await tag_health.sightings(db, "camp_1", NOW)
    assert found == Sighting(SHOP, "hit", Way.PAGE, "1.1.0", 14, 12, 8, TODAY - 40 * DAY, NOW)


async def test_old_days_are_forgotten(counted: Storage) -> None:
    async with counted.write() as db:
        await tag_health.forget(db, NOW - 30 * DAY)
    async with counted.read() as db:
        [found] = await tag_health.sightings(db, "camp_1", NOW)
    assert (found.count, found.first_day) == (12, TODAY - 20 * DAY)


async def test_nothing_was_seen_of_a_new_campaign(storage: Storage) -> None:
    async with storage.read() as db:
        assert await tag_health.sightings(db, "camp_1", NOW) == []
        assert await tag_health.last_conversion_at(db, "camp_1") is None
