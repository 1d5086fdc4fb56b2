"""One call as its handler sees it, and one operation as the table of routes has it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import msgspec

from goodword.access.decide import ApiKey, Scope
from goodword.lifecycle.context import Context
from goodword.model import Campaign
from goodword.web.api.problems import Problem, bad_field, missing
from goodword.web.api.words import is_id

ACTOR = "api"
"""How the log names whoever called."""

B = TypeVar("B")
Q = TypeVar("Q")


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No query, or no body."""


@dataclass(frozen=True, slots=True)
class Naming:
    """How a body names something: by one of these fields (`oneOf`), or by some (`anyOf`)."""

    how: Literal["anyOf", "oneOf"]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: msgspec.Struct


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[B, Q]):
    """`report_key` is how a report of this very call is known again; empty without an
    `Idempotency-Key`."""

    context: Context
    key: ApiKey
    path: Mapping[str, str]
    body: B
    query: Q
    report_key: str = ""

    @property
    def id(self) -> str:
        """The id in the path; `Problem` 404 for what can be none."""
        if not is_id(self.path["id"]):
            raise missing("id", self.path["id"])
        return self.path["id"]

    async def seen(self, campaign_id: str | None) -> str | None:
        """The one campaign to look at, None for all; `Problem` 404 when the key may not see it."""
        if campaign_id is None:
            return self.key.campaign_id
        return (await self._visible(campaign_id)).id

    async def campaign(self, named: str | None) -> Campaign:
        """The campaign to act in: the named one, the key's, or the only one there is; `Problem`
        409 where there are several."""
        chosen = named or self.key.campaign_id
        if chosen is not None:
            return await self._visible(chosen)
        there = self.context.directory.all()
        if len(there) != 1:
            detail = "the key is for every campaign: say which one"
            raise Problem("conflict", detail, field="campaign_id")
        return there[0]

    async def campaign_of(self, campaign_id: str, named: str | None, field: str) -> Campaign:
        """The campaign of something that `field` names; it must not contradict `named`."""
        if named not in (None, campaign_id):
            raise bad_field(field, "it is not of the campaign that campaign_id names")
        return await self._visible(campaign_id)

    def check_is_for_all(self) -> None:
        """`Problem` 403 for a campaign's key."""
        if self.key.campaign_id is not None:
            raise Problem("forbidden", "this needs a key of the whole installation")

    async def _visible(self, campaign_id: str) -> Campaign:
        found = None
        if self.key.campaign_id in (None, campaign_id):
            found = await self.context.directory.by_id(campaign_id)
        if found is None:
            raise missing("campaign", campaign_id, "campaign_id")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[B, Q]):
    """One row of the table of routes: what runs, and what the OpenAPI document says of it."""

    method: str
    path: str
    name: str
    summary: str
    handler: Callable[[Call[B, Q]], Awaitable[Answer]]
    answer: Any
    body: type[B]
    query: type[Q]
    status: int = 200
    also: tuple[int, ...] = ()
    optional_body: bool = False

    @property
    def scope(self) -> Scope:
        return Scope.READ if self.reads else Scope.WRITE

    @property
    def reads(self) -> bool:
        """Whether it only reads, so that it may be asked for again by its `ETag`."""
        return self.method == "GET"


def read(
    path: str,
    handler: Callable[[Call[Nothing, Q]], Awaitable[Answer]],
    answer: Any,
    query: type[Q],
    summary: str,
) -> Operation[Nothing, Q]:
    """A GET."""
    return Operation(
        method="GET",
        path=path,
        name=handler.__name__,
        summary=summary,
        handler=handler,
        answer=answer,
        body=Nothing,
        query=query,
    )


def act(
    method: str,
    path: str,
    handler: Callable[[Call[B, Nothing]], Awaitable[Answer]],
    answer: Any,
    body: type[B],
    summary: str,
    *,
    status: int = 200,
    also: tuple[int, ...] = (),
    optional_body: bool = False,
) -> Operation[B, Nothing]:
    """A POST, PATCH, PUT or DELETE. `also` are other statuses of success. An optional body may be
    left out: then each field of it has its default."""
    return Operation(
        method=method,
        path=path,
        name=handler.__name__,
        summary=summary,
        handler=handler,
        answer=answer,
        body=body,
        query=Nothing,
        status=status,
        also=also,
        optional_body=optional_body,
    )
