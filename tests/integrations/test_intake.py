"""A vendor that calls in bursts: what comes at one moment is read, kept and committed together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from doubles.abacus import told
from goodword.integrations import kept, record
from goodword.lifecycle.hear import Call, Ear
from goodword.lifecycle.subscribe import address_of
from goodword.model import Integration, IntegrationEvent
from integrations.abacus import PERSON
from integrations.office import opened

BURST = 1_000


async def test_a_burst_of_calls_is_a_handful_of_commits(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[int] = []
    reads: list[str] = []
    add_events, by_id = kept.add_events, record.by_id

    async def counted(db: AsyncConnection, events: Sequence[IntegrationEvent]) -> None:
        groups.append(len(events))
        await add_events(db, events)

    async def read(db: AsyncConnection, integration_id: str) -> Integration | None:
        reads.append(integration_id)
        return await by_id(db, integration_id)

    async with opened(database_url) as office:
        known = await office.integration()
        address = urlsplit(address_of(office.w.context, known)).path.split("/")
        ear = Ear(office.w.context)

        async def call(number: int) -> None:
            said = office.there.call(told(PERSON, f"p{number}", "", f"e{number}"))
            await ear.take(address[2], address[3], Call("POST", "", said.headers, said.body))

        monkeypatch.setattr(kept, "add_events", counted)
        monkeypatch.setattr(record, "by_id", read)
        await asyncio.gather(*(call(number) for number in range(BURST)))
        await asyncio.gather(*(call(number) for number in range(10)))  # sent again: kept once
        monkeypatch.undo()
        async with office.w.context.storage.read() as db:
            events = await kept.newest_events(db, known, 2 * BURST)
    assert len(events) == BURST
    assert sum(groups) == BURST + 10
    assert len(groups) <= 6
    assert len(reads) == 1
