"""Everything moves out, and in again elsewhere with equal totals: on the other engine, too."""

from __future__ import annotations

import base64
import csv
import io
import shutil
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from goodword.clock import DAY
from goodword.lifecycle.context import Context, open_context
from goodword.lifecycle.endpoints import add_endpoint
from goodword.lifecycle.move_out import Shape, everything, keys_of
from goodword.lifecycle.move_whole import move_whole_in, whole_of
from goodword.lifecycle.set_up import NewCampaign, Refused, adopt_keys, create_campaign
from goodword.lifecycle.verify import verify
from goodword.model import Campaign
from goodword.moving.whole import read_keys
from goodword.sheets import Unreadable
from goodword.storage import open_storage, whole
from goodword.storage.migrate import VERSIONS
from goodword.storage.tables import metadata
from lifecycle.moving import OWNER, Mover
from lifecycle.test_move_in import LEADS, REFERRERS, REWARDS
from lifecycle.world import START, World, settings_for
from postgres import Postgres


@pytest.fixture
async def source(w: World) -> World:
    """Something of everything: imports, visits, leads, orders, refunds, rewards in every state."""
    mover = Mover(w)
    for text in (REFERRERS, LEADS, REWARDS):
        await mover.bring(text)
    await mover.check("email,code\nnew@example.org,new1\n")
    await w.rule(amount=500, milestones="1")
    for number in range(4):
        lead = await w.buyer(f"o{number}", email=f"f{number}@example.net", name="=1+1 Zoë\n")
        if number:
            w.wait(DAY)
            await w.pay("issue", (await w.rewards(lead.id))[0], early=True)
    await w.refund("o1")
    await w.refund("o2", "9.00")
    await w.sign_up(code="NONSENSE", email="nobody@example.net")
    return w


@asynccontextmanager
async def elsewhere(url: str) -> AsyncIterator[Context]:
    """An empty goodword with keys of its own."""
    settings = settings_for(url, secret_keys=(b"another key" * 3,))
    storage = open_storage(url)
    try:
        await adopt_keys(settings, storage)
        yield await open_context(settings, storage, lambda: START + 90 * DAY)
    finally:
        await storage.close()


@pytest.fixture
async def other(
    request: pytest.FixtureRequest, database_url: str, sqlite_template: Path, tmp_path: Path
) -> AsyncIterator[Context]:
    """Elsewhere, on the other engine."""
    if database_url.startswith("postgresql"):
        file = shutil.copyfile(sqlite_template, tmp_path / "other.db")
        async with elsewhere(f"sqlite+aiosqlite:///{file}") as context:
            yield context
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    template = request.getfixturevalue("postgres_template")
    async with elsewhere(postgres.create("elsewhere", template=template)) as context:
        yield context
    postgres.drop("elsewhere")


async def out_of(context: Context, campaigns: Sequence[Campaign], shape: Shape) -> bytes:
    return b"".join([part async for part in everything(context, campaigns, shape)])


async def bring(context: Context, file: bytes, keys: bytes | None) -> list[str]:
    found = whole_of(io.BytesIO(file))
    assert found is not None
    return await move_whole_in(context, found, read_keys(keys) if keys else None, OWNER)


async def totals(context: Context) -> dict[str, list[tuple[object, ...]]]:
    """How many there are of each status and currency, and what they add up to."""
    async with context.storage.read() as db:
        found = {}
        for name, by, sums in (
            ("referrers", ["mode"], []),
            ("leads", ["status", "mode"], []),
            ("conversions", ["status", "currency"], ["amount", "refunded"]),
            ("rewards", ["status", "currency", "unit"], ["amount", "reversed"]),
            ("refunds", ["status", "currency"], ["amount"]),
            ("hits", ["mode"], []),
        ):
            c = metadata.tables[name].c
            what = [c[each] for each in by]
            query = select(*what, func.count(), *(func.sum(c[each]) for each in sums))
            rows = await db.execute(query.group_by(*what))
            found[name] = sorted((tuple(map(str, row)) for row in rows), key=str)
    return found  # type: ignore[return-value]


async def lives(context: Context, before: World) -> None:
    """What moved in is whole, and goes on: codes are known, reports are believed and counted."""
    assert [str(each) async for each in verify(context)] == []
    campaign = await context.directory.by_id(before.campaign.id)
    assert campaign is not None
    there = World(context, campaign, before.ada, before.bob, [START + 90 * DAY])
    assert (await there.visit()).reason is None
    assert (await there.visit(code="CY20")).name == "Cy"
    [lead] = [each for each in await there.leads() if each.email == "f0@example.net"]
    assert (await there.visit(lead_code=lead.code)).lead_code == lead.code
    assert (await there.convert(order="new", email="f0@example.net", sign=True)).id
    assert [str(each) async for each in verify(context)] == []


