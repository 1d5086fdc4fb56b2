"""A refused report is taken again after a rule was fixed, or a person vouches for a claim."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import msgspec

from goodword.access.decide import approves_own
from goodword.leads import record as leads
from goodword.lifecycle import convert, sign_up
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, Refusal, items_of, keep_deed
from goodword.lifecycle.kept import Kept, kept_reports
from goodword.lifecycle.lead import reject
from goodword.lifecycle.pay import Left
from goodword.lifecycle.qualify import lose
from goodword.lifecycle.refund import undo_refund
from goodword.lifecycle.report import Answer, Sent
from goodword.lifecycle.settle import log_conversion
from goodword.lifecycle.story import REASONS
from goodword.model import (
    Campaign,
    Conversion,
    Deed,
    Evidence,
    LeadStatus,
    Reason,
    RefundStatus,
    Report,
    ReportKind,
    Status,
)
from goodword.qualification import record as qualification
from goodword.qualification import refunds
from goodword.qualification.decide import occupies
from goodword.referrers import record as referrers

MOST = 200
"""So many reports one deed may be about."""

NEXT_STEPS = {
    Reason.ALREADY_QUALIFIED: "Add a rule that pays for further conversions, then replay it.",
    Reason.BAD_TOKEN: "Nothing: what is forged proves nothing. Your own server can report the"
    " order by the API.",
    Reason.BY_HAND: "Reopen the lead, then replay it.",
    Reason.DISABLED: "Enable the referrer's code, then replay it.",
    Reason.EXISTING_CUSTOMER: "If that is wrong, remove the e-mail under Set-up, Customers, and"
    " reopen the lead.",
    Reason.EXPIRED: "Widen the window of the campaign, then replay it. A lead that was rejected"
    " for it has to be reopened first.",
    Reason.NEEDS_EVIDENCE: "Confirm it if you know of it, let your server sign its reports, or"
    " accept less evidence and replay it.",
    Reason.NO_LEAD: "Replay it once the person it names is a lead.",
    Reason.PAUSED: "Resume the campaign, then replay it.",
    Reason.REFUNDED: "If the refund failed, undo it: the order then counts by itself.",
    Reason.SELF_REFERRAL: "Nothing, unless the referrer's e-mail is wrong.",
}
"""What to do about a report that was refused for a reason."""


class Was(msgspec.Struct, frozen=True, omit_defaults=True):
    """What Undo of one replayed report goes back to.

    `lead` is the lead that it made, or whose `conversion` it counted; the others are how that
    conversion stood before. `displaced`: it took an order from another report. `refunds` are
    those that a shop's call told.
    """

    report: str = ""
    lead: str = ""
    conversion: str = ""
    evidence: Evidence = Evidence.BARE
    status: Status = Status.REJECTED
    reason: Reason | None = Reason.BY_HAND
    before: Evidence = Evidence.BARE
    displaced: bool = False
    refunds: tuple[str, ...] = ()


async def replay(
    context: Context, campaign: Campaign, report_ids: Sequence[str], actor: str, note: str = ""
) -> Done:
    """Takes refused reports again, as their campaign's rules and window are now.

    Each comes with its own words and no more evidence than it had; whether it is late is judged by
    when it first came. One that is refused again changes nothing and is in `refused`. Up to
    `MOST` ids at once.
    """
    return await _all(context, campaign, "replay", report_ids, actor, note)


async def confirm(
    context: Context, campaign: Campaign, report_ids: Sequence[str], actor: str, note: str = ""
) -> Done:
    """A person vouches for claims: they count as a call of the site's own server does."""
    return await _all(context, campaign, "confirm", report_ids, actor, note)


async def _all(
    context: Context, campaign: Campaign, verb: str, ids: Sequence[str], actor: str, note: str
) -> Done:
    wanted = list(dict.fromkeys(ids[:MOST]))
    found = await kept_reports(context, campaign, verb, wanted)
    was: dict[str, str] = {}
    refused: list[Refusal] = []
    async with begin(context, campaign, actor) as act:
        for id_ in wanted:
            try:
                async with act.db.begin_nested():
                    taken = await _take(act, verb, found.get(id_))
                was[id_] = msgspec.json.encode(taken).decode()
            except Left as left:
                refused.append(Refusal(id_, str(left)))
        deed = await keep_deed(act, verb, "report", was, note)
    return Done(deed, tuple(was), tuple(refused))


