"""Calls that a page of the documentation shows: run as they stand, and what they answer."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from house.tree import ROOT

_BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```", re.MULTILINE | re.DOTALL)
OWN = re.compile(r"^id$|(campaign|lead|referrer|conversion)_id$|_at$|^code$|link$")
"""Ids, codes, times and this server's address, which are others each time."""


def page(name: str) -> str:
    """The text of `server/docs/NAME`."""
    return (ROOT / "server/docs" / name).read_text()


def calls_of(text: str) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Each call of a page, and the answer that is shown right after it, if one is."""
    blocks = [*_BLOCK.findall(text), ("", "")]
    for (kind, call), (after, shown) in pairwise(blocks):
        if kind == "sh" and "curl" in call:
            follows = f"{call}```\n\n```json\n{shown}" in text and after == "json"
            yield call, json.loads(shown) if follows else None


def run(call: str, **variables: str) -> dict[str, Any]:
    """What the call answers; AssertionError when it fails."""
    done = subprocess.run(
        ["bash", "-euc", call],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, f"{call}\n{done.stdout}{done.stderr}"
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def compare(answer: Mapping[str, Any], shown: Mapping[str, Any] | None) -> None:
    """The same fields as the page shows, and the same values but for `OWN`."""
    if shown is None:
        assert answer
        return
    assert list(answer) == list(shown)
    for name, value in shown.items():
        if isinstance(value, dict):
            compare(answer[name], value)
        elif not OWN.search(name):
            assert answer[name] == value, name
