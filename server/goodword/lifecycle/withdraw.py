"""An outside system no longer says what it had said: the conversion counts no more."""

from __future__ import annotations

from dataclasses import replace

from goodword.leads import record as leads
from goodword.lifecycle.act import Act
from goodword.lifecycle.qualify import lose
from goodword.lifecycle.reward import any_issued
from goodword.lifecycle.settle import log_conversion
from goodword.model import Reason, Status
from goodword.qualification import record as qualification
from goodword.qualification.decide import occupies


async def withdraw(act: Act, conversion_id: str) -> bool:
    """The lead is pending again unless another conversion of it stands; false where nothing is
    changed, because the conversion counts no more or a reward has gone out for it."""
    row = await qualification.by_id(act.db, act.campaign.id, conversion_id)
    if row is None or not occupies(row) or await any_issued(act, row):
        return False
    taken = replace(row, status=Status.IGNORED, reason=Reason.WITHDRAWN)
    await qualification.put(act.db, taken, new=False)
    await log_conversion(act, taken)
    lead = await leads.by_id(act.db, act.campaign.id, row.lead_id or "")
    if lead is not None:
        await lose(act, lead, row.id, Reason.WITHDRAWN)
    return True
