"""A report as it was kept: its words, and what is left of its proof when it is taken again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from goodword.hits import record as hits
from goodword.lifecycle.context import Context
from goodword.lifecycle.report import HAND, Proof, Sent, prove
from goodword.model import (
    Amount,
    Campaign,
    Evidence,
    Hit,
    Mode,
    Reason,
    Report,
    ReportKind,
    read_amount,
)
from goodword.qualification import record as qualification
from goodword.signing import Token
from goodword.stats.refused import AGAIN


@dataclass(frozen=True, slots=True)
class Kept:
    """A report as it was kept, with what is left of its proof; `why` says why it is left."""

    report: Report
    sent: Sent
    proof: Proof
    why: str = ""


async def kept_reports(
    context: Context, campaign: Campaign, verb: str, ids: Sequence[str]
) -> dict[str, Kept]:
    """The reports with their proof, read before the campaign is locked: they never change."""
    async with context.storage.read() as db:
        reports = await qualification.reports_by_ids(db, campaign.id, ids)
        named = [each.holder for each in reports if each.holder.startswith("hit_")]
        seen = {id_: await hits.by_id(db, campaign.id, id_) for id_ in dict.fromkeys(named)}
    kept = {}
    for report in reports:
        hit, sent = seen.get(report.holder), _sent(report)
        again = await prove(context, campaign, replace(sent, sig=""))
        proof = _proved(report, sent, hit, again)
        gone = report.holder.startswith("hit_") and hit is None
        kept[report.id] = Kept(report, sent, proof, _why_not(verb, report, proof, gone))
    return kept


def _sent(report: Report) -> Sent:
    """What the call said, as far as it was kept: all but its token and its signature."""
    said: dict[str, str] = json.loads(report.payload)
    amount = said.get("amount", "")
    return Sent(
        door=report.door,
        key=f"{AGAIN}{report.id}",
        code=said.get("code", ""),
        lead_id=(report.lead_id or "") if report.door in ("api", HAND) else "",
        email=said.get("email", ""),
        name=said.get("name", ""),
        customer=said.get("customer", ""),
        event=said.get("event", "purchase"),
        order=said.get("order", ""),
        amount=_amount(amount),
        sig=said.get("signed", ""),
        honeypot=bool(said.get("honeypot")),
        way=said.get("way", ""),
        raw=("", "", amount, "", ""),
        came_at=report.created_at,
    )


def _amount(text: str) -> Amount:
    """`49.00 EUR` as it was read then; what was unreadable then stays so."""
    number, _, currency = text.rpartition(" ")
    read = read_amount(number, currency)
    if read.money is not None and f"{read.money} {read.money.currency}" == text:
        return read
    return Amount(unreadable=bool(text))


def _proved(report: Report, sent: Sent, hit: Hit | None, again: Proof) -> Proof:
    """The proof that the report had. The visit stands for its token; its evidence says whether
    its signature held."""
    token = hit and Token(report.campaign_id, hit.id, hit.visitor, hit.referrer_id, False)
    signed = report.evidence is Evidence.SIGNED
    return replace(
        again,
        token=token or None,
        resolved=None if token else again.resolved,
        signed=signed,
        bad_signature=bool(sent.sig) and not signed and not sent.by_server,
        evidence=report.evidence,
    )


def _why_not(verb: str, report: Report, proof: Proof, gone: bool) -> str:
    """Why it can't be taken again whatever the rules are; empty where it can."""
    claim = report.reason is Reason.NEEDS_EVIDENCE
    if report.mode is Mode.TEST:
        return "It is of a test run, which never counts."
    if report.slot == qualification.TAKEN:
        return "It counts already."
    if report.payload == qualification.NO_WORDS:
        return "What it said is not kept any more."
    if report.reason is Reason.BAD_TOKEN:
        return "Its token was forged or of another campaign: taken again it proves no more."
    if verb == "confirm" and not claim:
        return "It is no claim that waits for evidence: replay it instead."
    if gone:
        return "The visit behind it is not kept any more."
    nobody = proof.token is None and proof.resolved is None
    if report.kind is ReportKind.LEAD and nobody:
        return "Its code is not one of this campaign any more."
    return ""
