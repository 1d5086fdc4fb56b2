"""Brings a database to this version. Alembic is imported only when there is something to do."""

from __future__ import annotations

from importlib import import_module

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.storage.planner import tell_sizes

VERSIONS = (
    *("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010"),
    *("0011", "0012", "0013", "0014", "0015", "0016", "0017", "0018", "0019", "0020", "0021"),
)
"""Every version, oldest first; a test holds them equal to the files in `migrations/versions`."""


class NewerDatabase(Exception):
    """The database was made by a newer goodword."""


async def migrate(db: AsyncConnection) -> bool:
    """Applies what is missing within the caller's transaction; whether anything was.

    `NewerDatabase` when the database knows a version that this program does not.
    """
    if db.dialect.name == "postgresql":
        await db.execute(text("select pg_advisory_xact_lock(4202612)"))
    version = await db.run_sync(_version)
    if version == VERSIONS[-1]:
        return False
    if version is not None and version not in VERSIONS:
        raise NewerDatabase(
            f"the database has version {version}, this goodword knows up to {VERSIONS[-1]}:"
            " install the newer goodword that last used it"
        )
    await db.run_sync(import_module("goodword.storage.migrations").upgrade)
    if db.dialect.name == "sqlite":
        await db.run_sync(tell_sizes)
    return True


def _version(db: Connection) -> str | None:
    if not inspect(db).has_table("alembic_version"):
        return None
    found: str | None = db.execute(text("select version_num from alembic_version")).scalar()
    return found
