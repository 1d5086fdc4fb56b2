"""Conversions: read, and reported by the site's own server."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from goodword import model
from goodword.lifecycle.convert import convert
from goodword.lifecycle.report import Sent
from goodword.lifecycle.sighting import see
from goodword.model import Amount, Money, Reason, ReportKind, Status, is_email, read_amount
from goodword.qualification import record as qualification
from goodword.stats import api_read
from goodword.stats.decide import Way
from goodword.web.api.call import ACTOR, Answer, Call, Naming, Nothing, Operation, act, read
from goodword.web.api.lists import ListQuery, Page, page, wanted
from goodword.web.api.problems import bad_field, missing
from goodword.web.api.words import Currency, Email, Event, Id, Line, Name, Number, Time, moment


class Conversion(msgspec.Struct):
    """`evidence` is how sure it is, E0 to E4; `amount` a decimal string, or null when none was
    sent or it could not be read. `refunded` is how much of it went back."""

    id: str
    campaign_id: str
    created_at: Time
    status: Status
    reason: Reason | None
    lead_id: str | None
    event: str
    order: str | None
    amount: str | None
    currency: str | None
    evidence: str
    refunded: str | None


class Reported(Conversion):
    """The conversion, with what became of this very report as its `status` and `reason`; `dup`
    when it repeats one."""

    dup: bool


class NewConversion(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Name the lead by at least one of `lead_id`, `code` (the lead's), `token`, `customer` and
    `email`. An `amount` is a decimal string or an integer of minor units; one that can't be read
    never refuses the conversion."""

    naming: ClassVar[Naming] = Naming("anyOf", ("lead_id", "code", "token", "customer", "email"))

    lead_id: Id | None = None
    code: Line | None = None
    token: Line | None = None
    customer: Name | Number | None = None
    email: Email | None = None
    event: Event = "purchase"
    order: Name | Number | None = None
    amount: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    currency: Currency | None = None
    campaign_id: Id | None = None


class ConversionsQuery(ListQuery, kw_only=True):
    status: Status | None = None
    lead_id: Id | None = None
    order: Name | None = None
    event: Event | None = None


async def list_conversions(call: Call[Nothing, ConversionsQuery]) -> Answer:
    query = call.query
    asked = await wanted(
        call,
        status=query.status,
        lead_id=query.lead_id,
        order_id=query.order,
        event=query.event,
    )
    async with call.context.storage.read() as db:
        found = await api_read.conversions(db, asked)
    return Answer(200, page([shape(each) for each in found.rows], found.next))


async def get_conversion(call: Call[Nothing, Nothing]) -> Answer:
    async with call.context.storage.read() as db:
        found = await api_read.conversion(db, call.key.campaign_id, call.id)
    if found is None:
        raise missing("conversion", call.id)
    return Answer(200, shape(found))


async def create_conversion(call: Call[NewConversion, Nothing]) -> Answer:
    """201 when the report was taken, whatever became of it; 200 when it was known already."""
    campaign = await _campaign(call)
    answer = await convert(call.context, campaign, _sent(call))
    if way := _way(call.body):
        see(call.context, campaign, ReportKind.CONVERT, Way(way))
    async with call.context.storage.read() as db:
        row = answer.id and await qualification.by_id(db, campaign.id, answer.id)
    if not row:
        raise missing("conversion", f"{answer.reason}")
    fields = msgspec.structs.asdict(shape(row))
    fields |= {"status": answer.status, "reason": answer.reason}
    known = answer.dup or answer.reason is Reason.DUPLICATE
    return Answer(200 if known else 201, Reported(**fields, dup=answer.dup))


OPERATIONS: list[Operation[Any, Any]] = [
    read("/conversions", list_conversions, Page[Conversion], ConversionsQuery, "List conversions"),
    act(
        "POST",
        "/conversions",
        create_conversion,
        Reported,
        NewConversion,
        "Report a conversion; one that was reported before is answered with 200",
        status=201,
        also=(200,),
    ),
    read("/conversions/{id}", get_conversion, Conversion, Nothing, "Read a conversion"),
]


def shape(conversion: model.Conversion) -> Conversion:
    money = conversion.money
    return Conversion(
        id=conversion.id,
        campaign_id=conversion.campaign_id,
        created_at=moment(conversion.created_at),
        status=conversion.status,
        reason=conversion.reason,
        lead_id=conversion.lead_id,
        event=conversion.event,
        order=conversion.order_id,
        amount=str(money) if money else None,
        currency=conversion.currency,
        evidence=f"E{conversion.evidence.value}",
        refunded=str(Money(conversion.refunded, money.currency)) if money else None,
    )


async def _campaign(call: Call[NewConversion, Nothing]) -> model.Campaign:
    """The campaign of the lead, where `lead_id` names it."""
    body = call.body
    if not (body.lead_id or body.code or body.token or body.customer or body.email):
        raise bad_field("lead_id", "name the lead by lead_id, code, token, customer or email")
    if body.lead_id is None:
        return await call.campaign(body.campaign_id)
    async with call.context.storage.read() as db:
        lead = await api_read.lead(db, call.key.campaign_id, body.lead_id)
    if lead is None:
        raise missing("lead", body.lead_id, "lead_id")
    return await call.campaign_of(lead.campaign_id, body.campaign_id, "lead_id")


def _sent(call: Call[NewConversion, Nothing]) -> Sent:
    body, order = call.body, _text(call.body.order)
    email = (body.email or "").strip()
    if email and not is_email(email):
        raise bad_field("email", "it is no e-mail address")
    currency = (body.currency or "").strip()
    said, amount = _amount(body.amount, currency)
    return Sent(
        door=ACTOR,
        key=call.report_key or f"{ACTOR}:{body.event}:{order}",
        token=body.token or "",
        code=body.code or "",
        lead_id=body.lead_id or "",
        email=email,
        customer=_text(body.customer),
        event=body.event,
        order=order,
        amount=amount,
        raw=(body.event, order, said, currency, email),
        way=_way(body),
    )


def _way(body: NewConversion) -> str:
    """How the referral came along; empty where the lead itself is named."""
    if body.token:
        return Way.FORM
    return Way.CODE if body.code else ""


def _text(value: str | int | None) -> str:
    return "" if value is None else str(value).strip()


def _amount(raw: msgspec.Raw | msgspec.UnsetType, currency: str) -> tuple[str, Amount]:
    """The amount as it was written, and as it was read; whatever it is, it refuses nothing."""
    if raw is msgspec.UNSET:
        return "", Amount()
    written = bytes(raw)[:100].decode(errors="replace")
    try:
        value = msgspec.json.decode(raw, type=str | int | None)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return written, Amount(unreadable=True)
    return written, read_amount(value, currency)
