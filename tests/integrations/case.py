"""One system as the common stories see it: its double, how it is connected, how it is hooked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import ip_network
from urllib.parse import urlsplit

import httpx
import pytest

from doubles.base import Double, Plot, double_of, running
from goodword.integrations import SYSTEMS, kept
from goodword.integrations import record as integrations
from goodword.integrations.base import BadSignature, Crm, Grant
from goodword.lifecycle.account import login_of
from goodword.lifecycle.checklist import Line, checklist
from goodword.lifecycle.clerk import Clerk
from goodword.lifecycle.connect import (
    Checked,
    ask_consent,
    check,
    install,
    make_fields,
    take_consent,
)
from goodword.lifecycle.hear import Call, Ear
from goodword.lifecycle.integrate import save_settings
from goodword.lifecycle.subscribe import address_of
from goodword.lifecycle.watch import target_of
from goodword.model import (
    Duplicates,
    EventBecame,
    Integration,
    Lead,
    LeadStatus,
    PushSettings,
    QualificationRule,
    Record,
    RuleKind,
)
from goodword.outbound import Outbound
from integrations.abacus import Abacus
from lifecycle.world import MINUTE, World, world

LOOPBACK = (ip_network("127.0.0.0/8"),)
BOSS = "boss@example.com"


@dataclass(frozen=True)
class Case:
    """A CRM and its double, as the stories see them."""

    name: str
    system: Crm

    @cached_property
    def double(self) -> type[Double]:
        return double_of(self.name)

    @property
    def hooked(self) -> bool:
        """Whether the system hears calls."""
        return type(self.system).heard is not Crm.heard

    @property
    def stage_rule(self) -> RuleKind | None:
        """The rule that follows a deal."""
        target = target_of(self.system, self.double.plot.object)
        staged = (RuleKind.STAGE, RuleKind.CONVERTED_STAGE)
        return next((kind for kind in target.rules if kind in staged), None) if target else None


CASES = tuple(
    Case(name, system)
    for name, system in {**SYSTEMS, "abacus": Abacus()}.items()
    if isinstance(system, Crm)
)
"""Every CRM there is, and the imaginary one of the page for developers."""


def told_of(cases: list[Case]) -> pytest.MarkDecorator:
    """The story is told of each of these systems."""
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


each = told_of(list(CASES))


@dataclass
class Story:
    """A world whose campaign is connected to a system, and the vendor's side of it."""

    case: Case
    w: World
    there: Double
    outbound: Outbound
    id: str = ""

    @property
    def plot(self) -> Plot:
        return self.there.plot

    async def integration(self) -> Integration:
        async with self.w.context.storage.read() as db:
            found = await integrations.by_id(db, self.id)
        assert found is not None
        return found

    async def connect(self) -> Checked:
        login = login_of(self.case.system, self.there.login)
        typed = self.there.credentials(login.name)
        made = await install(self.w.context, self.w.campaign, self.case.system, login, typed, BOSS)
        self.id = made.id
        if login.grant is Grant.CODE:
            await self._consent(made)
            made = await self.integration()
        done = await check(self.w.context, self.outbound, self.w.campaign, made)
        self.there.listen(address_of(self.w.context, await self.integration()))
        return done

    async def _consent(self, made: Integration) -> None:
        """A person who agrees at once."""
        asked = await ask_consent(self.w.context, made, "session-1")
        async with httpx.AsyncClient(trust_env=False) as browser:
            back = httpx.URL((await browser.get(asked)).headers["location"])
        await take_consent(self.w.context, self.outbound, "session-1", dict(back.params))

    async def save(
        self,
        rule: QualificationRule | None = None,
        duplicates: Duplicates = Duplicates.NOTHING,
        field: str = "",
    ) -> None:
        """New leads start with the plot's first value, and qualify by its last."""
        plot = self.plot
        wanted = rule or QualificationRule(RuleKind.FIELD, plot.field, plot.last)
        target = target_of(self.case.system, plot.object)
        assert target is not None
        known = await self.integration()
        fields = await make_fields(self.w.context, self.outbound, known, plot.object)
        if not fields and "code" not in target.fields:
            fields = {"code": plot.code}
        push = PushSettings(plot.object, duplicates, fields, field or plot.field, plot.first)
        await save_settings(self.w.context, self.w.campaign, self.id, push, wanted, BOSS)

    async def work(self) -> None:
        """What the worker does, until nothing is left to do now."""
        clerk = Clerk(self.w.context, self.outbound)
        await clerk.round()
        await clerk.finish()

    async def later(self, milliseconds: int = 10 * MINUTE) -> None:
        """At least until the records are looked at again."""
        self.w.wait(max(milliseconds, self.case.system.poll_every))
        await self.work()

    async def sent(self, email: str = "cy@example.org") -> tuple[Lead, str]:
        """A new lead that was sent, and the id of its record there."""
        lead = await self.lead(email)
        await self.work()
        return lead, (await self.record(lead)).external_id

    async def lead(self, email: str = "cy@example.org") -> Lead:
        visit = await self.w.visit(token="")
        answer = await self.w.sign_up(token=visit.token, email=email, name="Cy Twombly")
        return next(each for each in await self.w.leads() if each.id == answer.id)

    async def record(self, lead: Lead) -> Record:
        async with self.w.context.storage.read() as db:
            found = await integrations.record_of(db, await self.integration(), lead.id)
        assert found is not None
        return found

    async def status(self, lead: Lead) -> LeadStatus:
        return (await self.w.explain(lead.id)).lead.status

    async def called(self, *, times: int = 1, tampered: bool = False) -> None:
        """The vendor calls the hook with what happened; `BadSignature` when it is refused."""
        address = urlsplit(address_of(self.w.context, await self.integration())).path.split("/")
        events, self.there.pending = self.there.pending, []
        ear = Ear(self.w.context)
        for _, each in self.there.deliveries(events):
            body = each.body + b" " if tampered else each.body
            headers = {name.lower(): value for name, value in each.headers.items()}
            for _ in range(times):
                call = Call(each.method, each.url, headers, body)
                await ear.take(address[2], address[3], call)

    async def became(self) -> list[EventBecame]:
        async with self.w.context.storage.read() as db:
            events = await kept.newest_events(db, await self.integration(), 50)
        return [each.became for each in events]

    async def why(self, lead: Lead | None, *, live: bool = False) -> list[Line]:
        """The checklist of a lead, or of the integration itself."""
        known, id_ = await self.integration(), lead.id if lead else ""
        return await checklist(self.w.context, self.w.campaign, known, id_, live=live)


@asynccontextmanager
async def joined(story: Story, case: Case) -> AsyncIterator[Story]:
    """Another system that watches the same campaign."""
    with running(case.double()) as there:
        there.now = lambda: story.w.clock[0]
        other = Story(case, story.w, there, story.outbound)
        assert (await other.connect()).failure == ""
        yield other
    assert there.unknown == []


@asynccontextmanager
async def told(database_url: str, case: Case) -> AsyncIterator[Story]:
    """A story about to begin: connected, nothing sent yet."""
    async with world(database_url) as w:
        settings = replace(w.context.settings, outbound_allow=LOOPBACK)
        w.context = replace(w.context, settings=settings)
        with running(case.double()) as there:
            there.now = lambda: w.clock[0]
            async with Outbound(LOOPBACK) as outbound:
                story = Story(case, w, there, outbound)
                assert (await story.connect()).failure == ""
                yield story
        assert there.unknown == []


__all__ = ["CASES", "BadSignature", "Case", "Story", "each", "joined", "told", "told_of"]
