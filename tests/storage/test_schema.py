"""The migrations make the very tables that the code knows, on both engines."""

from __future__ import annotations

import re
from enum import IntEnum

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, text
from sqlalchemy.exc import IntegrityError

from goodword import model
from goodword.leads.decide import MOVES as LEAD_MOVES
from goodword.rewards.decide import MOVES as REWARD_MOVES
from goodword.storage import NewerDatabase, Storage, migrate
from goodword.storage.migrate import VERSIONS
from goodword.storage.migrations import scripts
from goodword.storage.tables import metadata

STATUSES = {
    "campaigns": model.CampaignStatus,
    "credit_claims": model.CreditStatus,
    "leads": model.LeadStatus,
    "conversions": model.Status,
    "reports": model.Status,
    "rewards": model.RewardStatus,
}


async def test_migrating_makes_the_tables_of_the_code(storage: Storage) -> None:
    def differences(db: Connection) -> list[object]:
        context = MigrationContext.configure(db, opts={"compare_type": True})
        found: list[object] = compare_metadata(context, metadata)
        return found

    async with storage.read() as db:
        assert await db.run_sync(differences) == []


async def test_migrating_again_does_nothing(storage: Storage) -> None:
    async with storage.write() as db:
        assert await migrate(db) is False


async def test_a_newer_database_is_refused(storage: Storage) -> None:
    async with storage.write() as db:
        await db.execute(text("update alembic_version set version_num = '9999'"))
        with pytest.raises(NewerDatabase, match="9999"):
            await migrate(db)


def test_every_script_is_a_known_version() -> None:
    found = [script.revision for script in scripts().walk_revisions()]
    assert tuple(reversed(found)) == VERSIONS


@pytest.mark.parametrize("table", sorted(STATUSES))
def test_the_database_allows_the_words_of_the_model(table: str) -> None:
    checks = [
        str(constraint.sqltext)
        for constraint in metadata.tables[table].constraints
        if isinstance(constraint, CheckConstraint) and str(constraint.sqltext).startswith("status")
    ]
    assert set(re.findall(r"'(\w+)'", checks[0])) == set(STATUSES[table])


def test_every_status_can_be_reached_and_is_in_its_table_of_moves() -> None:
    assert {word for move in LEAD_MOVES for word in move} == set(model.LeadStatus)
    assert {word for move in REWARD_MOVES for word in move} == set(model.RewardStatus)


async def test_a_word_that_is_none_is_refused_by_the_database(storage: Storage) -> None:
    with pytest.raises(IntegrityError):
        async with storage.write() as db:
            await db.execute(
                text(
                    "insert into activity (campaign_id, id, type, actor, data, mode, created_at)"
                    " values ('c', 'a', 't', 'x', '{}', 'nonsense', 0)"
                )
            )


def test_evidence_goes_from_a_bare_code_to_a_payment() -> None:
    assert issubclass(model.Evidence, IntEnum)
    assert [int(grade) for grade in model.Evidence] == [0, 1, 2, 3, 4]
