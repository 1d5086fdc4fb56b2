"""A person looked at what holds a lead's rewards, and finds it in order: all are released."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from goodword.fraud import record as fraud
from goodword.leads import record as leads
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.climb import climb
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, Refusal, items_of, keep_deed
from goodword.lifecycle.review import OWN, NoSuchLead, own_of
from goodword.lifecycle.reward import weigh_again
from goodword.lifecycle.settle import log_conversion
from goodword.model import Campaign, Conversion, Deed, Finding, Lead, Reason, Status, Verdict
from goodword.qualification import record as qualification
from goodword.qualification.decide import occupies

_NOTHING = "Nothing holds it: there is no open finding."
_MOVED_ON = "It has changed since: look at it again."


class Cleared(msgspec.Struct, frozen=True):
    """What Undo goes back to: the findings, and why each conversion of them was held."""

    findings: list[str]
    conversions: dict[str, str]


async def clear(
    context: Context, campaign: Campaign, lead_id: str, actor: str, note: str = ""
) -> Done:
    """Closes every open finding of a lead and of its conversions. `NoSuchLead`.

    What they held counts and is released, unless something else holds it. Of an order that two
    leads claim, the one that is cleared first counts.
    """
    async with begin(context, campaign, actor) as act:
        lead = await leads.by_id(act.db, campaign.id, lead_id)
        if lead is None:
            raise NoSuchLead(lead_id)
        act = replace(act, mode=lead.mode)
        found = [each for each in await fraud.of_lead(act.db, campaign.id, lead.id) if _holds(each)]
        if not found or (await own_of(act)).concerns(lead):
            return Done(None, refused=(Refusal(lead.id, OWN if found else _NOTHING),))
        await fraud.clear(act.db, campaign.id, [each.id for each in found], act.at, actor)
        counted = await _count(act, lead)
        checks = ", ".join(dict.fromkeys(each.check for each in found))
        said = {"note": note} if note else {}
        await act.log(
            "finding.cleared",
            referrer_id=lead.referrer_id,
            lead_id=lead.id,
            checks=checks,
            **said,
        )
        await weigh_again(act, lead)
        await climb(act, lead)
        was = Cleared([each.id for each in found], counted)
        deed = await keep_deed(act, "clear", "finding", {lead.id: _text(was)}, note)
    return Done(deed, (lead.id,))


def _holds(finding: Finding) -> bool:
    return finding.verdict is Verdict.HOLD and finding.cleared_at is None


async def _count(act: Act, lead: Lead) -> dict[str, str]:
    """The conversions that count from now on, each with why it was held."""
    counted: dict[str, str] = {}
    for row in await qualification.of_lead(act.db, act.campaign.id, lead.id):
        if row.status is not Status.HELD or not occupies(row) or await _is_taken(act, row):
            continue
        after = replace(row, status=Status.COUNTED, reason=None)
        await qualification.put(act.db, after, new=False)
        await log_conversion(act, after)
        counted[row.id] = row.reason or ""
    return counted


async def _is_taken(act: Act, row: Conversion) -> bool:
    """Whether another conversion of the order counts already."""
    if row.order_id is None:
        return False
    rows = await qualification.of_order(act.db, act.campaign.id, row.mode, row.order_id)
    return any(each.status is Status.COUNTED for each in rows)


async def undo_clearing(act: Act, deed: Deed) -> Done:
    """Opens the findings again; what was issued meanwhile stays."""
    changed: list[str] = []
    refused: list[Refusal] = []
    for lead_id, said in items_of(deed).items():
        was = msgspec.json.decode(said, type=Cleared)
        lead = await leads.by_id(act.db, act.campaign.id, lead_id)
        if lead is None or not await fraud.open_again(
            act.db, act.campaign.id, was.findings, deed.created_at
        ):
            refused.append(Refusal(lead_id, _MOVED_ON))
            continue
        await _hold(act, was.conversions)
        await weigh_again(act, lead)
        await climb(act, lead)
        changed.append(lead_id)
    return Done(None, tuple(changed), tuple(refused))


async def _hold(act: Act, conversions: dict[str, str]) -> None:
    for id_, reason in conversions.items():
        row = await qualification.by_id(act.db, act.campaign.id, id_)
        if row is not None and row.status is Status.COUNTED:
            held = replace(row, status=Status.HELD, reason=Reason(reason) if reason else None)
            await qualification.put(act.db, held, new=False)
            await log_conversion(act, held)


def _text(was: Cleared) -> str:
    return msgspec.json.encode(was).decode()
