"""What is known here of the people, orders and rewards that some rows of a file name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.leads import many as leads
from goodword.model import Campaign, Conversion, Import, Lead
from goodword.moving import record as imports
from goodword.moving.fields import Plan
from goodword.moving.record import Claimed
from goodword.moving.rows import Owed, Parsed, Referred, Referring
from goodword.qualification import many as conversions
from goodword.referrers import many as referrers
from goodword.referrers.decide import read_old_code, spellings
from goodword.referrers.many import Person
from goodword.rewards import many as rewards
from goodword.signing import CodeKind, read_code


@dataclass(frozen=True, slots=True)
class Known:
    """Found for some rows at once, by what they name. `claimed` are the keys of earlier rows, to
    which `claims` are added as the rows are gone through."""

    by_email: dict[str, Person] = field(default_factory=dict)
    by_code: dict[str, Person] = field(default_factory=dict)
    lead_by_email: dict[str, Lead] = field(default_factory=dict)
    lead_by_customer: dict[str, Lead] = field(default_factory=dict)
    referrer_of_lead: dict[str, Person] = field(default_factory=dict)
    orders: dict[str, Conversion] = field(default_factory=dict)
    rewards: set[str] = field(default_factory=set)
    claimed: dict[str, Claimed] = field(default_factory=dict)
    claims: dict[str, Claimed] = field(default_factory=dict)

    def taken(self, key: str, number: int) -> Claimed | None:
        """Which row before the one of that number has the key."""
        found = self.claims.get(key) or self.claimed.get(key)
        return found if found is not None and found.number < number else None

    def claim(self, key: str, number: int, whose: str = "") -> None:
        self.claims.setdefault(key, Claimed(number, whose))


async def know(
    db: AsyncConnection,
    campaign: Campaign,
    job: Import,
    plan: Plan,
    rows: Iterable[Parsed],
    keys: Iterable[str],
    reward_keys: Iterable[str],
) -> Known:
    """Reads all that is needed to judge these rows. `keys` are those they would claim."""
    rows = list(rows)
    known = Known(
        rewards=await rewards.known_keys(db, campaign.id, reward_keys),
        claimed=await imports.claimed(db, job, list(keys)),
    )
    await _people(db, campaign, plan, rows, known)
    friends = [each for each in rows if isinstance(each, Referred | Owed)]
    if friends:
        await _friends(db, campaign, friends, known)
    return known


async def _people(
    db: AsyncConnection, campaign: Campaign, plan: Plan, rows: list[Parsed], known: Known
) -> None:
    emails = {each.canonical if isinstance(each, Referring) else each.referrer for each in rows}
    known.by_email.update(await referrers.by_emails(db, campaign.id, emails - {""}))
    said = {code for each in rows for code in codes_of(each)}
    signed = {code: own for code in said if (own := own_code(campaign, code))}
    aliases = {alias for code in said for alias in kept_as(plan, code)}
    found = await referrers.by_aliases(db, campaign.id, aliases)
    ours = await referrers.by_codes(db, campaign.id, signed.values())
    known.by_code.update(found)
    known.by_code.update({code: ours[own] for code, own in signed.items() if own in ours})


def codes_of(row: Parsed) -> tuple[str, ...]:
    """The codes of referrers that a row names."""
    return row.codes if isinstance(row, Referring) else (row.code,) if row.code else ()


def kept_as(plan: Plan, code: str) -> tuple[str, ...]:
    """The spellings in which a code of the file may be kept here."""
    own = read_old_code(code, plan.capitals)
    return tuple(dict.fromkeys((*([own] if own else []), *spellings(code))))


def own_code(campaign: Campaign, code: str) -> str | None:
    """A signed code of this very campaign, in its one spelling."""
    found = read_code(campaign.code_key, code)
    return found.text if found and found.kind is CodeKind.REFERRER else None


async def _friends(
    db: AsyncConnection, campaign: Campaign, rows: list[Referred | Owed], known: Known
) -> None:
    emails = {each.canonical for each in rows} - {""}
    customers = {each.customer for each in rows} - {""}
    known.lead_by_email.update(await leads.by_emails(db, campaign.id, emails))
    known.lead_by_customer.update(await leads.by_customers(db, campaign.id, customers))
    orders = {each.order for each in rows} - {""}
    known.orders.update(await conversions.of_orders(db, campaign.id, orders))
    found = (*known.lead_by_email.values(), *known.lead_by_customer.values())
    ids = {lead.referrer_id for lead in found}
    known.referrer_of_lead.update(await referrers.by_ids(db, campaign.id, ids))
