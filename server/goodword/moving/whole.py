"""What a file says that has everything of some campaigns, and the file with their keys.

The rows themselves are written and read by `lines` and by `tables`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from goodword.sheets import Unreadable

FORMAT = 1


class Head(Struct, frozen=True):
    """What the file is: `version` is that of the database it was read from, `campaigns` their
    names by their ids, `rows` how many rows each table has."""

    goodword: int
    version: str
    campaigns: dict[str, str]
    rows: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


class Found(NamedTuple):
    """A row as the file has it, and where: numbers are numbers, bytes in base64."""

    place: str
    table: str
    row: dict[str, Any]


class Secrets(Struct, frozen=True):
    """What a campaign's codes and its site's reports are signed with."""

    code_key: bytes
    signing_secret: str


class Keys(Struct, frozen=True):
    """The file of keys: those of each campaign, by its id."""

    goodword_keys: int
    campaigns: dict[str, Secrets]


def read_head(text: bytes) -> Head | None:
    """What the file says that it is; None where it is something else."""
    try:
        return msgspec.json.decode(text, type=Head)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def read_keys(text: bytes) -> Keys:
    """`Unreadable` for what is no file of keys."""
    try:
        return msgspec.json.decode(text, type=Keys)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable("the file of keys is none, or is damaged") from error


def written(what: Head | Keys) -> bytes:
    return msgspec.json.encode(what)