@pytest.mark.parametrize("shape", Shape)
async def test_totals_are_equal_and_every_code_works(
    source: World, other: Context, shape: Shape
) -> None:
    file = await out_of(source.context, [source.campaign], shape)
    keys = keys_of([source.campaign])
    assert await bring(other, file, keys) == [source.campaign.id]
    assert await totals(other) == await totals(source.context)
    moved = other.directory.all()
    assert await out_of(other, moved, shape) == file
    assert keys_of(moved) == keys
    assert await bring(other, file, None) == []
    assert await out_of(other, moved, shape) == file
    await lives(other, source)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_file_that_was_changed_or_cut_is_refused_by_its_line(
    source: World, other: Context
) -> None:
    file = await out_of(source.context, [source.campaign], Shape.LINES)
    keys, lines = keys_of([source.campaign]), file.splitlines(keepends=True)
    for damaged, why in (
        (file[: -len(lines[-1]) // 2], f"line {len(lines):,} is cut short"),
        (
            b"".join(lines[:-1]),
            f"cut short after line {len(lines) - 1:,}: of 9 rows of rewards it has 8",
        ),
        (b"".join([*lines[:9], *lines[10:]]), "line 10 was changed"),
        (b"".join([*lines[:20], *reversed(lines[20:22]), *lines[22:]]), "line 21 was changed"),
        (file.replace(b'"amount":1000', b'"amount":9000', 1), "line [0-9,]+ was changed"),
    ):
        with pytest.raises(Unreadable, match=why):
            await bring(other, damaged, keys)
        assert other.directory.all() == []
        assert not any((await totals(other)).values())
    with pytest.raises(Refused, match="the keys of Demo are missing"):
        await bring(other, file, None)
    with pytest.raises(Unreadable, match="same version"):
        await bring(other, lines[0].replace(whole_version(), b'"version":"9999"'), keys)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_tables_that_were_changed_are_refused_by_their_row(
    source: World, other: Context
) -> None:
    file = await out_of(source.context, [source.campaign], Shape.TABLES)
    keys = keys_of([source.campaign])
    for was, now, why in (
        ("10.00", "ten", r"rewards.csv, row \d+: amount can't be read"),
        (",issued,", ",gone,", r"rewards.csv, row 2 to rewards.csv, row \d+: the database refuses"),
        ("\r\n", "\r\n\r\nx\r\n", r"rewards.csv, row \d+"),
        ("lead_id,", "leads,", "rewards.csv has other columns"),
    ):
        with pytest.raises(Unreadable, match=why):
            await bring(other, changed(file, "rewards.csv", was, now), keys)
        assert other.directory.all() == []
    for cut in (file[: len(file) // 2], file.replace(file[200:220], bytes(20))):
        with pytest.raises(Unreadable, match="damaged"):
            await bring(other, cut, keys)


def whole_version() -> bytes:
    return f'"version":"{VERSIONS[-1]}"'.encode()


def changed(file: bytes, name: str, was: str, now: str) -> bytes:
    """The zip with another word in one of its files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as old, zipfile.ZipFile(packed, "w") as new:
        for each in old.namelist():
            text = old.read(each).decode()
            new.writestr(each, text.replace(was, now, 1) if each == name else text)
    return packed.getvalue()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_campaign_of_the_same_name_is_in_the_way(source: World, other: Context) -> None:
    await create_campaign(other, NewCampaign(name="Demo", origins=("https://shop.example",)), OWNER)
    file = await out_of(source.context, [source.campaign], Shape.LINES)
    with pytest.raises(Refused, match="Demo here has the same slug already"):
        await bring(other, file, keys_of([source.campaign]))
    assert len(other.directory.all()) == 1


async def test_no_secret_is_in_it(source: World) -> None:
    """Neither in the clear nor sealed; nor what connections had."""
    hook = "https://1.1.1.1/s3cret"
    await add_endpoint(source.context, source.campaign, hook, ["lead.created"], OWNER)
    async with source.context.storage.read() as db:
        table = metadata.tables["campaigns"].c
        sealed = (await db.execute(select(table.code_key, table.signing_secret))).one()
    lines = await out_of(source.context, [source.campaign], Shape.LINES)
    packed = zipfile.ZipFile(
        io.BytesIO(await out_of(source.context, [source.campaign], Shape.TABLES))
    )
    for text in (lines, *(packed.read(each) for each in packed.namelist())):
        for secret in (source.campaign.signing_secret.encode(), *sealed, b"s3cret"):
            assert secret not in text
            assert base64.b64encode(secret) not in text
    assert base64.b64encode(source.campaign.code_key) not in lines


async def test_the_tables_are_read_by_a_spreadsheet(source: World) -> None:
    content = await out_of(source.context, [source.campaign], Shape.TABLES)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        leads = packed.read("leads.csv").decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(leads, newline="")))
        rewards = csv.DictReader(io.StringIO(packed.read("rewards.csv").decode("utf-8-sig")))
        amounts = {row["amount"] for row in rewards}
    friend = next(row for row in rows if row["email"] == "f0@example.net")
    assert friend["name"].startswith("'=1+1 Zoë")
    assert friend["joined_at"].endswith("Z")
    assert {"10.00", "12.50", "7.00"} <= amounts


def test_other_files_are_none_of_these() -> None:
    for text in (b"email,code\n", b'{"a":1}\n', b"", b"\xff\xfe\x00"):
        assert whole_of(io.BytesIO(text)) is None


def test_every_table_of_a_campaign_travels_or_says_why_not() -> None:
    mine = {table.name for table in metadata.sorted_tables if "campaign_id" in table.c}
    there = {table.name for table in whole.travelling()}
    assert there | set(whole.STAYS) == mine | {"campaigns"}
    assert there.isdisjoint(whole.STAYS)
    for table in whole.travelling():
        named = {key.column.table.name for key in table.foreign_keys}
        assert named <= there, f"{table.name} names rows that stay"
