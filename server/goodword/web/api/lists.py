"""What every list is asked and answers: `limit`, `cursor`, `data`, `next_cursor`."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta

from goodword.stats.api_read import Wanted
from goodword.web.api.call import Call
from goodword.web.api.problems import bad_field
from goodword.web.api.words import Id, is_id

LARGEST = 250
T = TypeVar("T")


class ListQuery(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=LARGEST)] = 50
    cursor: Annotated[
        str | None, Meta(description="`next_cursor` of the page before; keep the other filters.")
    ] = None
    campaign_id: Id | None = None


class Page(msgspec.Struct, Generic[T]):
    """Newest first. `next_cursor` is null on the last page."""

    data: list[T]
    next_cursor: str | None


Q = TypeVar("Q", bound=ListQuery)


async def wanted(call: Call[Any, Q], **where: str | None) -> Wanted:
    """What to read for this call; a filter that is None is none."""
    return Wanted(
        campaign_id=await call.seen(call.query.campaign_id),
        limit=call.query.limit,
        after=read_cursor(call.query.cursor),
        where={column: value for column, value in where.items() if value is not None},
    )


def read_cursor(text: str | None) -> str | None:
    """The id that a cursor stands for. `Problem` when it is none of ours."""
    if text is None:
        return None
    try:
        place = urlsafe_b64decode(text.encode() + b"==").decode()
    except ValueError as error:
        raise bad_field("cursor", "send next_cursor as it came") from error
    if not is_id(place):
        raise bad_field("cursor", "send next_cursor as it came")
    return place


def page(rows: Sequence[T], after: str | None) -> Page[T]:
    cursor = None if after is None else urlsafe_b64encode(after.encode()).rstrip(b"=").decode()
    return Page(list(rows), cursor)
