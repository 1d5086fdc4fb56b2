"""A recorded history through the same lifecycle, on the recorded clock: what would have counted.

It plays on an empty database of its own, which is gone afterwards: it reads nothing of an
installation, and sends nothing.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.clock import DAY
from goodword.fraud import record as fraud
from goodword.history import (
    AnyEvent,
    BadHistory,
    Converts,
    Joins,
    Policy,
    Refunds,
    SignsUp,
    Visits,
    World,
    amount_of,
)
from goodword.hits.agent import is_prefetch
from goodword.leads import record as leads
from goodword.lifecycle.act import begin
from goodword.lifecycle.arrive import Arrival, arrive, is_person
from goodword.lifecycle.change import Changes, edit_campaign
from goodword.lifecycle.context import Context
from goodword.lifecycle.convert import convert
from goodword.lifecycle.customers import add_customer
from goodword.lifecycle.lead import own_browser
from goodword.lifecycle.refund import Refunding, refund
from goodword.lifecycle.report import Answer, Sent
from goodword.lifecycle.set_up import NewCampaign, Refused, create_campaign, create_referrer
from goodword.lifecycle.sign_up import sign_up
from goodword.lifecycle.tick import tick
from goodword.model import (
    Amount,
    Campaign,
    LeadStatus,
    Reason,
    Referrer,
    RewardStatus,
    Status,
    Verdict,
    canonical_email,
    is_email,
)
from goodword.opening import opened
from goodword.qualification import record as qualification
from goodword.rewards import record as rewards
from goodword.settings import Network, Settings
from goodword.signing import read_token
from goodword.web.client import Senders

SITE = "https://shop.example"
MEMORY = Path("/dev/shm")  # noqa: S108 - what is made in it has a name of chance, and mode 0700
"""Where Linux keeps files in memory."""

_OWN = "lead"
"""How the history says that a report brought the token of its own lead."""

_VERDICTS = {
    Status.COUNTED: Verdict.ALLOW,
    Status.HELD: Verdict.HOLD,
    Status.REJECTED: Verdict.REJECT,
    Status.IGNORED: Verdict.IGNORE,
}
_NO_PERSON = (Reason.BOT, Reason.PREFETCH)


class Line(Struct):
    """What one event came to: as it stood when it happened, and as it stands at the end."""

    id: str
    verdict: Verdict
    final: Verdict
    reasons: list[str]


async def backtest(
    events: Sequence[AnyEvent],
    world: World,
    policy: Policy,
    progress: Callable[[int, int], None] = lambda done, events: None,
) -> list[Line]:
    """A line for every referrer, hit, lead and conversion, in their order. `BadHistory`."""
    clock = [int(events[0].t * 1000) if events else 0]
    async with _stage(clock, world, policy) as stage:
        for done, event in enumerate(events, 1):
            await stage.play(event)
            progress(done, len(events))
        return [await stage.line(each) for each in stage.played]


@asynccontextmanager
async def _stage(clock: list[int], world: World, policy: Policy) -> AsyncIterator[Stage]:
    folder = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="goodword-backtest-", dir=folder) as at:
        settings = Settings(
            data_dir=Path(at),
            database_url=f"sqlite+aiosqlite:///{at}/goodword.db",
            public_url="https://go.shop.example",
            secret_keys=(os.urandom(32),),
            trusted_proxies=_networks(world),
            rate_limit=0,
        )
        async with opened(settings, lambda: clock[0]) as context:
            campaign = await _campaign(context, policy)
            for email in filter(is_email, world.customers):
                await add_customer(context, campaign, email, 0, "backtest")
            yield Stage(context, campaign, clock, world, Senders(settings.trusted_proxies))


def _networks(world: World) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(each, strict=False) for each in world.trusted_proxies)
    except ValueError as error:
        raise BadHistory(f"trusted_proxies: {error}") from error


async def _campaign(context: Context, policy: Policy) -> Campaign:
    new = NewCampaign(
        name="Backtest",
        origins=(SITE,),
        reward=policy.reward,
        delay=policy.delay * DAY,
        window=policy.window * DAY,
        least_evidence=policy.least_evidence,
    )
    made = await create_campaign(context, new, "backtest")
    limits = Changes(cap=policy.cap, budget=policy.budget)
    await edit_campaign(context, made, limits, "backtest")
    return await context.directory.by_id(made.id) or made


@dataclass(frozen=True, slots=True)
class Played:
    """One event and what it came to at once; `row` is the lead or conversion that it made."""

    event: AnyEvent
    verdict: Verdict
    reason: Reason | None = None
    row: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A lead as the site knows it: its id and code where it was told them, and its token."""

    id: str = ""
    code: str = ""
    token: str = ""
    email: str = ""


