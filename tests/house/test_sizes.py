"""Files and functions stay small enough to be read at one sitting."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from house.tree import files, name

LARGEST_FILE = 400
LARGEST_FUNCTION = 60
EXCEPTIONS: frozenset[str] = frozenset()
"""`path` or `path:function` of what may be larger, each with the reason beside it."""

MIGRATIONS = "server/goodword/storage/migrations/versions/"
"""Each is the written-out record of one change, made once and never edited: not measured."""


def test_no_file_is_longer_than_400_lines() -> None:
    sizes = {name(path): len(path.read_text().splitlines()) for path in _sources()}
    assert {file: n for file, n in sizes.items() if n > LARGEST_FILE} == {}


def test_no_function_is_longer_than_60_lines() -> None:
    sizes = dict(_functions())
    assert sizes
    assert {function: n for function, n in sizes.items() if n > LARGEST_FUNCTION} == {}


def _sources() -> Iterator[Path]:
    for path in files("server", "demo_site", "tests"):
        measured = path.suffix == ".py" and not name(path).startswith(MIGRATIONS)
        if measured and name(path) not in EXCEPTIONS:
            yield path


def _functions() -> Iterator[tuple[str, int]]:
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                where = f"{name(path)}:{node.name}"
                if where not in EXCEPTIONS:
                    yield where, (node.end_lineno or node.lineno) - node.lineno + 1
