"""The records of a double: what the vendor keeps, and what a search of it sees."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

FAULTS = ("401", "429", "500", "page", "lost", "race", "lag", "invalid_grant")
"""What can go wrong, each once: a token that is refused, too many calls, an error page, a page of
something in between that says 200, an answer that is lost after the change was made, a search that
misses what create then finds, a search that is behind, a refresh token that is worth nothing."""


@dataclass
class Stored:
    """A record of the vendor: `links` are ids of what belongs to it, both ways."""

    object: str
    id: str
    fields: dict[str, str]
    created_at: int
    links: set[str] = field(default_factory=set)
    gone: bool = False
    merged: str = ""
    hidden: int = 0  # searches that do not see it yet


class Store:
    """Records by id, and what goes wrong with them. `now` is the vendor's clock, milliseconds."""

    def __init__(self, first_id: int = 101) -> None:
        self.records: dict[str, Stored] = {}
        self.faults: list[str] = []
        self.lag = 0
        self.writes = 0
        self.now: Callable[[], int] = lambda: time.time_ns() // 1_000_000
        self._numbers = itertools.count(first_id)

    def new_id(self, object_: str) -> str:
        return str(next(self._numbers))

    def add(self, object_: str, fields: Mapping[str, str], at: int | None = None) -> Stored:
        """A new record, made by a person or an import, or by a call to the API."""
        stored = Stored(object_, self.new_id(object_), dict(fields), at or self.now())
        stored.hidden = self.lag
        self.records[stored.id] = stored
        self.writes += 1
        return stored

    def write(self, stored: Stored, fields: Mapping[str, str]) -> None:
        """Changes fields, as a call to the API does."""
        stored.fields.update(fields)
        self.writes += 1

    def link(self, one: str, other: str) -> None:
        self.records[one].links.add(other)
        self.records[other].links.add(one)

    def linked(self, stored: Stored, object_: str) -> list[Stored]:
        """What belongs to a record, of one kind."""
        there = [self.records[id_] for id_ in sorted(stored.links)]
        return [each for each in there if each.object == object_ and not each.gone]

    def live(self, object_: str) -> list[Stored]:
        """Records that are there, oldest first."""
        return [r for r in self.records.values() if r.object == object_ and not r.gone]

    def searched(self, object_: str) -> list[Stored]:
        """What a search sees: not always what is there."""
        if self.take("race"):
            return []
        seen = [each for each in self.live(object_) if each.hidden <= 0]
        for each in self.live(object_):
            each.hidden -= 1
        return seen

    def fail(self, fault: str, times: int = 1) -> None:
        """The next calls fail in this way (`FAULTS`); `lag`: new records are missed by so many
        searches."""
        assert fault in FAULTS, fault
        if fault == "lag":
            self.lag = times
        else:
            self.faults += [fault] * times

    def take(self, fault: str) -> bool:
        """Whether this fault is due; it is over then."""
        with suppress(ValueError):
            self.faults.remove(fault)
            return True
        return False
