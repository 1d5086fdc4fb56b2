"""`pip install .` alone gives a working goodword: everything it needs is package data."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from house.tree import ROOT, files

PACKAGE = ROOT / "server"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*command, "--directory", str(folder)], cwd=ROOT, check=True)
    (built,) = folder.glob("goodword-*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    source = {path.relative_to(PACKAGE).as_posix() for path in files("server/goodword")}
    assert source - packed == set()


def test_the_wheel_holds_nothing_but_the_package(wheel: Path) -> None:
    assert {member.split("/")[0].split("-")[0] for member in zipfile.ZipFile(wheel).namelist()} == {
        "goodword"
    }


def test_the_wheel_alone_makes_a_database(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    env = {name: value for name, value in os.environ.items() if not name.startswith("GOODWORD_")}
    env |= {"PYTHONPATH": str(tmp_path / "installed")}
    command = [sys.executable, "-m", "goodword", "migrate"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "data" / "goodword.db").exists()
