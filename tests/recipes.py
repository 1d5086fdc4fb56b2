"""Recipes of the documentation, run by whatever interpreter of their language is at hand."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from typing import Any

from goodword.model import CallResult

_CALL = {
    "python": (
        "{recipe}\nimport json, sys\n"
        "print(json.dumps({name}(*json.load(sys.stdin)), ensure_ascii=True))\n"
    ),
    "js": (
        "{recipe}\nconst given = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));\n"
        "console.log(JSON.stringify({name}(...given)));\n"
    ),
    "php": (
        "{recipe}\n$given = json_decode(stream_get_contents(STDIN), true);\n"
        "echo json_encode({name}(...$given));\n"
    ),
    "ruby": '{recipe}\nrequire "json"\nputs JSON.generate({name}(*JSON.parse($stdin.read)))\n',
}
LANGUAGES = tuple(sorted(_CALL))

BY_STATUS = (CallResult.RECEIVED, CallResult.INVALID, CallResult.BAD_SIGNATURE)
"""Results that a caller never reads: these are answered by a status."""

OF_SHOPS = (CallResult.REFUNDED, CallResult.WAITING, CallResult.NO_LEAD)
"""Results that only a shop's call has."""

OF_HOOKS = tuple(each for each in CallResult if each not in (*BY_STATUS, *OF_SHOPS))
"""Results that a caller of the inbound webhook reads."""


class Failed(Exception):
    """The recipe ended with an error; the message is what it wrote."""


def interpreters(node: str) -> dict[str, list[str]]:
    """How each language that is at hand runs a text. CI brings PHP and Ruby."""
    commands = {"python": [sys.executable, "-c"], "js": [node, "-e"]}
    for language, program, option in (("php", "php", "-r"), ("ruby", "ruby", "-e")):
        if (found := shutil.which(program)) is not None:
            commands[language] = [found, option]
    return commands


def recipe_of(page: str, language: str) -> str:
    """The one block in this language of a page."""
    [found] = re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return str(found)


def run(command: list[str], language: str, recipe: str, name: str, *given: object) -> Any:
    """What the recipe's function `name` returns for these arguments; `Failed`."""
    program = _CALL[language].replace("{recipe}", recipe).replace("{name}", name)
    done = subprocess.run(
        [*command, program], input=json.dumps(given), capture_output=True, text=True, timeout=60
    )
    if done.returncode != 0:
        raise Failed(done.stderr)
    return json.loads(done.stdout)
