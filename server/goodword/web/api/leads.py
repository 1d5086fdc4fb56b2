"""Leads: read, made by naming a referrer, renamed."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from goodword import model
from goodword.leads import record as leads
from goodword.lifecycle.change import rename_lead
from goodword.lifecycle.erase import erase_lead
from goodword.lifecycle.report import Sent
from goodword.lifecycle.sign_up import sign_up
from goodword.model import Reason, Status, canonical_email, is_email
from goodword.signing import CodeKind, read_code
from goodword.stats import api_read
from goodword.stats.decide import Way
from goodword.web.api.call import ACTOR, Answer, Call, Naming, Nothing, Operation, act, read
from goodword.web.api.lists import ListQuery, Page, page, wanted
from goodword.web.api.problems import Problem, bad_field, missing
from goodword.web.api.words import (
    Email,
    Id,
    Line,
    Name,
    Number,
    Time,
    moment,
    moment_or_none,
    one_line,
)


class Lead(msgspec.Struct, kw_only=True):
    """`reason` says why it was rejected; `source` what made it: `lead`, `conversion`, `api`."""

    id: str
    campaign_id: str
    created_at: Time
    status: model.LeadStatus
    reason: Reason | None
    email: str | None
    name: str | None
    customer: str | None
    code: str
    referrer_id: str
    source: str
    joined_at: Time
    converted_at: Time | None


class NewLead(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Name the referrer by `referrer_id` or by `referral_code`; `customer` is your own id of
    the person, text or a number."""

    naming: ClassVar[Naming] = Naming("oneOf", ("referrer_id", "referral_code"))

    referrer_id: Id | None = None
    referral_code: Line | None = None
    email: Email | None = None
    name: Line | None = None
    customer: Name | Number | None = None
    campaign_id: Id | None = None


