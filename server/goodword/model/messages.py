"""What leaves this server: endpoints that are told, messages to them, and each try."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

EVENTS = (
    "referrer.joined",
    "lead.created",
    "lead.qualified",
    "lead.unqualified",
    "lead.rejected",
    "conversion.counted",
    "conversion.held",
    "reward.due",
    "reward.ready",
    "reward.held",
    "reward.issued",
    "reward.cancelled",
    "reward.reversed",
    "reward.failed",
)
"""The types that an endpoint can ask for."""

TEST_EVENT = "test"

WEBHOOK = "webhook"


class EndpointStatus(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


class MessageStatus(StrEnum):
    """`failed` was tried for the last time, `dropped` is not to go out after all; a person may
    send either again."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address that is told of events. Its secrets are sealed, as they lie in the table; the
    former one still signs until `former_until`."""

    id: str
    campaign_id: str
    url: str
    events: tuple[str, ...]
    secret: bytes = field(repr=False)
    former_secret: bytes | None = field(repr=False)
    former_until: int | None
    status: EndpointStatus
    reason: str | None
    created_by: str
    created_at: int

    def wants(self, type_: str) -> bool:
        return self.status is EndpointStatus.ACTIVE and type_ in self.events


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one receiver is told of one thing; its id is the same at every try.

    `kind` is the way it goes (`webhook`), `target` who gets it there (an endpoint's id).
    """

    id: str
    campaign_id: str
    kind: str
    target: str
    type: str
    lead_id: str | None
    reward_id: str | None
    body: str
    status: MessageStatus
    attempts: int
    next_at: int
    leased_until: int
    created_at: int
    sent_at: int | None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One try: the receiver's status code, None where no answer came; `took` milliseconds."""

    id: str
    campaign_id: str
    message_id: str
    attempt: int
    code: int | None
    answer: str
    took: int
    created_at: int
