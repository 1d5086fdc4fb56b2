"""What the stories of all systems begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from goodword.integrations import SYSTEMS
from goodword.leads.decide import MOVES as LEAD_MOVES
from goodword.rewards.decide import MOVES as REWARD_MOVES
from goodword.stats.verify import violations
from integrations.abacus import Abacus
from integrations.case import Case, Story, told


@pytest.fixture(autouse=True)
def imaginary(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CRM of the page for developers is one of the systems here."""
    monkeypatch.setitem(SYSTEMS, "abacus", Abacus())


@pytest.fixture
async def story(database_url: str, case: Case) -> AsyncIterator[Story]:
    async with told(database_url, case) as begun:
        yield begun
        async with begun.w.context.storage.read() as db:
            assert [each async for each in violations(db, LEAD_MOVES, REWARD_MOVES)] == []
