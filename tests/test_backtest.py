"""A recorded history is played again, and says what would have counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from goodword.__main__ import main
from lifecycle.world import CHROME

DAY = 86_400
START = 1_770_000_000
ADA = {"type": "referrer", "id": "r1", "code": "ADA", "name": "Ada", "email": "ada@example.com"}


class History:
    """Events an hour apart, with the world around them."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.world: dict[str, Any] = {"codes": ["ADA"], "datacenter": ["192.0.2.0/24"]}
        self.add(ADA | {"device": "d-ada"})

    def add(self, event: dict[str, Any]) -> None:
        self.events.append({"t": START + 3_600 * len(self.events), "ua": CHROME, **event})

    def friend(self, name: str, **more: Any) -> None:
        """A visit by Ada's link, and a sign-up in the same browser."""
        self.visit(name, **more)
        lead = {"type": "lead", "id": f"l-{name}", "code": "ADA", "visitor": f"v-{name}"}
        self.add(lead | {"email": f"{name}@example.org", "name": name} | more)

    def visit(self, name: str, **more: Any) -> None:
        hit = {"type": "hit", "id": f"h-{name}", "code": "ADA", "sig": "ok", "js": True}
        self.add(hit | {"visitor": f"v-{name}", "sec_fetch_dest": "document"} | more)

    def buys(self, name: str, **more: Any) -> None:
        sale = {"type": "conversion", "id": f"c-{name}", "lead": f"l-{name}", "channel": "js"}
        money = {"order": f"o-{name}", "amount": "49.00", "currency": "EUR", "token": "lead"}
        self.add(sale | money | more)


@pytest.fixture
def history() -> History:
    return History()


