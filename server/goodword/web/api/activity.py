"""Activity: the log of everything that happened."""

from __future__ import annotations

import json
from typing import Any, Literal

import msgspec

from goodword import model
from goodword.stats import api_read
from goodword.web.api.call import Answer, Call, Nothing, Operation, read
from goodword.web.api.lists import ListQuery, Page, page, wanted
from goodword.web.api.problems import bad_field
from goodword.web.api.words import Id, Line, Time, moment, read_moment


class Activity(msgspec.Struct, kw_only=True):
    """`type` is what happened, such as `lead.qualified`; `actor` a door (`script`, `api`), an
    admin's e-mail or `clock`; `data` what else the line says. A line never changes: its `status`
    is `logged`."""

    id: str
    campaign_id: str
    created_at: Time
    status: Literal["logged"] = "logged"
    type: str
    actor: str
    referrer_id: str | None
    lead_id: str | None
    conversion_id: str | None
    reward_id: str | None
    data: dict[str, str | int | None]


class ActivityQuery(ListQuery, kw_only=True):
    """`since` leaves out what is older; 2026-11-30T09:30:00Z is such a time."""

    type: Line | None = None
    referrer_id: Id | None = None
    lead_id: Id | None = None
    conversion_id: Id | None = None
    reward_id: Id | None = None
    since: Time | None = None


async def list_activity(call: Call[Nothing, ActivityQuery]) -> Answer:
    query = call.query
    asked = await wanted(
        call,
        since=_moment(query.since),
        type=query.type,
        referrer_id=query.referrer_id,
        lead_id=query.lead_id,
        conversion_id=query.conversion_id,
        reward_id=query.reward_id,
    )
    async with call.context.storage.read() as db:
        found = await api_read.activity(db, asked)
    return Answer(200, page([_shape(each) for each in found.rows], found.next))


OPERATIONS: list[Operation[Any, Any]] = [
    read("/activity", list_activity, Page[Activity], ActivityQuery, "List what happened"),
]


def _moment(text: str | None) -> int | None:
    at = None if text is None else read_moment(text)
    if text is not None and at is None:
        raise bad_field("since", "write a time such as 2026-11-30T09:30:00Z")
    return at


def _shape(line: model.Activity) -> Activity:
    return Activity(
        id=line.id,
        campaign_id=line.campaign_id,
        created_at=moment(line.created_at),
        type=line.type,
        actor=line.actor,
        referrer_id=line.referrer_id,
        lead_id=line.lead_id,
        conversion_id=line.conversion_id,
        reward_id=line.reward_id,
        data=json.loads(line.data),
    )