class LeadChanges(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: Line | None | msgspec.UnsetType = msgspec.UNSET


class LeadsQuery(ListQuery, kw_only=True):
    status: model.LeadStatus | None = None
    referrer_id: Id | None = None
    code: Line | None = None
    email: Email | None = None
    customer: Name | None = None


async def list_leads(call: Call[Nothing, LeadsQuery]) -> Answer:
    query = call.query
    code = None if query.code is None else spell_code(call, query.code)
    if query.code is not None and code is None:
        return Answer(200, page([], None))
    asked = await wanted(
        call,
        status=query.status,
        referrer_id=query.referrer_id,
        code=code,
        email_canonical=canonical_email(query.email) if query.email else None,
        customer=query.customer,
    )
    async with call.context.storage.read() as db:
        found = await api_read.leads(db, asked)
    return Answer(200, page([shape(each) for each in found.rows], found.next))


async def get_lead(call: Call[Nothing, Nothing]) -> Answer:
    return Answer(200, shape(await find(call)))


async def create_lead(call: Call[NewLead, Nothing]) -> Answer:
    """201 for a new one, rejected or not; 200 for the one that is known by e-mail or customer."""
    campaign, code = await _named(call)
    begun, sent = call.context.now(), _sent(call, code)
    answer = await sign_up(call.context, campaign, sent)
    if answer.id is None:
        return _refusal(answer.reason)
    async with call.context.storage.read() as db:
        lead = await leads.by_id(db, campaign.id, answer.id)
    if lead is None:
        raise missing("lead", answer.id)
    made = answer.status is not Status.IGNORED and not answer.dup and lead.joined_at >= begun
    return Answer(201 if made else 200, shape(lead))


async def change_lead(call: Call[LeadChanges, Nothing]) -> Answer:
    found, name = await find(call), call.body.name
    if name is not msgspec.UNSET:
        campaign = await call.campaign(found.campaign_id)
        named = one_line(name or "") or None
        found = await rename_lead(call.context, campaign, found.id, named, ACTOR)
    return Answer(200, shape(found))


async def delete_lead(call: Call[Nothing, Nothing]) -> Answer:
    """Erases the person: the lead stays as what was counted and owed. It can't be undone."""
    found = await find(call)
    campaign = await call.campaign(found.campaign_id)
    return Answer(200, shape(await erase_lead(call.context, campaign, found, ACTOR)))


OPERATIONS: list[Operation[Any, Any]] = [
    read("/leads", list_leads, Page[Lead], LeadsQuery, "List leads"),
    act(
        "POST",
        "/leads",
        create_lead,
        Lead,
        NewLead,
        "Make a lead; the one with this e-mail or customer is answered with 200",
        status=201,
        also=(200,),
    ),
    read("/leads/{id}", get_lead, Lead, Nothing, "Read a lead"),
    act("PATCH", "/leads/{id}", change_lead, Lead, LeadChanges, "Rename a lead"),
    act(
        "DELETE",
        "/leads/{id}",
        delete_lead,
        Lead,
        Nothing,
        "Erase a lead's person: what was counted and owed stays",
    ),
]


async def find(call: Call[Any, Any]) -> model.Lead:
    """The lead that the path names; `Problem` 404."""
    async with call.context.storage.read() as db:
        found = await api_read.lead(db, call.key.campaign_id, call.id)
    if found is None:
        raise missing("lead", call.id)
    return found


def spell_code(call: Call[Any, Any], said: str) -> str | None:
    """A lead's code as it is kept, however it was written; None for what no lead can have.
    `Problem` 400 for a referrer's code."""
    for campaign in call.context.directory.all():
        code = read_code(campaign.code_key, said)
        if code is not None and code.kind is not CodeKind.LEAD:
            raise bad_field("code", "this is a referrer's code; send the lead's own")
        if code is not None:
            return code.text
    return None


def shape(lead: model.Lead) -> Lead:
    return Lead(
        id=lead.id,
        campaign_id=lead.campaign_id,
        created_at=moment(lead.joined_at),
        status=lead.status,
        reason=lead.reason,
        email=lead.email,
        name=lead.name,
        customer=lead.customer,
        code=lead.code,
        referrer_id=lead.referrer_id,
        source=lead.source,
        joined_at=moment(lead.joined_at),
        converted_at=moment_or_none(lead.converted_at),
    )


async def _named(call: Call[NewLead, Nothing]) -> tuple[model.Campaign, str]:
    """The campaign, and the code of the referrer that the body names."""
    body = call.body
    if bool(body.referrer_id) is bool(body.referral_code):
        raise bad_field("referrer_id", "name a referrer by referrer_id or by referral_code")
    if body.referrer_id is not None:
        async with call.context.storage.read() as db:
            found = await api_read.referrer(db, call.key.campaign_id, body.referrer_id)
        if found is None:
            raise missing("referrer", body.referrer_id, "referrer_id")
        return await call.campaign_of(
            found.campaign_id, body.campaign_id, "referrer_id"
        ), found.code
    campaign, code = await call.campaign(body.campaign_id), body.referral_code or ""
    resolved = await call.context.directory.resolve(campaign, code)
    if resolved is None or resolved.test:
        detail = "it is no referrer's code of this campaign"
        raise Problem("not_found", detail, field="referral_code")
    return campaign, code


def _sent(call: Call[NewLead, Nothing], code: str) -> Sent:
    body = call.body
    email = (body.email or "").strip()
    if email and not is_email(email):
        raise bad_field("email", "it is no e-mail address")
    return Sent(
        door=ACTOR,
        key=call.report_key or call.context.new_id("call", call.context.now()),
        code=code,
        email=email,
        name=one_line(body.name or ""),
        customer="" if body.customer is None else str(body.customer).strip(),
        way=Way.CODE if body.referral_code else "",
    )


def _refusal(reason: Reason | None) -> Answer:
    """Returned, not raised: that it was refused is kept."""
    problem = Problem("conflict", "the campaign is paused: it takes no new leads")
    if reason is not Reason.PAUSED:
        problem = Problem("conflict", f"the lead was not taken: {reason}")
    return Answer(problem.status, problem.details())
