"""Moving in: a file of another programme's people or rewards, and what its rows come to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ImportKind(StrEnum):
    """What the rows of a file are."""

    REFERRERS = "referrers"
    LEADS = "leads"
    REWARDS = "rewards"


class ImportStatus(StrEnum):
    """Where an import stands. What is not written yet may be `dropped`; what is, taken back:
    its codes are closed first, then it is undone."""

    READING = "reading"
    WAITING = "waiting"
    CHECKING = "checking"
    CHECKED = "checked"
    WRITING = "writing"
    DONE = "done"
    CLOSING = "closing"
    UNDOING = "undoing"
    UNDONE = "undone"


class RowVerdict(StrEnum):
    """What a row comes to: something new, something that is known and gets a code more, nothing
    (it is there already, or nothing is owed), or it can't be understood."""

    NEW = "new"
    KNOWN = "known"
    LEFT = "left"
    WRONG = "wrong"


IMPORT = "import"
"""Who acts where a file says what happened elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One file on its way in. `rows` are all of it, `done` how many the present step has seen
    to, `round` how often they were checked.

    `plan`, `heading` and `sample` are JSON; `problem` says why it came to a stop.
    """

    id: str
    campaign_id: str
    kind: ImportKind
    status: ImportStatus
    name: str
    product: str
    heading: str
    sample: str
    plan: str
    actor: str
    rows: int
    done: int
    round: int
    new: int
    known: int
    left: int
    wrong: int
    problem: str
    deed_id: str | None
    created_at: int
    changed_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """What one row comes to. `column` and `detail` say what is wrong with it, or why it is left;
    `key` is how a repeat of it is known, `made` the id of what it made."""

    number: int
    verdict: RowVerdict
    column: str = ""
    detail: str = ""
    key: str = ""
    made: str | None = None
