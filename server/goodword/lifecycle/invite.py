"""A friend accepts an invitation on the page that goodword hosts: a visit and a lead, as the tag
would report them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from goodword.leads import record as leads
from goodword.lifecycle.arrive import Arrival, arrive
from goodword.lifecycle.context import Context
from goodword.lifecycle.report import Sent
from goodword.lifecycle.sign_up import sign_up
from goodword.model import Campaign, ReportKind, canonical_email
from goodword.qualification import record as qualification


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the friend's browser takes along. Empty where there is none, or where it is another's:
    the code of a lead is told to the browser alone that made it."""

    token: str = ""
    lead_code: str = ""


async def accept(context: Context, campaign: Campaign, arrival: Arrival, sent: Sent) -> Accepted:
    """Records the visit and takes the lead. `Unavailable` when either can't be stored."""
    arrived = await arrive(context, arrival)
    if arrived.reason is not None:
        return Accepted()
    answer = await sign_up(context, campaign, replace(sent, token=arrived.token))
    code = answer.code or await _of_this_form(context, campaign, sent)
    return Accepted(arrived.token, code)


async def _of_this_form(context: Context, campaign: Campaign, sent: Sent) -> str:
    """The code of the lead that this very form made before: a button pressed twice without
    scripts sends it twice, from a browser that has no token yet. Nobody else knows its key."""
    async with context.storage.read() as db:
        first = await qualification.standing_by_key(db, campaign.id, ReportKind.LEAD, sent.key)
        if first is None or first.lead_id is None:
            return ""
        said = json.loads(first.payload).get("email", "")
        lead = await leads.by_id(db, campaign.id, first.lead_id)
    same = canonical_email(said) == canonical_email(sent.email)
    return lead.code if lead is not None and same else ""
