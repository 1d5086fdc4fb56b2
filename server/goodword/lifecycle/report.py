"""A report as a door took it, what its token and code turned out to be, and the answer to it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from goodword.leads.decide import Person
from goodword.lifecycle.context import Context
from goodword.lifecycle.directory import Resolved
from goodword.model import (
    Amount,
    Campaign,
    Evidence,
    Lead,
    Mode,
    Reason,
    Status,
    canonical_email,
)
from goodword.signing import CodeKind, Token, payload_holds, read_code, read_token

HAND = "hand"
"""The door of an admin who writes a lead or an order down by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What one call said, checked for form only. Empty strings are missing parts.

    `way` is how the referral came along, a word of `stats.decide.Way`, where the door knows it.
    `raw` holds the parts of a conversion exactly as printed, for its signature; `came_at` is when
    a report that is taken again first came, milliseconds. `confirmed`: read back from a CRM, or
    told by a payment system.
    """

    door: str
    key: str = ""
    token: str = ""
    code: str = ""
    lead_id: str = ""
    email: str = ""
    name: str = ""
    customer: str = ""
    event: str = "purchase"
    order: str = ""
    amount: Amount = Amount()
    sig: str = ""
    raw: tuple[str, str, str, str, str] = ("", "", "", "", "")
    bot: bool = False
    honeypot: bool = False
    origin: str = ""
    way: str = ""
    came_at: int | None = None
    confirmed: bool = False

    @property
    def by_server(self) -> bool:
        """Whether the site's own server says it, which may know the id of every lead; a secret
        address is as good as a key, and so are a shop's signature and an admin's own hand."""
        return self.door in ("api", "webhook", "shop", HAND) or self.confirmed

    @property
    def person(self) -> Person:
        return Person(canonical_email(self.email) if self.email else None, self.customer or None)

    def judged_at(self, now: int) -> int:
        """The moment by which it is late, or its person was a customer before."""
        return now if self.came_at is None else min(now, self.came_at)

    def payload(self) -> str:
        """What is kept of the call: its words, never its token."""
        money = self.amount.money
        words = {
            "key": self.key,
            "code": self.code,
            "email": self.email,
            "name": self.name,
            "customer": self.customer,
            "event": self.event,
            "order": self.order,
            "amount": f"{money} {money.currency}" if money else self.raw[2],
            "signed": "yes" if self.sig else "",
            "honeypot": "yes" if self.honeypot else "",
            "way": self.way,
        }
        return json.dumps({name: word for name, word in words.items() if word})


@dataclass(frozen=True, slots=True)
class Proof:
    """What the signatures said. `forged` is a token that nobody here signed for this campaign."""

    token: Token | None
    forged: bool
    resolved: Resolved | None
    lead_code: str
    signed: bool
    bad_signature: bool
    evidence: Evidence

    @property
    def mode(self) -> Mode:
        test = (self.token and self.token.test) or (self.resolved and self.resolved.test)
        return Mode.TEST if test else Mode.LIVE

    @property
    def disabled(self) -> bool:
        """Whether a code alone stands behind it, and that is disabled."""
        return self.token is None and self.resolved is not None and self.resolved.disabled

    @property
    def referrer_id(self) -> str | None:
        if self.token:
            return self.token.referrer_id
        return self.resolved.referrer.id if self.resolved else None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller is told. `id` and `code` only where the caller may know them."""

    status: Status
    reason: Reason | None = None
    id: str | None = None
    code: str | None = None
    dup: bool = False


async def prove(context: Context, campaign: Campaign, sent: Sent) -> Proof:
    """Checks every signature that a call brought."""
    token = read_token(context.keys, sent.token) if sent.token else None
    if token is not None and token.campaign_id != campaign.id:
        token = None
    signed = bool(sent.sig) and _holds(campaign, sent)
    counts = signed and bool(sent.order or sent.email)
    code = read_code(campaign.code_key, sent.code) if sent.code else None
    is_lead_code = code is not None and code.kind is CodeKind.LEAD
    return Proof(
        token=token,
        forged=bool(sent.token) and token is None,
        resolved=None
        if token or is_lead_code or not sent.code
        else await _current(context, campaign, sent.code),
        lead_code=code.text if code and is_lead_code else "",
        signed=counts,
        bad_signature=bool(sent.sig) and not signed,
        evidence=_evidence(sent, token is not None, counts),
    )


def _holds(campaign: Campaign, sent: Sent) -> bool:
    """A page that leaves the event out may have signed it as missing or as the default."""
    secret, (event, *rest) = campaign.signing_secret, sent.raw
    return any(
        payload_holds(secret, sent.sig, each, *rest) for each in {event, event or sent.event}
    )


async def _current(context: Context, campaign: Campaign, text: str) -> Resolved | None:
    found = await context.directory.resolve(campaign, text)
    return None if found and found.expires and found.expires <= context.now() else found


def _evidence(sent: Sent, token: bool, signed: bool) -> Evidence:
    if sent.confirmed:
        return Evidence.CONFIRMED
    if sent.by_server:
        return Evidence.CALLED
    if signed:
        return Evidence.SIGNED
    return Evidence.TOKEN if token else Evidence.BARE


def holders(sent: Sent, proof: Proof, lead: Lead | None) -> list[str]:
    """Who may repeat this call's key: its token, or else its lead; a refused call its words."""
    if proof.token is not None:
        return [proof.token.hit_id]
    if lead is not None:
        return [lead.id]
    words = "|".join((sent.token, sent.code, sent.email, sent.customer, sent.order))
    return ["none_" + hashlib.sha256(words.encode(errors="replace")).hexdigest()[:32]]
