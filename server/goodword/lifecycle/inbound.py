"""Somebody calls a campaign's secret address: kept first, then read, then it qualifies a lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from goodword.activity import calls
from goodword.campaigns import hooks
from goodword.clock import DAY
from goodword.leads import record as leads
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.convert import take
from goodword.lifecycle.hook import token_hash
from goodword.lifecycle.report import Answer, Proof, Sent, prove
from goodword.model import (
    CallResult,
    Campaign,
    Hook,
    InboundCall,
    Lead,
)
from goodword.qualification.inbound import (
    Said,
    keepable_query,
    read_call,
    result_of,
    signature_holds,
)
from goodword.signing import CodeKind, read_code, unseal

DOOR = "webhook"
LIFE_OF_STRANGERS = 7 * DAY
"""How long a shop's call is kept at most that names nobody who was referred, milliseconds."""

_LONGEST_TOKEN = 100


@dataclass(frozen=True, slots=True)
class Came:
    """A call as it came; header names in small letters."""

    content_type: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a call. `reason` says more: a stable word, or the field at fault.

    Of a shop's call, `order_ref` is the shop's id of the order, `refunds` are those that it told.
    """

    result: CallResult
    reason: str | None = None
    lead_id: str | None = None
    conversion_id: str | None = None
    answer: Answer | None = None
    order_ref: str = ""
    refunds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ready:
    """A call that was read: the report that it makes, with its proof."""

    sent: Sent
    proof: Proof


async def receive(context: Context, token: str, came: Came) -> Became | None:
    """Takes a call; None when nobody's address has this token.

    `Unavailable` when it can't be stored. What was kept and not read can be replayed.
    """
    hook = await _by_token(context, token)
    campaign = await context.directory.by_id(hook.campaign_id) if hook else None
    if hook is None or campaign is None:
        return None
    call = await _keep(context, campaign, hook, came)
    read = await read_kept(context, campaign, hook, call, query=came.query)
    async with begin(context, campaign, DOOR) as act:
        became = await weigh(act, read)
        await settle(act, call, became)
    return became


async def _by_token(context: Context, token: str) -> Hook | None:
    if not token or len(token) > _LONGEST_TOKEN:
        return None
    async with context.storage.read() as db:
        return await hooks.by_hash(db, token_hash(token), context.now())


async def _keep(context: Context, campaign: Campaign, hook: Hook, came: Came) -> InboundCall:
    """The raw call on disk, whatever becomes of it."""
    read = (hook.code_field, hook.order_field, hook.amount_field, hook.currency_field)
    signature = came.headers.get(hook.signature_header, "") if hook.signed else ""
    async with context.storage.write(campaign.id) as db:
        now = context.now()
        call = InboundCall(
            campaign_id=campaign.id,
            id=context.new_id("call", now),
            hook_id=hook.id,
            received_at=now,
            content_type=clean(came.content_type),
            query=keepable_query(came.query, (*read, hook.event_field, hook.only_field)),
            signature=clean(signature),
            body=came.body,
            result=CallResult.RECEIVED,
        )
        await calls.keep(db, call)
    return call


def clean(text: str) -> str:
    return "".join(filter(str.isprintable, text[:500]))


async def read_kept(
    context: Context,
    campaign: Campaign,
    hook: Hook,
    call: InboundCall,
    *,
    query: str = "",
    trusted: bool = False,
) -> Ready | Became:
    """The report that a call makes, or what it came to without one: its signature is checked
    unless it is `trusted`, its words are read, and its code is looked at."""
    if not (trusted or _authentic(context, hook, call)):
        return Became(CallResult.BAD_SIGNATURE)
    said = read_call(hook, campaign.currency, call.content_type, query, call.body)
    if not said.wanted:
        return Became(CallResult.IGNORED, "filter")
    if said.unreadable:
        return Became(CallResult.INVALID, said.unreadable)
    code = read_code(campaign.code_key, said.code)
    if code is None or code.kind is not CodeKind.LEAD:
        others = code or await context.directory.resolve(campaign, said.code)
        return Became(CallResult.REFERRER_CODE if others else CallResult.UNKNOWN_CODE)
    sent = _sent(said, code.text)
    return Ready(sent, await prove(context, campaign, sent))


def _authentic(context: Context, hook: Hook, call: InboundCall) -> bool:
    if not hook.signed or hook.signature_secret is None:
        return not hook.signed
    secret = unseal(context.keys, hook.signature_secret)
    return signature_holds(secret, call.body, call.signature)


def _sent(said: Said, code: str) -> Sent:
    money = said.amount.money
    return Sent(
        door=DOOR,
        key=said.key,
        code=code,
        event=said.event,
        order=said.order,
        amount=said.amount,
        raw=(said.event, said.order, said.printed, money.currency if money else "", ""),
    )


async def weigh(act: Act, read: Ready | Became) -> Became:
    """What the report makes of its lead; a code whose lead is not there yet makes none."""
    if isinstance(read, Became):
        return read
    lead = await leads.by_code(act.db, act.campaign.id, read.proof.lead_code)
    if lead is None:
        return Became(CallResult.UNKNOWN_CODE)
    answer = await take(replace(act, mode=lead.mode), read.sent, read.proof)
    return Became(
        result_of(answer.status, answer.reason, lead.status, answer.dup),
        answer.reason,
        lead.id,
        answer.id,
        answer,
    )


async def settle(act: Act, call: InboundCall, became: Became) -> None:
    """Writes what became of a call that is kept."""
    await calls.settle(
        act.db,
        call,
        result=became.result,
        reason=became.reason,
        lead_id=became.lead_id,
        conversion_id=became.conversion_id,
        order_ref=became.order_ref,
    )


# A dry run -----------------------------------------------------------------------------------


class _OnlyAsked(Exception):
    """Ends a transaction whose outcome was all that was wanted."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a call would come to, and what was read of it."""

    became: Became
    said: Said
    lead: Lead | None


async def foresee(
    context: Context, campaign: Campaign, hook: Hook, content_type: str, body: bytes
) -> Foreseen:
    """What this body would do if it came now, its signature aside; nothing is changed."""
    said = read_call(hook, campaign.currency, content_type, "", body)
    call = _pasted(context, hook, content_type, body)
    read = await read_kept(context, campaign, hook, call, trusted=True)
    found: list[Foreseen] = []
    try:
        async with begin(context, campaign, DOOR) as act:
            became = await weigh(act, read)
            lead = await leads.by_id(act.db, campaign.id, became.lead_id or "")
            found.append(Foreseen(became, said, lead))
            raise _OnlyAsked
    except _OnlyAsked:
        return found[0]


def _pasted(context: Context, hook: Hook, content_type: str, body: bytes) -> InboundCall:
    now = context.now()
    return InboundCall(
        campaign_id=hook.campaign_id,
        id=context.new_id("call", now),
        hook_id=hook.id,
        received_at=now,
        content_type=content_type,
        query="",
        signature="",
        body=body,
        result=CallResult.RECEIVED,
    )
