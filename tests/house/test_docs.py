"""What the program can be told is in the documentation, and nothing else is."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from doc_calls import calls_of
from goodword.__main__ import main
from goodword.settings import KEYS
from house.tree import documentation, files, name, text

PLACES = ("README.md", "Makefile", "demo_site", "server", "snippet")


def test_every_setting_is_documented() -> None:
    written = set(re.findall(r"GOODWORD_[A-Z_]+", documentation()))
    assert {key.name for key in KEYS} - written == set()


def test_every_setting_that_is_mentioned_exists() -> None:
    known = {key.name for key in KEYS}
    unknown = {
        f"{name(path)}: {word}"
        for path in files(*PLACES)
        for word in re.findall(r"\bGOODWORD_[A-Z]+(?:_[A-Z]+)*\b(?!_)", text(path) or "")
        if word not in known
    }
    assert unknown == set()


def test_every_page_with_a_call_is_run_by_a_test() -> None:
    tests = "\n".join(text(path) or "" for path in files("tests"))
    pages = [path for path in files("server/docs") if any(calls_of(text(path) or ""))]
    assert pages
    assert [path.name for path in pages if f'page("{path.name}")' not in tests] == []


def test_every_command_is_documented() -> None:
    pages = documentation()
    commands = [path for path, _ in _commands(main)]
    assert commands
    assert [path for path in commands if f"goodword {path}" not in pages] == []


def test_every_documented_command_line_is_understood() -> None:
    commands = dict(_commands(main))
    # Not the user of `sudo -u goodword`.
    lines = re.findall(r"^.*(?<!-u )\bgoodword ([a-z].*)$", _code(), re.MULTILINE)
    assert lines
    assert [line for line in lines if not _is_understood(line, commands)] == []


def _commands(group: click.Group, above: str = "") -> Iterator[tuple[str, click.Command]]:
    for name_, command in group.commands.items():
        path = f"{above} {name_}".strip()
        if isinstance(command, click.Group):
            yield from _commands(command, path)
        else:
            yield path, command


def _code() -> str:
    """The fenced blocks and the `goodword ...` spans of the documentation, one a line."""
    pages = documentation()
    blocks = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", pages, re.MULTILINE | re.DOTALL)
    fenced = [block for language, block in blocks if language in ("sh", "console", "bash")]
    spans = re.findall(r"`(goodword [^`\n]+)`", pages)
    return re.sub(r"\\\n\s*", "", "\n".join([*fenced, *spans]))


def _is_understood(line: str, commands: dict[str, click.Command]) -> bool:
    """Whether a command line names a command that exists, and only options that it has."""
    words = line.split()
    found = next(
        (commands[path] for path in (" ".join(words[:2]), words[0]) if path in commands), None
    )
    if found is None:
        return False
    known = {option for parameter in found.params for option in parameter.opts}
    return {word.split("=")[0].rstrip(".,") for word in words if word.startswith("--")} <= known
