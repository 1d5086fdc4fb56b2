"""The nouns as frozen values. Times are milliseconds, money integers of minor units."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct

from goodword.model.money import Money, worth
from goodword.model.words import (
    CampaignStatus,
    Evidence,
    Kind,
    LeadStatus,
    Method,
    Mode,
    Occasion,
    Reason,
    Recipient,
    RefundStatus,
    ReportKind,
    RewardStatus,
    Status,
    Verdict,
)

DEFAULT_CAP = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One version of what a campaign owes: `recipients` each get the amount on the occasion.

    `amount` is minor units of `currency`, or with `unit` a number of things. A percentage pays
    `rate` hundredths of a percent of the conversion, `at_most` minor units. `every` and
    `milestones` ("1,3,5") count the referrer's successful referrals; `months` bounds further
    conversions, 0 for ever. A version holds for leads that joined at `holds_from` or later.
    """

    id: str
    campaign_id: str
    version: int
    recipients: tuple[Recipient, ...]
    occasion: Occasion
    amount: int
    currency: str
    delay: int
    created_at: int
    kind: Kind = Kind.FIXED
    rate: int = 0
    at_most: int | None = None
    unit: str = ""
    pool: str = ""
    every: int = 0
    milestones: str = ""
    months: int = 0
    method: Method = Method.HAND
    auto: bool = False
    holds_from: int = 0

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def stepped(self) -> bool:
        """Whether it pays for a number of successful referrals, not for each of them."""
        return bool(self.every or self.milestones)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Campaign:
    """A referral programme of one site, with the rules that are active now.

    More than `cap` rewards of a referrer in 30 days are held, as are those beyond the `budget`;
    with a `batch_day` all of a month may go out on that day; from `second_eyes` on two persons
    issue. Amounts are minor units of the campaign's currency. `params` are the query parameters of
    old links, from before this campaign was moved here.

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
    cap: int | None = DEFAULT_CAP
    budget: int | None = None
    batch_day: int | None = None
    second_eyes: int | None = None
    params: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()

    @property
    def paused(self) -> bool:
        return self.status is CampaignStatus.PAUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrer:
    """The person who refers. Links that were mailed to them before `links_from` open nothing;
    who asked to join themselves did so at `asked_at`, and may be reminded once."""

    id: str
    campaign_id: str
    email: str
    email_canonical: str
    name: str
    code: str
    alias: str | None
    mode: Mode
    created_at: int
    disabled_at: int | None = None
    links_from: int = 0
    asked_at: int | None = None
    reminded_at: int | None = None
    import_id: str | None = None


class Hit(Struct, frozen=True, kw_only=True):
    """One captured visit. `via` says how it came: by the tag, or by the link hop. Of the address it
    has the network, and a hash whose key is destroyed in time.

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
    address_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """The referred person. `reason` says why it was rejected; `source` what made it.

    `import_id` names the file it came with; `settled` leads had qualified before, where they came
    from: what that earned was owed there.
    """

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
    import_id: str | None = None
    settled: int = 0


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
    refunded: int = 0
    import_id: str | None = None

    @property
    def money(self) -> Money | None:
        if self.amount is None or self.currency is None:
            return None
        return Money(self.amount, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money that went back to the buyer of an order; without an amount all of it.

    `external_id` is the payment system's own, under which a repeat is known.
    """

    id: str
    campaign_id: str
    order_id: str | None
    conversion_id: str | None
    external_id: str | None
    amount: int | None
    currency: str | None
    note: str
    status: RefundStatus
    actor: str
    mode: Mode
    created_at: int


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
    """What is owed to one recipient for one occasion, by one version of a rule.

    `amount` counts minor units of `currency`, or things where there is a `unit`. `step` is the
    number of successful referrals it is for. `hold` is why it is held apart from findings;
    findings older than `released_at` hold it no more. A reversal names what it `reverses` and is
    negative; `reversed` is how much of a reward was taken back. What a refund took of an issued
    reward is owed again once it is undone, by a row that names the refund it `restores`. One that
    came with an import keeps its amount whatever the rules are; `import_key` is how a repeat of
    its row is known.
    """

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
    unit: str = ""
    step: int = 0
    hold: Reason | None = None
    released_at: int | None = None
    approved_by: str | None = None
    ready_at: int | None = None
    issued_at: int | None = None
    reverses: str | None = None
    replaces: str | None = None
    restores: str | None = None
    reversed: int = 0
    import_id: str | None = None
    import_key: str | None = None

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def left(self) -> int:
        """What of it was not taken back."""
        return self.amount - self.reversed

    @property
    def worth(self) -> str:
        """The amount in words: `10.00 EUR`, or `1 free month`."""
        return worth(self.amount, self.currency, self.unit)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a person did by hand: the line of the audit trail that Undo goes back by.

    `items` is JSON: the id of each thing and how it stood before. `undoes` names the deed that
    this one took back.
    """

    id: str
    campaign_id: str | None
    actor: str
    verb: str
    subject: str
    items: str
    note: str
    created_at: int
    undone_at: int | None = None
    undoes: str | None = None
