"""The nouns as frozen values. Times are milliseconds, money integers of minor units."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct

from goodword.model.money import Money
from goodword.model.words import (
    CampaignStatus,
    Evidence,
    LeadStatus,
    Mode,
    Occasion,
    Reason,
    Recipient,
    ReportKind,
    RewardStatus,
    Status,
    Verdict,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One version of what a campaign owes: `recipients` each get the amount on the occasion."""

    id: str
    campaign_id: str
    version: int
    recipients: tuple[Recipient, ...]
    occasion: Occasion
    amount: int
    currency: str
    delay: int
    created_at: int

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Campaign:
    """A referral programme of one site, with the rules that are active now.

    Compared by identity, so that what is remembered of one is forgotten with its next version.
    """

    id: str
    slug: str
    name: str
    status: CampaignStatus
    site_key: str
    origins: tuple[str, ...]
    landing: str
    window: int
    least_evidence: Evidence
    currency: str
    code_key: bytes
    signing_secret: str
    paused_at: int | None
    created_at: int
    rules: tuple[Rule, ...] = ()

    @property
    def paused(self) -> bool:
        return self.status is CampaignStatus.PAUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrer:
    id: str
    campaign_id: str
    email: str
    email_canonical: str
    name: str
    code: str
    alias: str | None
    mode: Mode
    created_at: int


class Hit(Struct, frozen=True, kw_only=True):
    """One captured visit. `via` says how it came: by the tag, or by the link hop.

    A struct, as everything that is made once a hit: a frozen dataclass costs ten times as much.
    """

    id: str
    campaign_id: str
    referrer_id: str
    lead_id: str | None
    visitor: str
    code: str
    via: str
    url: str
    http_referrer: str
    address: str
    user_agent: str
    webdriver: int
    gpc: int
    mode: Mode
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """The referred person. `reason` says why it was rejected; `source` what made it."""

    id: str
    campaign_id: str
    referrer_id: str
    status: LeadStatus
    reason: Reason | None
    code: str
    email: str | None
    email_canonical: str | None
    customer: str | None
    name: str | None
    hit_id: str | None
    visitor: str | None
    source: str
    mode: Mode
    joined_at: int
    converted_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """One report, by whatever door, that a lead did what the campaign asks. Never money itself."""

    id: str
    campaign_id: str
    lead_id: str | None
    referrer_id: str | None
    event: str
    order_id: str | None
    amount: int | None
    currency: str | None
    evidence: Evidence
    status: Status
    reason: Reason | None
    mode: Mode
    created_at: int

    @property
    def money(self) -> Money | None:
        if self.amount is None or self.currency is None:
            return None
        return Money(self.amount, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One call, as it came and as it was answered. `holder` is who alone may repeat its `key`."""

    id: str
    campaign_id: str
    kind: ReportKind
    key: str
    holder: str
    slot: str
    door: str
    evidence: Evidence
    status: Status
    reason: Reason | None
    lead_id: str | None
    conversion_id: str | None
    payload: str
    mode: Mode
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check said, about a lead or one conversion of it. Open until `cleared_at`."""

    id: str
    campaign_id: str
    lead_id: str | None
    conversion_id: str | None
    check: str
    verdict: Verdict
    detail: str
    created_at: int
    cleared_at: int | None
    cleared_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """What is owed to one recipient for one occasion, by one version of a rule."""

    id: str
    campaign_id: str
    lead_id: str
    referrer_id: str
    conversion_id: str | None
    recipient: Recipient
    occasion: Occasion
    rule_id: str
    rule_version: int
    amount: int
    currency: str
    status: RewardStatus
    reason: Reason | None
    issue_after: int
    created_at: int

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One line of the log: what happened, to what, by whom. Appended, never changed."""

    id: str
    campaign_id: str
    type: str
    actor: str
    referrer_id: str | None
    lead_id: str | None
    conversion_id: str | None
    reward_id: str | None
    data: str
    mode: Mode
    created_at: int
