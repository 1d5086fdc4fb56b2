"""Writes what judged rows bring: people, leads and rewards, as of when they were there.

All of it is marked with the import, and told to nobody: no message leaves for what happened
elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from goodword.activity import record as activity
from goodword.campaigns import record as campaigns
from goodword.clock import new_secret
from goodword.leads import many as leads
from goodword.lifecycle.act import Act
from goodword.lifecycle.move_judge import Judged
from goodword.model import (
    IMPORT,
    Activity,
    Conversion,
    Evidence,
    Import,
    Kind,
    Lead,
    LeadStatus,
    Mode,
    Money,
    Occasion,
    Reason,
    Recipient,
    Referrer,
    Reward,
    RewardStatus,
    Rule,
    Status,
)
from goodword.moving.rows import Owed, Referred, Referring
from goodword.qualification import many as conversions
from goodword.referrers import many as referrers
from goodword.referrers.many import Alias
from goodword.rewards import many as rewards
from goodword.signing import CodeKind, mint_code

_EVENT = "purchase"


def told_of(referrer_id: str) -> str:
    """The id of the line that says that a referrer moved in, by which Undo finds it."""
    return f"act_{referrer_id.partition('_')[2]}"


def stand_in(job: Import) -> str:
    """The id of the rule that stands for those of the former programme."""
    return f"rule_{job.id.partition('_')[2]}"


@dataclass
class _Batch:
    """What is to be written, in the order of its tables."""

    act: Act
    job: Import
    made: dict[int, str] = field(default_factory=dict)
    referrers: list[Referrer] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)
    leads: list[Lead] = field(default_factory=list)
    conversions: dict[str, Conversion] = field(default_factory=dict)
    rewards: list[Reward] = field(default_factory=list)
    lines: list[Activity] = field(default_factory=list)

    def id(self, prefix: str, at: int) -> str:
        return self.act.context.new_id(prefix, at)

    def tell(self, type_: str, at: int, id_: str = "", **about: str | int | None) -> None:
        """A line of the log, as of then. What is no id goes into its data."""
        names = ("referrer_id", "lead_id", "conversion_id", "reward_id")
        ids = {name: about.pop(name, None) for name in names}
        self.lines.append(
            Activity(
                id=id_ or self.id("act", at),
                campaign_id=self.act.campaign.id,
                type=type_,
                actor=IMPORT,
                data=json.dumps({"import": self.job.id} | about),
                mode=Mode.LIVE,
                created_at=at,
                **ids,  # type: ignore[arg-type]
            )
        )


async def write_rows(act: Act, job: Import, rows: Sequence[Judged]) -> dict[int, str]:
    """Writes the rows in the open transaction; the id of what each made, by its number."""
    batch = _Batch(act, job)
    people: dict[str, str] = {}
    friends: dict[str, Lead] = {}
    for each in rows:
        match each.parsed:
            case Referring():
                _referring(batch, each, each.parsed, people)
            case Referred():
                _referred(batch, each, each.parsed)
            case Owed():
                _owed(batch, each, each.parsed, friends)
    await _write(batch)
    return batch.made


async def _write(batch: _Batch) -> None:
    db, campaign, job = batch.act.db, batch.act.campaign, batch.job
    await referrers.add(db, batch.referrers)
    await referrers.add_aliases(db, campaign.id, job.id, batch.aliases)
    await leads.add(db, batch.leads)
    await conversions.add(db, list(batch.conversions.values()))
    if batch.rewards:
        await _keep_rule(batch)
        await rewards.add(db, batch.rewards)
    await activity.append_all(db, batch.lines)


def _referring(batch: _Batch, each: Judged, row: Referring, people: dict[str, str]) -> None:
    act, at = batch.act, batch.act.at if row.joined is None else row.joined
    known = each.referrer.id if each.referrer else people.get(row.canonical)
    referrer_id = known or batch.id("ref", at)
    people[row.canonical] = batch.made[each.row.number] = referrer_id
    batch.aliases += [Alias(code, referrer_id, at + n) for n, code in enumerate(each.codes)]
    if known:
        return
    batch.referrers.append(
        Referrer(
            id=referrer_id,
            campaign_id=act.campaign.id,
            email=row.email,
            email_canonical=row.canonical,
            name=row.name,
            code=mint_code(act.campaign.code_key, CodeKind.REFERRER, new_secret(5)),
            alias=None,
            mode=Mode.LIVE,
            created_at=at,
            disabled_at=act.at if row.disabled else None,
            import_id=batch.job.id,
        )
    )
    batch.tell("referrer.joined", at, told_of(referrer_id), referrer_id=referrer_id)


def _lead(
    batch: _Batch, row: Referred | Owed, referrer_id: str, status: LeadStatus, joined: int, at: int
) -> Lead:
    """A lead of the row, with the lines that tell of it; it converted `at` if it did."""
    qualified = status is LeadStatus.QUALIFIED
    lead = Lead(
        id=batch.id("lead", joined),
        campaign_id=batch.act.campaign.id,
        referrer_id=referrer_id,
        status=status,
        reason=Reason.BY_HAND if status is LeadStatus.REJECTED else None,
        code=mint_code(batch.act.campaign.code_key, CodeKind.LEAD, new_secret(5)),
        email=row.email or None,
        email_canonical=row.canonical or None,
        customer=row.customer or None,
        name=(row.name if isinstance(row, Referred) else "") or None,
        hit_id=None,
        visitor=None,
        source="api",
        mode=Mode.LIVE,
        joined_at=joined,
        converted_at=at if qualified else None,
        import_id=batch.job.id,
        settled=int(qualified),
    )
    batch.leads.append(lead)
    batch.tell("lead.created", joined, referrer_id=referrer_id, lead_id=lead.id)
    by = _conversion(batch, row, lead, at)
    if qualified:
        batch.tell("lead.qualified", at, referrer_id=referrer_id, lead_id=lead.id, conversion_id=by)
    elif status is LeadStatus.REJECTED:
        batch.tell(
            "lead.rejected",
            joined,
            referrer_id=referrer_id,
            lead_id=lead.id,
            reason=Reason.BY_HAND,
        )
    return lead


def _referred(batch: _Batch, each: Judged, row: Referred) -> None:
    if each.referrer is None:
        raise RuntimeError(f"row {each.row.number} has no referrer")
    status = LeadStatus(row.status)
    converted = row.converted if status is LeadStatus.QUALIFIED else None
    joined = row.joined if row.joined is not None else converted
    joined = batch.act.at if joined is None else joined
    at = joined if converted is None else converted
    batch.made[each.row.number] = _lead(batch, row, each.referrer.id, status, joined, at).id


def _conversion(batch: _Batch, row: Referred | Owed, lead: Lead, at: int) -> str | None:
    """The conversion by which a qualified lead did what was asked, where the row names an order:
    later reports of that order are known by it."""
    if not row.order or lead.status is not LeadStatus.QUALIFIED:
        return None
    if row.order in batch.conversions:
        return batch.conversions[row.order].id
    money = row.money if isinstance(row, Referred) else None
    made = Conversion(
        id=batch.id("conv", at),
        campaign_id=lead.campaign_id,
        lead_id=lead.id,
        referrer_id=lead.referrer_id,
        event=_EVENT,
        order_id=row.order,
        amount=money.minor if money else None,
        currency=money.currency if money else None,
        evidence=Evidence.CALLED,
        status=Status.COUNTED,
        reason=None,
        mode=Mode.LIVE,
        created_at=at,
        import_id=batch.job.id,
    )
    batch.conversions[row.order] = made
    batch.tell(
        "conversion.counted",
        at,
        referrer_id=lead.referrer_id,
        lead_id=lead.id,
        conversion_id=made.id,
        event=made.event,
        order=made.order_id,
        amount=str(money) if money else None,
        currency=made.currency,
        evidence=int(made.evidence),
    )
    return made.id


def _owed(batch: _Batch, each: Judged, row: Owed, friends: dict[str, Lead]) -> None:
    earned = _earned(batch, row)
    lead = each.lead or friends.get(each.friend)
    if lead is None:
        if each.referrer is None:
            raise RuntimeError(f"row {each.row.number} has no referrer")
        lead = _lead(batch, row, each.referrer.id, LeadStatus.QUALIFIED, earned, earned)
    if each.friend:
        friends[each.friend] = lead
    issued = (row.paid if row.paid is not None else earned) if row.issued else None
    due = earned if row.due is None else row.due
    paid_for = each.conversion_id or _conversion(batch, row, lead, earned)
    reward = Reward(
        id=batch.id("rwd", earned),
        campaign_id=lead.campaign_id,
        lead_id=lead.id,
        referrer_id=lead.referrer_id,
        conversion_id=paid_for,
        recipient=Recipient(row.recipient),
        occasion=_occasion(lead),
        rule_id=stand_in(batch.job),
        rule_version=1,
        amount=row.amount,
        currency=row.currency,
        status=RewardStatus.ISSUED if issued is not None else RewardStatus.DUE,
        reason=None,
        issue_after=due if issued is None else min(due, issued),
        created_at=earned if issued is None else min(earned, issued),
        unit=row.unit,
        ready_at=batch.act.at,
        issued_at=issued,
        import_id=batch.job.id,
        import_key=each.row.key,
    )
    batch.rewards.append(reward)
    batch.made[each.row.number] = reward.id
    _tell_of(batch, reward)


def _earned(batch: _Batch, row: Owed) -> int:
    said = (row.earned, row.paid, row.due)
    return min(next((at for at in said if at is not None), batch.act.at), batch.act.at)


def _occasion(lead: Lead) -> Occasion:
    """For a lead that has not qualified it can only be for joining."""
    qualified = lead.status is LeadStatus.QUALIFIED
    return Occasion.CONVERTED if qualified else Occasion.JOINED


def _tell_of(batch: _Batch, reward: Reward) -> None:
    worth = str(reward.amount) if reward.unit else str(Money(reward.amount, reward.currency))
    for type_, at in (("reward.due", reward.created_at), ("reward.issued", reward.issued_at)):
        if at is not None:
            batch.tell(
                type_,
                at,
                referrer_id=reward.referrer_id,
                lead_id=reward.lead_id,
                conversion_id=reward.conversion_id,
                reward_id=reward.id,
                amount=worth,
                currency=reward.currency or None,
                unit=reward.unit or None,
                recipient=reward.recipient,
                issue_after=reward.issue_after,
            )


async def _keep_rule(batch: _Batch) -> None:
    """The rule that the rewards of the import name: never active here, it pays nothing."""
    act, id_ = batch.act, stand_in(batch.job)
    if await campaigns.rule_version(act.db, act.campaign.id, id_, 1) is not None:
        return
    rule = Rule(
        id=id_,
        campaign_id=act.campaign.id,
        version=1,
        recipients=(Recipient.REFERRER, Recipient.LEAD),
        occasion=Occasion.CONVERTED,
        amount=0,
        currency=act.campaign.currency,
        delay=0,
        created_at=act.at,
        kind=Kind.FIXED,
    )
    await campaigns.add_rule(act.db, rule)
    await campaigns.retire_rule(act.db, act.campaign.id, id_, act.at)
