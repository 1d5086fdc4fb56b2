"""What every list is asked and answers: `limit`, `cursor`, `data`, `next_cursor`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta

from goodword.stats.api_read import Wanted
from goodword.web.api.call import Call
from goodword.web.api.words import Id

LARGEST = 250
T = TypeVar("T")


class ListQuery(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=LARGEST)] = 50
    cursor: Annotated[
        Id | None, Meta(description="`next_cursor` of the page before; keep the other filters.")
    ] = None
    campaign_id: Id | None = None


class Page(msgspec.Struct, Generic[T]):
    """Newest first. `next_cursor` is null on the last page."""

    data: list[T]
    next_cursor: str | None


Q = TypeVar("Q", bound=ListQuery)


async def wanted(call: Call[Any, Q], since: int | None = None, **where: str | None) -> Wanted:
    """What to read for this call; a filter that is None is none. `since` is milliseconds."""
    return Wanted(
        campaign_id=await call.seen(call.query.campaign_id),
        limit=call.query.limit,
        after=call.query.cursor,
        since=since,
        where={column: value for column, value in where.items() if value is not None},
    )


def page(rows: Sequence[T], after: str | None) -> Page[T]:
    """A page; `after` is the id that the next one comes after, None on the last."""
    return Page(list(rows), after)
