"""What is known of a claim of missing credit: leads, orders, refused reports and visits that may be
meant, each with what speaks for it and against it. It only reads."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.clock import DAY
from goodword.credits import record as credits
from goodword.credits.decide import named_email, signs
from goodword.fraud import record as fraud
from goodword.hits import record as hits
from goodword.leads import record as leads
from goodword.lifecycle.context import Context
from goodword.lifecycle.story import REASONS
from goodword.model import (
    Campaign,
    Conversion,
    CreditClaim,
    Hit,
    Lead,
    LeadStatus,
    Mode,
    Reason,
    Referrer,
    Report,
    Status,
    day_of,
)
from goodword.qualification import record as qualification
from goodword.referrers import record as referrers

_MOST_VISITS = 20
_MOST_REPORTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One thing that may be meant. `whose` is the referrer who has it, None for nobody's; `own`
    says that this is who asks. `reasons` are sentences; `strong` ones are likely meant."""

    kind: str
    title: str
    at: int
    whose: Referrer | None
    own: bool
    reasons: tuple[str, ...]
    strong: bool = False
    lead_id: str | None = None
    conversion_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """A claim, who asks, and what was found; `email`, `order`, `amount` and `currency` are what
    credit may be given for, as far as it is known."""

    claim: CreditClaim
    referrer: Referrer
    signs: list[Sign]
    email: str
    order: str
    amount: str
    currency: str


async def look_into(context: Context, campaign: Campaign, claim_id: str) -> Inquiry | None:
    """All that is known of the claim; None when the campaign has none of that id."""
    async with context.storage.read() as db:
        claim = await credits.by_id(db, campaign.id, claim_id)
        if claim is None:
            return None
        referrer = await referrers.by_id(db, campaign.id, claim.referrer_id)
        if referrer is None:
            return None
        return await _Looking(db, campaign, claim, referrer).all()


