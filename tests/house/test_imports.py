"""The import rule: down the stairs, never sideways, and what decides is pure."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from house.tree import ROOT, files, name

PACKAGE = "server/goodword"
DECIDING = ("decide.py", "rules.py", "agent.py")
INTERFACES = {"goodword.integrations.base", "goodword.notifications.letters"}
"""Types and words without any doing; the import contract on what decides holds them too."""

PURE = {
    "__future__",
    "collections",
    "dataclasses",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "hashlib",
    "ipaddress",
    "itertools",
    "json",
    "math",
    "operator",
    "re",
    "typing",
    "unicodedata",
    "urllib.parse",
    # Lists and parsers as data: no input but their arguments.
    "crawleruseragents",
    "msgspec",
    "publicsuffixlist",
    "user_agents",
}


def test_the_import_contracts_hold() -> None:
    """In a process of its own: the linter switches off every logger that is there already."""
    run = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", run], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_decides_imports_only_the_model_and_pure_modules() -> None:
    deciding = [path for path in files(PACKAGE) if path.name in DECIDING]
    assert deciding
    assert [
        f"{name(path)} imports {module}"
        for path in deciding
        for module in _imports(path)
        if not _is_pure(module, path)
    ] == []


def test_what_decides_never_awaits() -> None:
    waiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    assert [
        f"{name(path)}:{node.lineno}"
        for path in files(PACKAGE)
        if path.name in DECIDING
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, waiting)
    ] == []


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)} has a relative import"
            yield node.module or ""


def _is_pure(module: str, path: Path) -> bool:
    room = f"goodword.{path.parent.name}"
    siblings = {f"{room}.{Path(file).stem}" for file in DECIDING}
    if module.startswith("goodword"):
        return module in siblings | INTERFACES or module.split(".")[1] == "model"
    return module in PURE or module.split(".")[0] in PURE


def test_a_command_waits_for_no_page() -> None:
    """Only `serve` loads the application: half of what a command's start costs is its pages."""
    loaded = "import sys, goodword.__main__; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    modules = set(done.stdout.split())
    assert "goodword.opening" in modules
    assert modules & {"goodword.app", "goodword.web.admin", "jinja2", "starlette"} == set()
