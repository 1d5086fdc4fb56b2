"""With CI set a test run skips nothing, and an empty one fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from house.tree import ROOT

SKIPPED = {
    "skip mark": "import pytest\n@pytest.mark.skip\ndef test_it(): pass\n",
    "skip call": "import pytest\ndef test_it(): pytest.skip('no')\n",
    "skipped module": "import pytest\npytest.skip('no', allow_module_level=True)\n",
    "missing import": "import pytest\npytest.importorskip('no_such_module')\n",
    "expected failure": "import pytest\n@pytest.mark.xfail\ndef test_it(): assert False\n",
    "unexpected pass": "import pytest\n@pytest.mark.xfail(strict=False)\ndef test_it(): pass\n",
}


@pytest.mark.parametrize("source", SKIPPED.values(), ids=SKIPPED.keys())
def test_what_is_skipped_fails_under_ci(source: str, tmp_path: Path) -> None:
    assert _pytest(source, tmp_path, ci="true") in (1, 2)


def test_a_passing_test_passes_under_ci(tmp_path: Path) -> None:
    assert _pytest("def test_it(): pass\n", tmp_path, ci="true") == 0


def test_a_developer_may_skip(tmp_path: Path) -> None:
    assert _pytest(SKIPPED["skip mark"], tmp_path, ci="") == 0


def test_a_run_without_tests_fails(tmp_path: Path) -> None:
    assert _pytest("", tmp_path, ci="true") == 5


def _pytest(source: str, folder: Path, ci: str) -> int:
    (folder / "test_sample.py").write_text(source)
    command = [sys.executable, "-m", "pytest", "-p", "nothing_skipped", "-p", "no:cacheprovider"]
    command += ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder), str(folder)]
    env = os.environ | {"CI": ci, "PYTHONPATH": str(ROOT / "tests")}
    env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    return subprocess.run(command, env=env, capture_output=True, cwd=folder).returncode