def run(history: History, folder: Path, *more: str) -> dict[str, tuple[str, str, list[str]]]:
    """What each event came to: at once, at the end, and why."""
    events, world, out = (folder / each for each in ("events.jsonl", "world.json", "out.jsonl"))
    events.write_text("".join(json.dumps(each) + "\n" for each in history.events))
    world.write_text(json.dumps(history.world))
    command = ["backtest", "--events", str(events), "--world", str(world), "--out", str(out)]
    done = CliRunner().invoke(main, [*command, *more], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    wanted = [each["id"] for each in history.events if each["type"] != "refund"]
    assert [line["id"] for line in lines] == wanted
    return {each["id"]: (each["verdict"], each["final"], each["reasons"]) for each in lines}


ALLOWED: tuple[str, str, list[str]] = ("allow", "allow", [])


def test_what_is_genuine_counts_and_each_cheat_has_its_verdict(
    history: History, tmp_path: Path
) -> None:
    history.world["customers"] = ["old@example.org"]
    history.friend("eve")
    history.buys("eve")
    history.friend("ada", email="Ada+friend@example.com")
    history.friend("old")
    history.visit("forged", sig="bad")
    history.visit("bot", ua="curl/8.0")
    history.visit("ahead", purpose="prefetch")
    history.friend("own", device="d-ada")
    history.buys("eve", id="again")
    history.friend("gus")
    history.buys("gus", token="forged")
    history.buys("gus", id="bare", token=None, code="ADA", order="o-2")
    said = run(history, tmp_path)
    assert [said[each] for each in ("r1", "h-eve", "l-eve", "c-eve", "l-gus")] == [ALLOWED] * 5
    assert said["l-ada"] == ("reject", "reject", ["self_referral"])
    assert said["l-old"] == ("reject", "reject", ["existing_customer"])
    assert said["h-forged"] == ("reject", "reject", ["bad_code"])
    assert said["h-bot"] == ("ignore", "ignore", ["bot"])
    assert said["h-ahead"] == ("ignore", "ignore", ["prefetch"])
    assert said["l-own"] == ("hold", "hold", ["same_browser"])
    assert said["again"] == ("ignore", "ignore", ["duplicate"])
    assert said["c-gus"] == ("reject", "reject", ["bad_token"])
    assert said["bare"] == ("hold", "hold", ["needs_evidence"])


def test_what_comes_later_shows_in_the_final_verdict_alone(
    history: History, tmp_path: Path
) -> None:
    history.friend("eve")
    history.buys("eve")
    history.add({"type": "refund", "id": "f1", "order": "o-eve", "reason": "returned"})
    assert run(history, tmp_path)["c-eve"] == ("allow", "ignore", ["refunded"])


def test_the_server_and_the_shop_s_ledger_are_believed_without_a_token(
    history: History, tmp_path: Path
) -> None:
    history.world["orders"] = {"o-kim": {"amount": "49.00", "email": "KIM@example.org", "t": START}}
    for name in ("eve", "kim", "lou"):
        history.friend(name)
    history.buys("eve", channel="api", token=None)
    history.buys("kim", token=None)
    history.buys("lou", channel="webhook", token=None)
    said = run(history, tmp_path, "--set", "least_evidence=called")
    assert [said[f"c-{each}"] for each in ("eve", "kim", "lou")] == [ALLOWED] * 3


def test_who_joined_before_the_history_begins_is_known_by_a_code_that_holds(
    history: History, tmp_path: Path
) -> None:
    history.friend("eve", code="EARLIER")
    history.buys("eve", code="EARLIER")
    said = run(history, tmp_path)
    assert [said[f"{each}-eve"] for each in "hlc"] == [ALLOWED] * 3


def test_another_policy_says_what_would_differ(history: History, tmp_path: Path) -> None:
    for name in ("eve", "kim"):
        history.friend(name)
        history.buys(name)
    assert run(history, tmp_path)["c-kim"] == ALLOWED
    assert run(history, tmp_path, "--set", "cap=1")["c-kim"] == ("allow", "hold", ["cap"])
    stricter = run(history, tmp_path, "--set", "least_evidence=signed")
    assert stricter["c-kim"] == ("hold", "hold", ["needs_evidence"])


def test_a_visit_before_the_window_is_too_late(history: History, tmp_path: Path) -> None:
    history.friend("eve")
    history.events[-1]["t"] += 61 * DAY
    assert run(history, tmp_path)["l-eve"] == ("reject", "reject", ["expired"])
    assert run(history, tmp_path, "--set", "window=90")["l-eve"] == ALLOWED


def test_the_summary_counts_and_nothing_of_the_installation_is_touched(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOODWORD_DATA_DIR", str(tmp_path / "data"))
    history.friend("eve")
    run(history, tmp_path)
    paths = [str(tmp_path / each) for each in ("events.jsonl", "world.json", "out.jsonl")]
    [events, world, out] = paths
    command = ["backtest", "--events", events, "--world", world, "--out", out, "--json"]
    told = json.loads(CliRunner().invoke(main, command).stdout)
    assert told["final"] == {
        "referrer": {"allow": 1},
        "hit": {"allow": 1},
        "lead": {"allow": 1},
    }
    assert (told["events"], told["out"]) == (3, out)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("events", "world", "more", "says"),
    [
        (None, "{}", (), "events.jsonl: No such file"),
        ('{"type": "hit"}', "{}", (), "line 1: Object missing required field"),
        ("nonsense", "{}", (), "line 1: JSON is malformed"),
        (json.dumps(ADA | {"t": 5}) + "\n" + json.dumps(ADA | {"t": 4}), "{}", (), "line 2: it is"),
        ("", "[]", (), "world.json: Expected `object`"),
        ("", '{"trusted_proxies": ["here"]}', (), "trusted_proxies: 'here' does not appear"),
        ("", "{}", ("--set", "colour=red"), "--set colour=red: the keys are reward, delay"),
        ("", "{}", ("--set", "cap=few"), "--set cap=few: write a number, or none"),
    ],
)
def test_what_can_t_be_read_is_said_in_one_line(
    tmp_path: Path, events: str | None, world: str, more: tuple[str, ...], says: str
) -> None:
    if events is not None:
        (tmp_path / "events.jsonl").write_text(events)
    (tmp_path / "world.json").write_text(world)
    paths = [str(tmp_path / each) for each in ("events.jsonl", "world.json", "out.jsonl")]
    command = ["backtest", "--events", paths[0], "--world", paths[1], "--out", paths[2], *more]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 1
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out.jsonl").exists()
