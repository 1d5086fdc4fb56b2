"""The operator's commands, beside a running server, and what a wrong one is told."""

from __future__ import annotations

import json
import socket
import sqlite3
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import pytest

from installation import Installation
from lifecycle.world import CHROME
from waiting import free_port, wait_until

ORIGIN = "https://shop.example"
CAMPAIGN = ("campaign", "create", "--name", "Shop", "--origin", ORIGIN)
REWARD = ("--reward", "10.00", "--currency", "EUR")


def hit(url: str, site_key: str, code: str) -> httpx.Response:
    call = {"v": 1, "s": site_key, "e": "hit", "c": code}
    headers = {"origin": ORIGIN, "user-agent": CHROME}
    return httpx.post(f"{url}/e", content=json.dumps(call), headers=headers)


def test_what_the_command_line_makes_is_live_in_a_running_server(
    installation_on: Installation,
) -> None:
    """A campaign, a referrer, a pause and a resume, each seen without a restart."""
    server = installation_on.serve()
    made = installation_on.json(*CAMPAIGN, *REWARD)
    assert {"id", "slug", "site_key", "signing_secret", "name"} <= set(made)
    ada = installation_on.json(
        "referrer", "create", "--campaign", made["id"], "--email", "ada@example.com"
    )
    assert ada["link"] == f"https://shop.example/?ref={ada['code']}"
    assert urlsplit(ada["hop_link"]).path == f"/r/{ada['code']}"
    assert "t" in hit(server.url, made["site_key"], ada["code"]).json()
    for command, reason in (("pause", "paused"), ("resume", None)):
        done = installation_on.json("campaign", command, made["id"])
        assert done["status"] == ("paused" if reason else "active")

        def seen(reason: str | None = reason) -> bool:
            answer = hit(server.url, made["site_key"], ada["code"]).json()
            return bool(answer.get("reason") == reason)

        wait_until(seen, 10, lambda: server.log)


def test_one_json_object_on_stdout_and_the_rest_on_stderr(cli: Installation) -> None:
    done = cli.run(*CAMPAIGN, "--json")
    assert json.loads(done.stdout)["name"] == "Shop"
    assert str(cli.data_dir) in done.stderr
    assert "pays nothing" in done.stderr
    assert "GOODWORD_PUBLIC_URL" in done.stderr
    admin = cli.json("admin", "create", "--email", "owner@shop.example")
    assert len(admin["password"]) >= 16
    key = cli.json("apikey", "create", "--scope", "read")
    assert key["key"].startswith("gwk_")


def test_a_campaign_takes_its_window_currency_delay_and_least_evidence(cli: Installation) -> None:
    more = ("--window", "14", "--currency", "usd", "--least-evidence", "E2", "--delay", "45")
    made = cli.json(*CAMPAIGN, "--reward", "5.00", *more)
    said = {name: made[name] for name in ("window_days", "currency", "least_evidence")}
    assert said == {"window_days": 14, "currency": "USD", "least_evidence": "E2"}
    with closing(sqlite3.connect(cli.data_dir / "goodword.db")) as db:
        assert db.execute("select currency, delay / 86400000 from rules").fetchall() == [
            ("USD", 45)
        ]


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("campaign", "create", "--name", "X", "--origin", "shop.example"), 1, "origin"),
        (("campaign", "create", "--name", "X"), 2, "--origin"),
        ((*CAMPAIGN, "--reward", "ten"), 1, "--reward"),
        ((*CAMPAIGN, "--currency", "XYZ"), 1, "--currency"),
        ((*CAMPAIGN, "--reward-for", "me"), 2, "--reward-for"),
        ((*CAMPAIGN, "--window", "401"), 2, "--window"),
        ((*CAMPAIGN, "--least-evidence", "E0"), 2, "--least-evidence"),
        (("referrer", "create", "--campaign", "none", "--email", "a@b.cd"), 1, "none yet"),
        (("admin", "create", "--email", "nobody"), 1, "email"),
        (("dance",), 2, "dance"),
    ],
)
def test_a_refused_command_says_why_in_one_line(
    cli: Installation, arguments: tuple[str, ...], status: int, says: str
) -> None:
    done = cli.run(*arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    reasons = [line for line in done.stderr.splitlines() if "data folder" not in line]
    assert status == 2 or len(reasons) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GOODWORD_RATE_LIMIT", "many"),
        ("GOODWORD_PUBLIC_URL", "x"),
        ("GOODWORD_DATABASE_URL", "postgresql+asyncpg://u:secret@127.0.0.1:1/x"),
    ],
)
def test_a_bad_setting_stops_the_start_with_one_line(
    cli: Installation, name: str, value: str
) -> None:
    done = cli.run("serve", env={name: value})
    assert done.returncode == 1
    line = done.stderr.splitlines()[-1]
    assert name in line or "database can't be used" in line
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_a_file_that_is_no_database_is_named(cli: Installation) -> None:
    cli.data_dir.mkdir(parents=True)
    (cli.data_dir / "goodword.db").write_text("this is no database" * 100)
    done = cli.run("migrate")
    assert (done.returncode, "not a database" in done.stderr) == (1, True)
    assert "Traceback" not in done.stderr


