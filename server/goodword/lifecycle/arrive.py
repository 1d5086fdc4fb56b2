"""A visit: somebody came through a code. Refused with a name, or one row, synced to disk."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from goodword.campaigns.decide import is_local
from goodword.clock import DAY
from goodword.hits import record as hits
from goodword.hits.agent import Agent, judge
from goodword.hits.decide import clean_url, is_fresh, network_of, refusal
from goodword.leads import record as leads
from goodword.lifecycle.address_key import hash_address
from goodword.lifecycle.context import Context
from goodword.lifecycle.directory import Resolved
from goodword.model import Campaign, Hit, Mode, Reason, Recipient, first_name
from goodword.signing import CodeKind, Token, mint_token, read_code, read_token

TOKEN_LIFE = 400 * DAY
"""How long a browser keeps a token, milliseconds; the server alone judges the window."""

_LONGEST_AGENT = 512


class Arrival(Struct, frozen=True, kw_only=True):
    """What a door saw. `carried` says that the token came in the address, not from storage."""

    campaign: Campaign
    code: str
    via: str
    token: str = ""
    carried: bool = False
    lead_code: str = ""
    url: str = ""
    http_referrer: str = ""
    user_agent: str = ""
    address: str = ""
    origin: str = ""
    webdriver: bool = False
    gpc: bool = False
    prefetch: bool = False


class Arrived(Struct, frozen=True):
    """The token the browser keeps, or the reason why there was no hit."""

    reason: Reason | None = None
    token: str = ""
    code: str = ""
    lead_code: str = ""
    name: str = ""
    offer: str = ""
    test: bool = False


async def arrive(context: Context, arrival: Arrival) -> Arrived:
    """Records one hit, unless this is none or a fresh token stands for one already.

    `Unavailable` when the hit can't be stored.
    """
    campaign, now = arrival.campaign, context.now()
    resolved = context.directory.known(campaign, arrival.code) or await context.directory.resolve(
        campaign, arrival.code
    )
    reason = refusal(
        paused=campaign.paused,
        known=resolved is not None,
        disabled=resolved is not None and resolved.disabled,
        expired=resolved is not None and (resolved.expires or now + 1) <= now,
        prefetch=arrival.prefetch,
        bot=not is_person(campaign, arrival.user_agent),
    )
    if resolved is None or reason is not None:
        reason = reason or Reason.BAD_CODE
        context.refuse(campaign, "hit", reason, arrival.origin)
        return Arrived(reason)
    former = _former(context, arrival, resolved, now)
    if former is not None and _stands(former, resolved, now):
        return _answer(arrival, resolved, arrival.token, arrival.lead_code)
    return await _record(context, arrival, resolved, former, now)


def is_person(campaign: Campaign, user_agent: str) -> bool:
    """Whether a person's browser sent it. On a developer's own machine a headless browser does:
    only end-to-end tests come there."""
    if is_local(campaign):
        user_agent = user_agent.replace("HeadlessChrome/", "Chrome/", 1)
    return judge(user_agent) is Agent.PERSON


def _former(context: Context, arrival: Arrival, resolved: Resolved, now: int) -> Token | None:
    """The token the browser brought, if it is of this campaign and of the same mode."""
    token = read_token(context.keys, arrival.token) if arrival.token else None
    if token is None or token.campaign_id != arrival.campaign.id or token.test != resolved.test:
        return None
    return None if arrival.carried and not is_fresh(token.at, now) else token


def _stands(former: Token, resolved: Resolved, now: int) -> bool:
    return former.referrer_id == resolved.referrer.id and is_fresh(former.at, now)


async def _record(
    context: Context, arrival: Arrival, resolved: Resolved, former: Token | None, now: int
) -> Arrived:
    campaign, referrer = arrival.campaign, resolved.referrer
    lead_code, lead_id = await _lead(context, arrival)
    token = Token(
        campaign.id,
        context.new_id("hit", now),
        former.visitor if former and not resolved.test else context.new_id("vis", now),
        referrer.id,
        resolved.test,
    )
    hit = Hit(
        id=token.hit_id,
        campaign_id=campaign.id,
        referrer_id=referrer.id,
        lead_id=lead_id,
        visitor=token.visitor,
        code=resolved.code,
        via=arrival.via,
        url=clean_url(arrival.url, arrival.code),
        http_referrer=clean_url(arrival.http_referrer, arrival.code),
        address="" if arrival.gpc else network_of(arrival.address),
        user_agent="" if arrival.gpc else arrival.user_agent[:_LONGEST_AGENT],
        webdriver=int(arrival.webdriver),
        gpc=int(arrival.gpc),
        mode=Mode.TEST if resolved.test else Mode.LIVE,
        created_at=now,
        address_hash="" if arrival.gpc else await hash_address(context, arrival.address),
    )
    visit = None if resolved.test else (campaign.id, now - now % DAY, referrer.id)
    await context.storage.hits.add(hits.row(hit), visit)
    return _answer(arrival, resolved, mint_token(context.keys, token), lead_code)


async def _lead(context: Context, arrival: Arrival) -> tuple[str, str | None]:
    """The lead that a lead code in the link names: its code in one spelling, and its id."""
    if not arrival.lead_code:
        return "", None
    code = read_code(arrival.campaign.code_key, arrival.lead_code)
    if code is None or code.kind is not CodeKind.LEAD:
        return "", None
    async with context.storage.read() as db:
        lead = await leads.by_code(db, arrival.campaign.id, code.text)
    return (code.text, lead.id) if lead else ("", None)


def _answer(arrival: Arrival, resolved: Resolved, token: str, lead_code: str) -> Arrived:
    return Arrived(
        token=token,
        code=resolved.code,
        lead_code=lead_code,
        name=first_name(resolved.referrer.name),
        offer=offer_of(arrival.campaign),
        test=resolved.test,
    )


@lru_cache(1024)
def offer_of(campaign: Campaign) -> str:
    """What the friend gets, for a banner: `10.00 EUR`; empty when only the referrer is rewarded."""
    owed = (rule.money for rule in campaign.rules if Recipient.LEAD in rule.recipients)
    return next((f"{money} {money.currency}" for money in owed), "")
