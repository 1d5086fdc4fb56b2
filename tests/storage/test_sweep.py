"""Whoever is forgotten is wherever they stand; whose address only contains theirs is another."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from databases import storage_on
from goodword.storage.sweep import holding, sweep
from goodword.storage.tables import installation as t

ANN = "ann@x.org"
HERS = [
    "ann@x.org",
    "Ann@X.org",
    "Ann Lee <ann@x.org>, Bob",
    "written to ann@x.org.",
    "mailto:ann@x.org?subject=ann",
    "https://shop.example/thanks?email=ann%40x.org&order=1",
    "/thanks?email=ann@x.org",
    "next=%2Fthanks%3Femail%3Dann%40x.org%26order%3D1",
    "email=ann@x.org+order=1",
    '{"email":"ann@x.org"}',
    "line\\nann@x.org\\nline",
    "\\u003cann@x.org\\u003e",
    "&lt;ann@x.org&gt;",
]
OTHERS = [
    "joann@x.org",
    "jo.ann@x.org",
    "jo-ann@x.org",
    "jo+ann@x.org",
    "!ann@x.org",
    "Jo <jo_ann@x.org>",
    "joann%40x.org",
    "email=jo%2Bann%40x.org",
    "J\\u00e9ann@x.org",
    "Jéann@x.org",
    "ann@x.org.uk",
    "ann@x.organic",
    "to ann@x.org-chart.example",
]


@pytest.fixture
def kept() -> dict[str, str]:
    return {f"row {at}": text for at, text in enumerate(HERS + OTHERS)}


async def test_an_address_is_swept_wherever_it_stands_and_no_other_is(
    database_url: str, kept: dict[str, str]
) -> None:
    storage = storage_on(database_url)
    async with storage.write() as db:
        await db.execute(insert(t), [{"name": n, "value": v} for n, v in kept.items()])
        found = [row["value"] async for _, row in holding(db, [ANN])]
        assert sorted(found) == sorted(HERS)
        assert await sweep(db, [ANN]) == len(HERS)
        rows = (await db.execute(select(t.c.name, t.c.value))).all()
    await storage.close()
    left = {name: value for name, value in rows}
    others = {name: text for name, text in left.items() if kept.get(name) in OTHERS}
    assert others == {name: text for name, text in kept.items() if text in OTHERS}
    hers = [text for name, text in left.items() if kept.get(name) in HERS]
    assert len(hers) == len(HERS)
    assert all("erased" in text and "x.org" not in text.lower() for text in hers)
    assert left["row 3"] == "written to erased."
