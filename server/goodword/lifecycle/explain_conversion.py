"""What a conversion was made of: who reported it and how surely, what went back, what it earned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.activity import record as activity
from goodword.fraud import record as fraud
from goodword.leads import record as leads
from goodword.lifecycle.context import Context
from goodword.lifecycle.story import (
    EVIDENCE,
    REASONS,
    Moment,
    Next,
    in_order,
    of_checks,
    of_log,
    of_reports,
    outlook,
)
from goodword.model import (
    Activity,
    Campaign,
    Conversion,
    Finding,
    Lead,
    LeadStatus,
    Reason,
    Referrer,
    Refund,
    Report,
    Reward,
)
from goodword.qualification import record as qualification
from goodword.qualification import refunds
from goodword.referrers import record as referrers
from goodword.rewards import record as rewards


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionExplained:
    conversion: Conversion
    lead: Lead | None
    referrer: Referrer | None
    reports: list[Report]
    refunds: list[Refund]
    findings: list[Finding]
    rewards: list[Reward]
    timeline: list[Moment]
    next: list[Next]


async def explain_conversion(
    context: Context, campaign: Campaign, conversion_id: str
) -> ConversionExplained | None:
    """Everything about a conversion; None when the campaign has none of that id."""
    async with context.storage.read() as db:
        row = await qualification.by_id(db, campaign.id, conversion_id)
        if row is None:
            return None
        lead = await leads.by_id(db, campaign.id, row.lead_id or "")
        referrer = await referrers.by_id(db, campaign.id, row.referrer_id or "")
        reports = await qualification.reports_of_conversion(db, campaign.id, row.id)
        back = (
            await refunds.of_order(db, campaign.id, row.mode, row.order_id)
            if row.order_id
            else await refunds.of_conversion(db, campaign.id, row.id)
        )
        known = await fraud.of_lead(db, campaign.id, lead.id) if lead else []
        log = await _log_of(db, row, reports)
        owed = await rewards.of_conversion(db, campaign.id, row.id)
    findings = [each for each in known if each.conversion_id == row.id]
    return ConversionExplained(
        conversion=row,
        lead=lead,
        referrer=referrer,
        reports=reports,
        refunds=back,
        findings=findings,
        rewards=owed,
        timeline=in_order([*of_log(log), *of_checks(findings), *of_reports(reports)]),
        next=[*_conversion_next(campaign, row, lead), *_of_rewards(owed, context.now())],
    )


async def _log_of(db: AsyncConnection, row: Conversion, reports: list[Report]) -> list[Activity]:
    """The lines about it, under whichever lead it was counted."""
    theirs = dict.fromkeys([row.lead_id, *(each.lead_id for each in reports)])
    lines = [
        line
        for lead_id in theirs
        if lead_id
        for line in await activity.of_lead(db, row.campaign_id, lead_id)
    ]
    return [line for line in lines if line.conversion_id == row.id]


def _conversion_next(campaign: Campaign, row: Conversion, lead: Lead | None) -> Iterator[Next]:
    if row.reason is Reason.NEEDS_EVIDENCE:
        least = EVIDENCE[campaign.least_evidence]
        yield Next(None, f"It is a claim: the campaign asks for at least: {least}.")
    elif row.reason is not None:
        yield Next(None, f"It is {row.status} because {REASONS[row.reason]}.")
    if lead is not None and lead.status is LeadStatus.REJECTED:
        yield Next(None, "Its lead is rejected. Reopen the lead, and replay what was refused.")


def _of_rewards(owed: Iterable[Reward], now: int) -> Iterator[Next]:
    for reward in owed:
        yield from outlook(reward, now)