class _Looking:
    """The reading of one claim."""

    def __init__(
        self, db: AsyncConnection, campaign: Campaign, claim: CreditClaim, referrer: Referrer
    ) -> None:
        self._db = db
        self._campaign = campaign
        self._claim = claim
        self._referrer = referrer
        self._email = named_email(claim.named)

    async def all(self) -> Inquiry:
        rows = [] if self._email else await self._orders()
        people = await self._leads(rows)
        reports = await self._reports()
        found = [await self._lead_sign(each) for each in people]
        found += [await self._order_sign(each) for each in rows]
        found += [await self._report_sign(each) for each in reports]
        found += await self._visit_signs(people, rows, reports)
        money = next((row.money for row in rows if row.money), None)
        email = self._claim.named if self._email else next((p.email or "" for p in people), "")
        return Inquiry(
            claim=self._claim,
            referrer=self._referrer,
            signs=found,
            email=email,
            order="" if self._email else self._claim.named,
            amount=str(money) if money else "",
            currency=money.currency if money else self._campaign.currency,
        )

    async def _orders(self) -> list[Conversion]:
        return await qualification.of_order(
            self._db, self._campaign.id, Mode.LIVE, self._claim.named
        )

    async def _leads(self, rows: list[Conversion]) -> list[Lead]:
        """Who has the address, the customer number or the order that was named."""
        campaign_id, named = self._campaign.id, self._claim.named
        if self._email:
            known = await leads.by_email(self._db, campaign_id, Mode.LIVE, self._email)
        else:
            known = await leads.by_customer(self._db, campaign_id, Mode.LIVE, named)
        ids = [row.lead_id for row in rows if row.lead_id]
        of_orders = await leads.by_ids(self._db, campaign_id, ids) if ids else []
        others = [each for each in of_orders if known is None or each.id != known.id]
        return [*([known] if known else []), *others]

    async def _reports(self) -> list[Report]:
        if not self._email:
            return []
        found = await qualification.refused_of(self._db, self._campaign.id, self._email)
        return found[:_MOST_REPORTS]

    async def _whose(self, referrer_id: str | None) -> Referrer | None:
        if referrer_id == self._referrer.id:
            return self._referrer
        if referrer_id is None:
            return None
        return await referrers.by_id(self._db, self._campaign.id, referrer_id)

    async def _lead_sign(self, lead: Lead) -> Sign:
        own = lead.referrer_id == self._referrer.id
        what = "order"
        if self._email:
            what = "e-mail"
        elif lead.customer == self._claim.named:
            what = "customer number"
        reasons = [f"The {what} that was named is this lead's.", _STANDS[lead.status]]
        if lead.reason:
            reasons.append(f"It was rejected because {REASONS[lead.reason]}.")
        for each in await fraud.of_lead(self._db, self._campaign.id, lead.id):
            reasons.append(f"{each.detail}{' It was cleared.' if each.cleared_at else ''}")
        if not own:
            reasons.append("A lead's referrer is fixed: credit for it stays where it is.")
        return Sign(
            kind="Lead",
            title=lead.name or lead.email or lead.customer or lead.code,
            at=lead.joined_at,
            whose=await self._whose(lead.referrer_id),
            own=own,
            reasons=tuple(reasons),
            strong=own,
            lead_id=lead.id,
        )

    async def _order_sign(self, row: Conversion) -> Sign:
        own = row.referrer_id == self._referrer.id
        money = row.money
        what = f"It came with {money} {money.currency}." if money else "It came without an amount."
        why = f" because {REASONS[row.reason]}" if row.reason else ""
        return Sign(
            kind="Order",
            title=row.order_id or row.event,
            at=row.created_at,
            whose=await self._whose(row.referrer_id),
            own=own,
            reasons=(f"The order that was named {_BECAME[row.status]}{why}.", what),
            strong=own or row.lead_id is None,
            lead_id=row.lead_id,
            conversion_id=row.id,
        )

    async def _report_sign(self, report: Report) -> Sign:
        lead = await leads.by_id(self._db, self._campaign.id, report.lead_id or "")
        whose = lead.referrer_id if lead else None
        if whose is None and report.holder.startswith("hit_"):
            hit = await hits.by_id(self._db, self._campaign.id, report.holder)
            whose = hit.referrer_id if hit else None
        own = whose == self._referrer.id
        why = REASONS[report.reason or Reason.NO_LEAD]
        return Sign(
            kind="Refused report",
            title="Sign-up" if report.kind == "lead" else "Conversion",
            at=report.created_at,
            whose=await self._whose(whose),
            own=own,
            reasons=("It named this e-mail.", f"It pays nothing because {why}."),
            strong=own,
            lead_id=report.lead_id,
            conversion_id=report.conversion_id,
        )

    async def _visit_signs(
        self, people: list[Lead], rows: list[Conversion], reports: list[Report]
    ) -> list[Sign]:
        """Visits by the link of who asks, before what was named happened."""
        moments = [each.joined_at for each in people]
        moments += [each.created_at for each in rows]
        moments += [each.created_at for each in reports]
        anchor = min([*moments, self._claim.created_at])
        since = anchor - 2 * self._campaign.window
        visits = await hits.through(
            self._db, self._campaign.id, self._referrer.id, since, anchor + 1, _MOST_VISITS
        )
        ids = [each.hit_id or "" for each in people] + [each.holder for each in reports]
        behind = [await hits.by_id(self._db, self._campaign.id, id_) for id_ in ids if id_]
        others = [each for each in behind if each is not None]
        visitors = [each.visitor for each in people if each.visitor]
        found = [self._visit_sign(each, others, visitors, anchor) for each in visits]
        return sorted(found, key=lambda each: not each.strong)

    def _visit_sign(self, visit: Hit, others: list[Hit], visitors: list[str], anchor: int) -> Sign:
        seen = signs(visit, others, visitors, anchor - self._campaign.window)
        reasons = [f"By their link, on {day_of(visit.created_at)}, {_before(visit, anchor)}."]
        if seen.browser:
            reasons.append("The same browser as the one that reported what was named.")
        elif seen.address or seen.network:
            place = "address" if seen.address else "network"
            program = " and browser program" if seen.program else ""
            reasons.append(f"The same {place}{program} as the visit behind it.")
        if seen.late:
            reasons.append("Longer ago than the campaign's window.")
        return Sign(
            kind="Visit",
            title=visit.url or "Link",
            at=visit.created_at,
            whose=self._referrer,
            own=True,
            reasons=tuple(reasons),
            strong=seen.strong,
        )


def _before(visit: Hit, anchor: int) -> str:
    days = (anchor - visit.created_at) // DAY
    return "on the same day" if days < 1 else f"{days} {'day' if days == 1 else 'days'} before"


_STANDS = {
    LeadStatus.PENDING: "It is pending: nothing that counts was reported of it.",
    LeadStatus.QUALIFIED: "It is qualified: it counts already.",
    LeadStatus.REJECTED: "It is rejected.",
}
_BECAME = {
    Status.COUNTED: "counts",
    Status.HELD: "is held",
    Status.REJECTED: "was rejected",
    Status.IGNORED: "was ignored",
}
