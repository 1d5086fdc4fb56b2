"""What a site's own server decides about a lead, and why the lead is what it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import msgspec

from goodword import model
from goodword.lifecycle import checklist, review
from goodword.lifecycle import explain as why
from goodword.lifecycle.context import Context
from goodword.model import canonical_email
from goodword.stats import api_read
from goodword.web.api import conversions, leads, refunds, rewards
from goodword.web.api.call import ACTOR, Answer, Call, Naming, Nothing, Operation, act, read
from goodword.web.api.problems import Problem, bad_field, missing
from goodword.web.api.words import Email, Id, Line, Time, moment, moment_or_none

Verb = Callable[[Context, model.Campaign, str, str], Awaitable[review.Reviewed]]


class Qualification(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Name the lead by its `id`, its `code` or its `email`."""

    naming: ClassVar[Naming] = Naming("oneOf", ("id", "code", "email"))

    qualified: bool
    id: Id | None = None
    code: Line | None = None
    email: Email | None = None
    campaign_id: Id | None = None


class Moment(msgspec.Struct, kw_only=True):
    at: Time
    kind: str
    title: str
    detail: str


class Next(msgspec.Struct, kw_only=True):
    """What comes next; `at` is null where somebody has to act."""

    at: Time | None
    text: str


class Finding(msgspec.Struct, kw_only=True):
    """What a check said; open until `cleared_at`."""

    id: str
    created_at: Time
    check: str
    verdict: model.Verdict
    detail: str
    conversion_id: str | None
    cleared_at: Time | None


class Check(msgspec.Struct, kw_only=True):
    """A question about an integration, its answer, when it was so, what to do; `ok` null: open."""

    question: str
    ok: bool | None
    answer: str
    at: str | None
    next: str | None


class Integration(msgspec.Struct, kw_only=True):
    """Why the lead did, or did not, qualify through an outside system."""

    system: str
    checks: list[Check]


class Captured(msgspec.Struct, kw_only=True):
    """`how` the referral was captured by `what`, a visit, or came along with it: a sign-up or a
    conversion."""

    what: str
    how: str


class Explanation(msgspec.Struct, kw_only=True):
    """Everything about a lead: what was seen and decided, what is missing, what comes next.
    `rewards` has the reversals too, `refunds` what went back of its conversions."""

    lead: leads.Lead
    captured: list[Captured]
    timeline: list[Moment]
    findings: list[Finding]
    conversions: list[conversions.Conversion]
    refunds: list[refunds.Refund]
    rewards: list[rewards.Reward]
    missing: list[str]
    next: list[Next]
    integrations: list[Integration]


async def qualify_lead(call: Call[Nothing, Nothing]) -> Answer:
    return await _review(call, await leads.find(call), review.qualify)


async def unqualify_lead(call: Call[Nothing, Nothing]) -> Answer:
    return await _review(call, await leads.find(call), review.unqualify)


async def reject_lead(call: Call[Nothing, Nothing]) -> Answer:
    return await _review(call, await leads.find(call), review.reject)


async def reopen_lead(call: Call[Nothing, Nothing]) -> Answer:
    return await _review(call, await leads.find(call), review.reopen)


async def set_qualification(call: Call[Qualification, Nothing]) -> Answer:
    lead = await _named(call)
    return await _review(call, lead, review.qualify if call.body.qualified else review.unqualify)


async def explain_lead(call: Call[Nothing, Nothing]) -> Answer:
    lead = await leads.find(call)
    campaign = await call.campaign(lead.campaign_id)
    found = await why.explain(call.context, campaign, lead.id)
    if found is None:
        raise missing("lead", lead.id)
    ids = [conversion.id for conversion in found.conversions]
    async with call.context.storage.read() as db:
        back = await api_read.refunds_of(db, campaign.id, ids)
    asked = await checklist.of_lead(call.context, campaign, lead.id)
    shown = _explanation(found, back, await rewards.shapes(call, found.rewards), asked)
    return Answer(200, shown)


