"""Undo of what an admin decided about missing credit: the claim is open again."""

from __future__ import annotations

import msgspec

from goodword.credits import record as credits
from goodword.leads import record as leads
from goodword.lifecycle.act import Act
from goodword.lifecycle.credit import Path
from goodword.lifecycle.deed import Done, Refusal, items_of
from goodword.lifecycle.pay import Left
from goodword.lifecycle.replay import Was, unconvert, unlead
from goodword.lifecycle.review import NotAllowed, Own, make_move
from goodword.model import CreditClaim, CreditStatus, Deed, LeadStatus, Reason
from goodword.qualification import record as qualification

_STOOD = {
    "ask": CreditStatus.OPEN,
    "credit": CreditStatus.CREDITED,
    "decline": CreditStatus.DECLINED,
}


async def undo_credits(act: Act, deed: Deed) -> Done:
    """Takes back what the deed decided, and what was made by it; what moved on since stays."""
    changed: list[str] = []
    refused: list[Refusal] = []
    for claim_id, text in items_of(deed).items():
        claim = await credits.by_id(act.db, act.campaign.id, claim_id)
        if claim is None or claim.status is not _STOOD[deed.verb]:
            refused.append(Refusal(claim_id, "It was decided since."))
            continue
        try:
            async with act.db.begin_nested():
                await _back(act, deed.verb, claim, text)
        except (Left, NotAllowed) as error:
            why = error.why if isinstance(error, NotAllowed) else str(error)
            refused.append(Refusal(claim_id, why))
            continue
        changed.append(claim_id)
    return Done(None, tuple(changed), tuple(refused))


async def _back(act: Act, verb: str, claim: CreditClaim, text: str) -> None:
    if verb == "credit":
        await _take_back(act, msgspec.json.decode(text, type=Path))
    withdrawn = verb == "ask"
    after = CreditStatus.WITHDRAWN if withdrawn else CreditStatus.OPEN
    await credits.decide(act.db, claim, after)
    type_ = "credit.withdrawn" if withdrawn else "credit.asked_again"
    await act.log(type_, referrer_id=claim.referrer_id, lead_id=claim.lead_id)


async def _take_back(act: Act, path: Path) -> None:
    """Last first: the order, or the word of the admin, then the lead."""
    if path.qualified:
        lead = await leads.by_id(act.db, act.campaign.id, path.qualified)
        if lead is None or lead.status is not LeadStatus.QUALIFIED:
            raise Left("Its lead was moved on since.")
        await make_move(act, lead, "unqualify", Own())
    if path.counted is not None:
        await unconvert(act, path.counted)
        await _give_up(act, path.counted)
    if path.made is not None:
        await unlead(act, path.made)
        await _give_up(act, path.made)


async def _give_up(act: Act, was: Was) -> None:
    for report in await qualification.reports_by_ids(act.db, act.campaign.id, [was.report]):
        await qualification.give_up(act.db, report, Reason.BY_HAND)
