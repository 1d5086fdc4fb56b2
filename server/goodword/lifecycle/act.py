"""One transaction in progress: who acts on which campaign, when, and how it is logged."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.activity import record as activity
from goodword.lifecycle.context import Context
from goodword.lifecycle.letters import write_letters
from goodword.lifecycle.tell import Listeners, tell
from goodword.model import Activity, Campaign, Mode


@dataclass(frozen=True, slots=True)
class Act:
    """`actor` is a door (`script`, `api`), an admin's e-mail or `clock`; `at` milliseconds;
    `lines` the log so far, `listeners` who is told of it."""

    context: Context
    db: AsyncConnection
    campaign: Campaign
    at: int
    actor: str
    mode: Mode
    lines: list[Activity] = field(default_factory=list)
    listeners: Listeners = field(default_factory=Listeners)

    def new_id(self, prefix: str) -> str:
        return self.context.new_id(prefix, self.at)

    async def log(
        self,
        type_: str,
        *,
        referrer_id: str | None = None,
        lead_id: str | None = None,
        conversion_id: str | None = None,
        reward_id: str | None = None,
        **data: str | int | None,
    ) -> None:
        """Appends one line of activity, and tells whoever wants to know.

        `data` holds what the line says beyond its ids.
        """
        line = Activity(
            id=self.new_id("act"),
            campaign_id=self.campaign.id,
            type=type_,
            actor=self.actor,
            referrer_id=referrer_id,
            lead_id=lead_id,
            conversion_id=conversion_id,
            reward_id=reward_id,
            data=json.dumps(data),
            mode=self.mode,
            created_at=self.at,
        )
        await activity.append(self.db, line)
        await tell(self.db, line, self.listeners)
        self.lines.append(line)


@asynccontextmanager
async def begin(
    context: Context, campaign: Campaign, actor: str, mode: Mode = Mode.LIVE
) -> AsyncIterator[Act]:
    """A transaction of one campaign. The time is taken once it is its turn; at its end letters
    are written to whom its log concerns."""
    async with context.storage.write(campaign.id) as db:
        act = Act(context, db, campaign, context.now(), actor, mode)
        yield act
        await write_letters(db, campaign, act.lines, act.at, context.settings.public_url)