async def _take(act: Act, verb: str, kept: Kept | None) -> Was:
    """Takes one report; `Left` where it is refused again, and then nothing may be kept of it."""
    if kept is None:
        raise Left("There is no such report in this campaign.")
    if kept.why:
        raise Left(kept.why)
    report, sent, proof = kept.report, kept.sent, kept.proof
    rows = await _rows(act, report, sent)
    if verb == "confirm":
        if any(occupies(row) for row in rows):
            raise Left("Its order or event counts already, by another report.")
        proof = replace(proof, evidence=Evidence.CALLED, bad_signature=False)
    take = sign_up.take if report.kind is ReportKind.LEAD else convert.take
    _only_standing(await take(act, sent, proof))
    new = await qualification.standing_by_key(act.db, act.campaign.id, report.kind, sent.key)
    if new is None:
        raise Left("It would count without being more than a claim: confirm it instead.")
    await _not_own(act, new)
    await act.log(
        f"report.{'confirmed' if verb == 'confirm' else 'replayed'}",
        lead_id=new.lead_id,
        conversion_id=new.conversion_id,
        evidence=int(new.evidence),
    )
    return was_of(new, rows)


async def _rows(act: Act, report: Report, sent: Sent) -> list[Conversion]:
    """The conversions that the report may change."""
    if report.kind is ReportKind.LEAD:
        return []
    if sent.order:
        return await qualification.of_order(act.db, act.campaign.id, act.mode, sent.order)
    own = await qualification.by_id(act.db, act.campaign.id, report.conversion_id or "")
    events = (
        await qualification.of_event(act.db, act.campaign.id, report.lead_id, sent.event)
        if report.lead_id
        else []
    )
    return [*events, *([own] if own and own not in events else [])]


def _only_standing(answer: Answer) -> None:
    if answer.dup:
        raise Left("It was taken again before, and counts.")
    if answer.status is Status.IGNORED and answer.reason is Reason.DUPLICATE:
        raise Left("The same lead or order counts already, by another report.")
    claim = answer.reason is Reason.NEEDS_EVIDENCE
    if answer.status in (Status.REJECTED, Status.IGNORED) or claim:
        reason = answer.reason or Reason.NO_LEAD
        step = NEXT_STEPS.get(reason, "")
        raise Left(f"It is refused again because {REASONS[reason]}. {step}".strip())


async def _not_own(act: Act, report: Report) -> None:
    lead = await leads.by_id(act.db, act.campaign.id, report.lead_id or "")
    referrer = await referrers.by_id(act.db, act.campaign.id, lead.referrer_id) if lead else None
    people = (lead.email if lead else None, referrer.email if referrer else None)
    if approves_own(act.actor, people):
        raise Left("It is of your own referral: another admin must do this.")


def was_of(new: Report, rows: Sequence[Conversion]) -> Was:
    before = next((row for row in rows if row.id == new.conversion_id), None)
    was = Was(
        report=new.id,
        lead=new.lead_id or "",
        conversion=new.conversion_id or "",
        evidence=new.evidence,
        displaced=any(occupies(row) for row in rows),
    )
    if before is None:
        return was
    return msgspec.structs.replace(
        was, status=before.status, reason=before.reason, before=before.evidence
    )


async def undo_replays(act: Act, deed: Deed) -> Done:
    """What counted by a replay is refused again, as it was before; what moved on since stays."""
    changed: list[str] = []
    refused: list[Refusal] = []
    for id_, text in items_of(deed).items():
        was = msgspec.json.decode(text, type=Was)
        try:
            await _way_back(was)(act, was)
        except Left as left:
            refused.append(Refusal(id_, str(left)))
            continue
        for report in await qualification.reports_by_ids(act.db, act.campaign.id, [was.report]):
            await qualification.give_up(act.db, report, Reason.BY_HAND)
        changed.append(id_)
    return Done(None, tuple(changed), tuple(refused))


def _way_back(was: Was) -> Callable[[Act, Was], Awaitable[None]]:
    if was.refunds:
        return _unrefund
    return unconvert if was.conversion else unlead


async def _unrefund(act: Act, was: Was) -> None:
    for id_ in was.refunds:
        kept = await refunds.by_id(act.db, act.campaign.id, id_)
        if kept is not None and kept.status is not RefundStatus.UNDONE:
            await undo_refund(act, kept)


async def unconvert(act: Act, was: Was) -> None:
    row = await qualification.by_id(act.db, act.campaign.id, was.conversion)
    lead = await leads.by_id(act.db, act.campaign.id, was.lead)
    if was.displaced:
        raise Left("It took an order from another report: decide about both leads by hand.")
    if row is None or lead is None or not occupies(row) or row.evidence is not was.evidence:
        raise Left("It has changed since: look at it again.")
    back = replace(row, status=was.status, reason=was.reason, evidence=was.before)
    await qualification.put(act.db, back, new=False)
    await log_conversion(act, back)
    await lose(act, lead, back.id, Reason.BY_HAND)


async def unlead(act: Act, was: Was) -> None:
    lead = await leads.by_id(act.db, act.campaign.id, was.lead)
    if lead is None or lead.status is not LeadStatus.PENDING:
        raise Left("Its lead was moved on since.")
    await reject(act, lead, Reason.BY_HAND)