@dataclass(slots=True)
class Stage:
    """The campaign that the history is played on, and what browsers and the site keep."""

    context: Context
    campaign: Campaign
    clock: list[int]
    world: World
    senders: Senders
    codes: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    leads: dict[str, Known] = field(default_factory=dict)
    owners: dict[str, list[Referrer]] = field(default_factory=dict)
    browsers: dict[str, str] = field(default_factory=dict)
    played: list[Played] = field(default_factory=list)
    ticked: int = 0

    async def play(self, event: AnyEvent) -> None:
        """Does what happened, at its time; the clock's own work once a day."""
        self.clock[0] = max(self.clock[0] + 1, int(event.t * 1000))
        if self.clock[0] // DAY > self.ticked:
            self.ticked = self.clock[0] // DAY
            await tick(self.context)
        match event:
            case Joins():
                self.played.append(await self._join(event))
            case Visits():
                self.played.append(await self._visit(event))
            case SignsUp():
                self.played.append(await self._sign_up(event))
            case Converts():
                self.played.append(await self._convert(event))
            case Refunds():
                told = Refunding(order=event.order, external_id=event.id, note=event.reason or "")
                await refund(self.context, self.campaign, told, "api")

    async def _join(self, event: Joins) -> Played:
        """A referrer joins on a page that carries the token of their device."""
        visitor = self.browsers.get(event.device or "")
        try:
            made, new = await create_referrer(
                *(self.context, self.campaign, event.email, event.name or "", "page"),
                visitor=visitor,
            )
        except Refused:
            return Played(event, Verdict.REJECT)
        self.codes[event.code] = made.code
        if event.device:
            self.owners.setdefault(event.device, []).append(made)
        return Played(event, Verdict.ALLOW) if new else _as(event, Reason.DUPLICATE)

    async def _was_there(self, code: str) -> None:
        """A code whose signature holds is of somebody who joined before the history begins."""
        email = f"before-{len(self.codes)}@example.invalid"
        made, _ = await create_referrer(self.context, self.campaign, email, "", "page")
        self.codes[code] = made.code

    async def _visit(self, event: Visits) -> Played:
        former = self.tokens.get(event.visitor or "", "")
        by_tag, holds = bool(event.js), event.sig in ("ok", True)
        if holds and event.code not in self.codes:
            await self._was_there(event.code)
        if not by_tag and event.sec_fetch_dest not in (None, "", "document"):
            return _as(event, Reason.PREFETCH)
        arrived = await arrive(
            self.context,
            Arrival(
                campaign=self.campaign,
                code=self.codes[event.code] if holds else event.code,
                via="tag" if by_tag else "hop",
                token=former,
                url=f"{SITE}/?{event.query or ''}",
                http_referrer=event.referrer or "",
                user_agent=event.ua or "",
                address=self.senders.address(event.peer_ip or "", event.xff or ""),
                prefetch=is_prefetch(event.purpose or "", event.purpose or "", ""),
            ),
        )
        if arrived.reason is not None:
            rejected = arrived.reason not in _NO_PERSON
            return Played(event, Verdict.REJECT if rejected else Verdict.IGNORE, arrived.reason)
        if event.visitor:
            self.tokens[event.visitor] = arrived.token
        await self._own(event.device, arrived.token)
        return _as(event, Reason.DUPLICATE) if arrived.token == former else _as(event, None)

    async def _own(self, device: str | None, text: str) -> None:
        """The browser of a referrer's own device is theirs. A device that several share, as phones
        of one make may seem to, tells nobody from anybody."""
        token = read_token(self.context.keys, text)
        if device is None or token is None:
            return
        self.browsers[device] = token.visitor
        owners = self.owners.get(device, [])
        if len(owners) == 1:
            async with begin(self.context, self.campaign, "script") as act:
                await own_browser(act, owners[0], token.visitor)

    async def _sign_up(self, event: SignsUp) -> Played:
        token = self.tokens.get(event.visitor or "", "")
        email = event.email if event.email and is_email(event.email) else ""
        answer = await sign_up(
            self.context,
            self.campaign,
            Sent(
                door="script",
                key=event.id,
                token=token,
                code=self.codes.get(event.code or "", event.code or ""),
                email=email,
                name=event.name or "",
                honeypot=bool(event.honeypot),
                bot=not is_person(self.campaign, event.ua or ""),
            ),
        )
        self.leads[event.id] = Known(answer.id or "", answer.code or "", token, email)
        return _answered(event, answer)

    async def _convert(self, event: Converts) -> Played:
        known = self.leads.get(event.lead or "", Known())
        amount = amount_of(event.amount, event.currency)
        by_server, confirmed = event.channel != "js", self._is_in_ledger(event, known, amount)
        token = known.token if event.token == _OWN else str(event.token or "")
        code = known.code if event.channel == "webhook" else event.code or ""
        answer = await convert(
            self.context,
            self.campaign,
            Sent(
                door={"js": "script"}.get(event.channel, event.channel),
                key=event.id,
                token="" if by_server else token,
                code=self.codes.get(code, code),
                lead_id=known.id if event.channel == "api" else "",
                email=known.email if event.channel == "api" or confirmed else "",
                order=event.order or "",
                amount=amount,
                bot=not by_server and not is_person(self.campaign, event.ua or ""),
                confirmed=confirmed,
            ),
        )
        return _answered(event, answer)

    def _is_in_ledger(self, event: Converts, known: Known, amount: Amount) -> bool:
        """Whether the shop's ledger has the very order, of the lead's own e-mail."""
        order = self.world.order(event.order) if event.order else None
        if order is None or not order.email or not known.email:
            return False
        same = canonical_email(order.email) == canonical_email(known.email)
        return same and amount_of(order.amount, event.currency) == amount

    async def line(self, played: Played) -> Line:
        """What became of it by the end, with every reason on the way."""
        final, reasons = await self._final(played)
        said = dict.fromkeys(str(each) for each in (played.reason, *reasons) if each)
        return Line(played.event.id, played.verdict, final, list(said))

    async def _final(self, played: Played) -> tuple[Verdict, list[str]]:
        if played.row is None or played.verdict in (Verdict.IGNORE, Verdict.REJECT):
            return played.verdict, []
        async with self.context.storage.read() as db:
            if isinstance(played.event, Converts):
                return await self._of_conversion(db, played.event, played.row)
            return await self._of_lead(db, played.row, None, [])

    async def _of_conversion(
        self, db: AsyncConnection, event: Converts, id_: str
    ) -> tuple[Verdict, list[str]]:
        """Its own state, and what of it is held: the conversion, its lead, or a reward of it."""
        row = await qualification.by_id(db, self.campaign.id, id_)
        if row is None:
            raise RuntimeError(f"{id_} is not there any more")
        verdict, why = _VERDICTS[row.status], [row.reason] if row.reason else []
        if verdict in (Verdict.IGNORE, Verdict.REJECT) or row.lead_id is None:
            return verdict, [str(each) for each in why]
        own = self.leads.get(event.lead or "", Known()).id
        if own and row.lead_id != own:
            return Verdict.IGNORE, [str(Reason.ORDER_CONFLICT)]
        owed = await rewards.of_conversion(db, self.campaign.id, row.id)
        why += [each.reason for each in owed if each.status is RewardStatus.HELD and each.reason]
        held = why if row.status is Status.HELD else [e for e in why if e is not row.reason]
        return await self._of_lead(db, row.lead_id, row.id, [str(each) for each in held])

    async def _of_lead(
        self, db: AsyncConnection, lead_id: str, conversion_id: str | None, held: list[str]
    ) -> tuple[Verdict, list[str]]:
        lead = await leads.by_id(db, self.campaign.id, lead_id)
        if lead is not None and lead.status is LeadStatus.REJECTED:
            return Verdict.REJECT, [str(lead.reason)]
        doubts = await fraud.holding(db, self.campaign.id, lead_id, conversion_id)
        found = [*held, *(str(each.check) for each in doubts)]
        return (Verdict.HOLD, found) if found else (Verdict.ALLOW, [])


def _as(event: AnyEvent, reason: Reason | None) -> Played:
    return Played(event, Verdict.IGNORE if reason else Verdict.ALLOW, reason)


def _answered(event: AnyEvent, answer: Answer) -> Played:
    if answer.dup:
        return _as(event, Reason.DUPLICATE)
    return Played(event, _VERDICTS[answer.status], answer.reason, answer.id)
