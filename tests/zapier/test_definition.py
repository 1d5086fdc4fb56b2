"""The app is declared as Zapier wants it, also where its schema looks away."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from goodword.model import EVENTS
from node_packages import node_packages
from zapier.app import FOLDER, Bundle, definition

HOOK = ("performSubscribe", "performUnsubscribe", "perform", "performList")
PARTS = ("triggers", "creates", "searches")


@pytest.fixture(scope="module")
def installed(node: str) -> Path:
    return node_packages(FOLDER, node)


@pytest.fixture(scope="module")
def declared(node: str, installed: Path) -> Bundle:
    return definition(node)


def test_the_schema_finds_nothing(node: str, installed: Path) -> None:
    done = subprocess.run([node, "validate.js"], cwd=FOLDER, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "damage",
    [
        "delete app.version",
        "delete app.triggers.reward_ready.display.description",
        "app.creates.add_lead.operation.perform = 'somewhere'",
        "app.searches.find_lead.surprise = true",
        "app.authentication.type = 'none'",
    ],
)
def test_the_schema_finds_what_is_broken(node: str, installed: Path, damage: str) -> None:
    script = f"const app = require('./index'); {damage};"
    script += "process.exitCode = require('./validate').problems(app).length ? 0 : 1"
    done = subprocess.run([node, "-e", script], cwd=FOLDER, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_it_has_what_it_says(declared: Bundle) -> None:
    labels = {
        part: [each["display"]["label"] for each in declared[part].values()] for part in PARTS
    }
    assert labels == {
        "triggers": ["New Referred User", "Lead Qualified", "Reward Ready", "List of Campaigns"],
        "creates": ["Qualify User", "Add Referrer", "Add Lead"],
        "searches": ["Find Lead"],
    }
    assert declared["authentication"]["test"] == "function"
    assert [each["key"] for each in declared["authentication"]["fields"]] == ["baseUrl", "apiKey"]


def test_every_trigger_is_subscribed_and_ended_and_can_show_samples(declared: Bundle) -> None:
    shown = [each for each in declared["triggers"].values() if not each["display"].get("hidden")]
    assert len(shown) == 3
    for trigger in shown:
        operation = trigger["operation"]
        assert operation["type"] == "hook"
        assert [operation.get(name) for name in HOOK] == ["function"] * len(HOOK)


@pytest.mark.parametrize("part", PARTS)
def test_every_sample_has_an_id(declared: Bundle, part: str) -> None:
    assert [
        key for key, each in declared[part].items() if not each["operation"]["sample"]["id"]
    ] == []


def test_every_output_field_is_in_the_sample(declared: Bundle) -> None:
    for trigger in declared["triggers"].values():
        sample = trigger["operation"]["sample"]
        for field in trigger["operation"].get("outputFields", []):
            thing, _, name = field["key"].rpartition("__")
            assert name in (sample[thing] if thing else sample)


def test_the_events_exist() -> None:
    sources = "".join(path.read_text() for path in (FOLDER / "triggers").glob("*.js"))
    types = {line.split("'")[1] for line in sources.splitlines() if line.startswith("  type: '")}
    assert types == {"lead.created", "lead.qualified", "reward.ready"}
    assert types <= set(EVENTS)