_POSTS = (
    ("qualify", qualify_lead, "Qualify a pending lead: its rewards fall due"),
    ("unqualify", unqualify_lead, "Make a qualified lead pending: cancels what is not issued"),
    ("reject", reject_lead, "Reject a lead: cancels what is not issued"),
    ("reopen", reopen_lead, "Make a rejected lead pending"),
)
OPERATIONS: list[Operation[Any, Any]] = [
    act(
        "PUT",
        "/leads/qualification",
        set_qualification,
        leads.Lead,
        Qualification,
        "Qualify or unqualify a lead by its id, code or e-mail",
    ),
    *(
        act("POST", f"/leads/{{id}}/{verb}", handler, leads.Lead, Nothing, summary)
        for verb, handler, summary in _POSTS
    ),
    read(
        "/leads/{id}/explain",
        explain_lead,
        Explanation,
        Nothing,
        "Why a lead is what it is, and what comes next",
    ),
]


async def _review(call: Call[Any, Any], lead: model.Lead, verb: Verb) -> Answer:
    """Asking for what already is changes nothing and answers the same."""
    campaign = await call.campaign(lead.campaign_id)
    reviewed = await verb(call.context, campaign, lead.id, ACTOR)
    return Answer(200, leads.shape(reviewed.lead))


async def _named(call: Call[Qualification, Nothing]) -> model.Lead:
    """The one lead that the body names; `Problem` 404 when it is nobody, 409 when it is several."""
    body = call.body
    seen = await call.seen(body.campaign_id)
    named = {"id": body.id, "code": body.code, "email": body.email}
    said = [(field, word) for field, word in named.items() if word]
    if len(said) != 1:
        raise bad_field("id", "name the lead by one of id, code or email")
    [(field, word)] = said
    asked = api_read.Wanted(
        campaign_id=seen, limit=2, where={_COLUMNS[field]: _spelled(call, field, word)}
    )
    async with call.context.storage.read() as db:
        found = (await api_read.leads(db, asked)).rows
    if not found:
        raise missing("lead", word, field)
    if len(found) > 1:
        detail = "several campaigns have such a lead: say which one"
        raise Problem("conflict", detail, field="campaign_id")
    return found[0]


_COLUMNS = {"id": "id", "code": "code", "email": "email_canonical"}


def _spelled(call: Call[Any, Any], field: str, word: str) -> str:
    """The word as the lead is kept under it."""
    if field == "email":
        return canonical_email(word)
    if field == "id":
        return word
    code = leads.spell_code(call, word)
    if code is None:
        raise missing("lead", word, "code")
    return code


def _explanation(
    found: why.Explanation,
    back: list[model.Refund],
    owed: list[rewards.Reward],
    asked: dict[str, list[checklist.Line]],
) -> Explanation:
    return Explanation(
        lead=leads.shape(found.lead),
        captured=[Captured(what=each.what, how=each.how) for each in found.captured],
        timeline=[
            Moment(at=moment(each.at), kind=each.kind, title=each.title, detail=each.detail)
            for each in found.timeline
        ],
        findings=list(map(_finding, found.findings)),
        conversions=list(map(conversions.shape, found.conversions)),
        refunds=list(map(refunds.shape, back)),
        rewards=owed,
        missing=found.missing,
        next=[Next(at=moment_or_none(each.at), text=each.text) for each in found.next],
        integrations=[
            Integration(system=title, checks=[_check(line) for line in lines])
            for title, lines in asked.items()
        ],
    )


def _check(line: checklist.Line) -> Check:
    return Check(
        question=line.question,
        ok=line.ok,
        answer=line.answer,
        at=moment_or_none(line.at),
        next=line.step or None,
    )


def _finding(finding: model.Finding) -> Finding:
    return Finding(
        id=finding.id,
        created_at=moment(finding.created_at),
        check=finding.check,
        verdict=finding.verdict,
        detail=finding.detail,
        conversion_id=finding.conversion_id,
        cleared_at=moment_or_none(finding.cleared_at),
    )
