"""An operator checks the ledger, and copies it, beside a running server."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import asyncpg
import httpx

from databases import sqlite_url
from installation import Installation, Server
from lifecycle.world import CHROME

ORIGIN = "https://shop.example"
REWARD = ("--reward", "10.00", "--currency", "EUR")


class Shop:
    """A campaign with one referrer on a running server."""

    def __init__(self, place: Installation, server: Server) -> None:
        made = place.json("campaign", "create", "--name", "Shop", "--origin", ORIGIN, *REWARD)
        ada = place.json(
            "referrer", "create", "--campaign", made["id"], "--email", "ada@example.com"
        )
        self.site_key, self.code = made["site_key"], ada["code"]
        self.url = server.url

    def send(self, event: str, **said: object) -> dict[str, str]:
        call = {"v": 1, "s": self.site_key, "e": event, **said}
        answer = httpx.post(f"{self.url}/e", content=json.dumps(call), headers=_BROWSER)
        assert answer.status_code == 200, answer.text
        found: dict[str, str] = answer.json()
        return found

    def referral(self, number: int) -> None:
        """A visit, and every third of them buys."""
        token = self.send("hit", c=self.code)["t"]
        if number % 3 == 0:
            order = {"order": f"order-{number}", "amount": "49.00", "currency": "EUR"}
            sold = self.send("convert", t=token, k=f"key-{number}", p=order)
            assert sold["status"] == "counted", sold


_BROWSER = {"origin": ORIGIN, "user-agent": CHROME}


@contextmanager
def _steady_traffic(shop: Shop) -> Iterator[list[int]]:
    """Referrals one after the other until the block ends; how many there were so far."""
    done: list[int] = []
    over = threading.Event()

    def go() -> None:
        while not over.is_set():
            shop.referral(len(done))
            done.append(1)

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield done
    finally:
        over.set()
        thread.join()


def test_a_served_ledger_is_whole(installation_on: Installation) -> None:
    shop = Shop(installation_on, installation_on.serve(env={"GOODWORD_RATE_LIMIT": "0"}))
    with _steady_traffic(shop) as done:
        verified = installation_on.run("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert verified.stdout.startswith("all invariants hold: 1 campaigns, ")
    assert done


async def test_damage_is_told_line_by_line_and_the_exit_status_is_1(
    installation_on: Installation,
) -> None:
    server = installation_on.serve()
    shop = Shop(installation_on, server)
    shop.referral(0)
    await _damage(installation_on)
    verified = installation_on.run("verify")
    assert verified.returncode == 1
    [line] = [line for line in verified.stdout.splitlines() if line.startswith("I10 rwd_")]
    assert line.endswith("has the currency 'QQQ', which ISO 4217 does not know")
    last = verified.stderr.splitlines()[-1]
    assert last.startswith("goodword: verify: 5 violations. ")
    as_json = installation_on.run("verify", "--json")
    assert as_json.returncode == 1
    told = json.loads(as_json.stdout)
    assert told["ok"] is False
    assert {each["invariant"] for each in told["violations"]} == {"I8", "I10"}


async def _damage(place: Installation) -> None:
    statement = "update rewards set currency = 'QQQ'"
    if place.database_url and place.database_url.startswith("postgresql"):
        db = await asyncpg.connect(place.database_url.replace("+asyncpg", ""))
        await db.execute(statement)
        await db.close()
        return
    file = (place.database_url or "").removeprefix(sqlite_url(Path()).removesuffix("."))
    with closing(sqlite3.connect(f"/{file.lstrip('/')}")) as lite:
        lite.execute(statement)
        lite.commit()


def test_a_copy_made_under_writes_passes_verify_once_it_is_restored(
    installation: Installation, tmp_path: Path
) -> None:
    shop = Shop(installation, installation.serve(env={"GOODWORD_RATE_LIMIT": "0"}))
    copy = tmp_path / "copy.db"
    with _steady_traffic(shop) as done:
        before = len(done)
        copied = installation.run("backup", str(copy))
        after = len(done)
    assert copied.returncode == 0, copied.stderr
    assert copied.stdout.startswith(f"{copy}: ")
    assert before < after
    restored = Installation(tmp_path / "restored" / "data")
    restored.data_dir.mkdir(parents=True)
    shutil.copy(copy, restored.data_dir / "goodword.db")
    shutil.copy(installation.data_dir / "secret_keys", restored.data_dir / "secret_keys")
    verified = restored.json("verify")
    assert (verified["ok"], verified["violations"]) == (True, [])
    assert verified["rows"]["rewards"] > 0
    assert before <= verified["rows"]["hits"] <= after + 1


def test_a_backup_that_is_refused_says_what_to_do(
    installation: Installation, tmp_path: Path
) -> None:
    none = installation.run("backup", str(tmp_path / "copy.db"))
    assert none.returncode == 1
    assert none.stderr.startswith("goodword: backup: there is no database at ")
