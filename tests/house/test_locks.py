"""The lock files are those of pyproject.toml, with hashes and without addresses."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement

from house.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RUNTIME = PROJECT["dependencies"]
LOCKS = {
    "requirements.lock": RUNTIME,
    "requirements-test.lock": RUNTIME + PROJECT["optional-dependencies"]["test"],
}


@pytest.mark.parametrize(("lock", "wanted"), LOCKS.items(), ids=LOCKS.keys())
def test_every_dependency_is_locked_at_a_version_it_allows(lock: str, wanted: list[str]) -> None:
    locked = _locked(lock)
    requirements = [Requirement(line) for line in wanted]
    assert [
        str(requirement)
        for requirement in requirements
        if not requirement.specifier.contains(locked.get(_plain(requirement.name), "0"))
    ] == []


def test_both_locks_have_the_same_versions() -> None:
    assert _locked("requirements.lock").items() <= _locked("requirements-test.lock").items()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text
    assert "--index" not in text


def _locked(lock: str) -> dict[str, str]:
    pins = re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;]+)", (ROOT / lock).read_text(), re.MULTILINE)
    return {_plain(name): version for name, version in pins}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
