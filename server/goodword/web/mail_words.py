"""How the pages about e-mails read: to whom, what is wrong with the mail server, what was said."""

from __future__ import annotations

import json
from dataclasses import dataclass

from goodword.lifecycle.context import Context
from goodword.lifecycle.post import TROUBLE
from goodword.model import Campaign, MessageStatus
from goodword.notifications import read as outbox
from goodword.notifications.letters import Audience
from goodword.storage import installation as notes

TO = {
    Audience.REFERRER: "To the referrer",
    Audience.LEAD: "To the lead",
    Audience.FRIEND: "To a friend",
    Audience.ADMIN: "To the admins",
}


@dataclass(frozen=True, slots=True)
class State:
    """Whether e-mails go out. `server` is empty where none is set; `trouble` says what is wrong
    with it, since `at`; `oldest` is since when something waits."""

    server: str
    sender: str
    trouble: str
    at: int
    counts: dict[MessageStatus, int]
    oldest: int | None

    @property
    def waiting(self) -> int:
        return self.counts[MessageStatus.WAITING]

    @property
    def failed(self) -> int:
        return self.counts[MessageStatus.FAILED]


async def read_state(context: Context, campaign: Campaign) -> State:
    server, sender = context.settings.mail_server, context.settings.mail_from
    async with context.storage.read() as db:
        noted = json.loads(await notes.read(db, TROUBLE) or "{}")
        counts = await outbox.mail_counts(db, campaign.id)
        oldest = await outbox.oldest_waiting(db, campaign.id)
    return State(
        server=server.host if server else "",
        sender=sender.addr_spec if sender else "",
        trouble=noted.get("why", "") if server else "",
        at=noted.get("at", 0),
        counts=counts,
        oldest=oldest,
    )
