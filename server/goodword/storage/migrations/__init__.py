"""Alembic's side: `upgrade` runs the scripts in `versions/` on a connection that is open."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_FOLDER = Path(__file__).parent


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def upgrade(db: Connection, version: str = "head") -> None:
    """Runs every script up to `version` that the database lacks, within the connection's
    transaction."""
    directory = scripts()
    with EnvironmentContext(
        Config(), directory, fn=lambda revision, _: directory._upgrade_revs(version, revision)
    ) as environment:
        environment.configure(connection=db, transactional_ddl=False)
        environment.run_migrations()
