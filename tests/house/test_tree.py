"""What may be in the repository, and what no file may say."""

from __future__ import annotations

import re

import pytest

from house.tree import ROOT, files, name, text

FOLDERS = {"demo_site", "server", "snippet", "tests"}
FILES = {
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "pyproject.toml",
    "requirements-test.lock",
    "requirements.lock",
}

FORBIDDEN = {
    "a path of one machine": r"(?<![\w.~-])/(?:root|home|Users|work)/\w",
    "a host of a package registry": r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|crates\.io",
    "unfinished work": r"\b(?:TO[D]O|FIX[M]E)\b",
}


def test_the_top_level_holds_only_what_a_newcomer_expects() -> None:
    entries = {name(path).split("/")[0] for path in files()}
    assert {entry for entry in entries if not entry.startswith(".")} <= FOLDERS | FILES
    assert all((ROOT / entry).is_dir() for entry in FOLDERS)


@pytest.mark.parametrize("pattern", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_no_file_mentions(pattern: str) -> None:
    found = [
        f"{name(path)}: {match.group()}"
        for path in files()
        for match in re.finditer(pattern, text(path) or "")
    ]
    assert found == []


def test_nothing_committed_is_named_after_no_subject() -> None:
    vague = re.compile(r"(?:^|_)(?:utils?|helpers?|common|misc)(?:_|$)")
    assert [name(path) for path in files() if vague.search(path.stem)] == []
