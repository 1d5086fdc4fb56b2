"""The reference page: its calls run as they stand, and what it says of answers is so."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from conftest import Serve
from goodword.web.api import OPERATIONS
from goodword.web.api.problems import PROBLEMS
from house.tree import ROOT
from installation import Installation

PAGE = (ROOT / "server/docs/api.md").read_text()
BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _examples() -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Each call, and the answer that is shown right after it, if one is."""
    blocks = BLOCK.findall(PAGE)
    for (kind, text), (after, shown) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if kind == "sh":
            follows = f"```\n\n```json\n{shown}" in PAGE and after == "json"
            yield text, json.loads(shown) if follows else None


def test_the_calls_run_as_they_stand(cli: Installation, live_server: Serve) -> None:
    shop = ("--name", "Shop", "--origin", "https://shop.example", "--reward", "10.00")
    campaign = cli.json("campaign", "create", *shop)
    key = cli.json("apikey", "create", "--campaign", campaign["id"])["key"]
    env = os.environ | {"URL": live_server().url, "KEY": key}
    examples = list(_examples())
    assert len(examples) >= 8
    for command, shown in examples:
        done = subprocess.run(
            ["bash", "-euc", command], env=env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        _compare(json.loads(done.stdout), shown)


OWN = re.compile(r"^id$|(campaign|lead|referrer|conversion)_id$|_at$|^code$|link$")
"""Ids, codes, times and this server's address, which are others each time."""


def _compare(answer: dict[str, Any], shown: dict[str, Any] | None) -> None:
    """The same fields, and the same values but for `OWN`."""
    if shown is None:
        assert answer
        return
    assert list(answer) == list(shown)
    for name, value in shown.items():
        if isinstance(value, dict):
            _compare(answer[name], value)
        elif not OWN.search(name):
            assert answer[name] == value, name


@pytest.mark.parametrize("word", sorted(PROBLEMS))
def test_every_problem_is_in_the_page(word: str) -> None:
    status, _ = PROBLEMS[word]
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| {status} |")]
    assert f"`{word}`" in row


def test_every_operation_and_filter_is_in_the_page() -> None:
    for operation in OPERATIONS:
        assert operation.path.split("{")[0].rstrip("/") in PAGE
        if operation.path.count("/") == 1 and operation.method == "GET":
            for field in operation.query.__struct_fields__:
                assert f"`{field.rstrip('_')}`" in PAGE or field in ("from_", "to")