def test_a_name_that_is_no_setting_is_said_and_changes_nothing(cli: Installation) -> None:
    done = cli.run("migrate", env={"GOODWORD_RATELIMIT": "7"})
    assert done.returncode == 0
    assert "GOODWORD_RATELIMIT is no setting" in done.stderr


def test_a_port_in_use_is_named(cli: Installation) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = cli.run("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "--port" in line


def test_a_data_folder_that_is_a_file_is_named(cli: Installation) -> None:
    cli.data_dir.parent.mkdir(parents=True)
    cli.data_dir.write_text("")
    done = cli.run("migrate")
    assert (done.returncode, "GOODWORD_DATA_DIR" in done.stderr) == (1, True)


def test_a_database_of_a_newer_version_is_left_alone(cli: Installation) -> None:
    assert cli.run("migrate").returncode == 0
    with closing(sqlite3.connect(cli.data_dir / "goodword.db")) as db:
        db.execute("update alembic_version set version_num = '9999'")
        db.commit()
    done = cli.run("serve", "--port", str(free_port()))
    assert (done.returncode, "9999" in done.stderr) == (1, True)


def test_keys_of_another_installation_are_refused(cli: Installation) -> None:
    assert cli.run("migrate").returncode == 0
    done = cli.run("serve", env={"GOODWORD_SECRET_KEYS": "x" * 40})
    assert (done.returncode, "GOODWORD_SECRET_KEYS" in done.stderr) == (1, True)
    assert "x" * 40 not in done.stderr


def test_two_processes_share_one_port_and_one_database(installation_on: Installation) -> None:
    """`--workers 2`: hits through both, none lost, none double."""
    server = installation_on.serve(workers=2, env={"GOODWORD_RATE_LIMIT": "0"})
    made = installation_on.json(*CAMPAIGN, *REWARD)
    ada = installation_on.json(
        "referrer", "create", "--campaign", made["id"], "--email", "ada@example.com"
    )
    tokens = set()
    for _ in range(60):
        tokens.add(hit(server.url, made["site_key"], ada["code"]).json()["t"])
    assert len(tokens) == 60
    server.stop()
    again = installation_on.serve(env={"GOODWORD_RATE_LIMIT": "0"})
    assert hit(again.url, made["site_key"], ada["code"]).status_code == 200


def test_the_first_start_prints_an_address_to_make_an_admin(installation: Installation) -> None:
    server = installation.serve()
    [line] = [each for each in server.log.splitlines() if "/setup/" in each]
    page = httpx.get(line.rpartition(" ")[2])
    assert (page.status_code, "password" in page.text) == (200, True)
    installation.json("admin", "create", "--email", "owner@shop.example")
    server.restart()
    assert server.log.count("/setup/") == 1


def test_a_walked_test_ends_green_and_an_abandoned_one_says_what_to_fix(
    installation: Installation,
) -> None:
    made = installation.json(*CAMPAIGN, *REWARD)
    done = installation.run("test", "--campaign", made["id"], "--timeout", "1")
    assert done.returncode == 1
    assert "https://shop.example/?ref=" in done.stdout
    assert "is the tag on the landing page" in done.stdout


def test_links_lead_to_where_the_server_was_started(installation: Installation) -> None:
    made = installation.json(*CAMPAIGN, *REWARD)
    create = ("referrer", "create", "--campaign", made["id"], "--email", "ada@example.com")
    assert installation.json(*create)["hop_link"].startswith("http://127.0.0.1:8000/r/")
    server = installation.serve()
    assert installation.json(*create)["hop_link"].startswith(f"{server.url}/r/")


def test_help_teaches(cli: Installation) -> None:
    done = cli.run("--help")
    assert done.returncode == 0
    for command in ("serve", "campaign", "referrer", "apikey", "admin", "test", "migrate"):
        assert command in done.stdout
