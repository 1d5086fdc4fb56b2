"""A world with an integration to a CRM that does not exist, and the other side of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_network
from urllib.parse import urlsplit

from doubles.abacus import Abacus as Double
from doubles.abacus import told
from doubles.base import running
from goodword.integrations import SYSTEMS, kept
from goodword.integrations import record as integrations
from goodword.lifecycle.clerk import Clerk
from goodword.lifecycle.connect import Checked, check, install
from goodword.lifecycle.hear import Call, Ear
from goodword.lifecycle.integrate import save_settings
from goodword.lifecycle.subscribe import address_of
from goodword.model import (
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
from integrations.abacus import PERSON, Abacus
from lifecycle.world import MINUTE, World, world

LOOPBACK = (ip_network("127.0.0.0/8"),)
BOSS = "boss@example.com"
HAPPY = QualificationRule(RuleKind.FIELD, field="mood", value="happy")
PUSH = PushSettings(object=PERSON, initial_field="mood", initial_value="curious")


@dataclass
class Office:
    """A world with an integration, and the other side of it."""

    w: World
    there: Double
    outbound: Outbound
    id: str = ""

    async def integration(self) -> Integration:
        async with self.w.context.storage.read() as db:
            found = await integrations.by_id(db, self.id)
        assert found is not None
        return found

    async def connect(self, key: str = "secret") -> Checked:
        made = await install(
            self.w.context,
            self.w.campaign,
            SYSTEMS["abacus"],
            Abacus.logins[0],
            self.there.credentials("key") | {"key": key},
            BOSS,
        )
        self.id = made.id
        return await check(self.w.context, self.outbound, self.w.campaign, made)

    async def save(self, push: PushSettings = PUSH, rule: QualificationRule = HAPPY) -> None:
        await save_settings(self.w.context, self.w.campaign, self.id, push, rule, BOSS)

    async def work(self) -> None:
        """What the worker does, until nothing is left."""
        clerk = Clerk(self.w.context, self.outbound)
        await clerk.round()
        await clerk.finish()
        await clerk.stop()

    async def later(self, milliseconds: int = 10 * MINUTE) -> None:
        self.w.wait(milliseconds)
        await self.work()

    async def lead(self, email: str = "cy@example.org") -> Lead:
        visit = await self.w.visit()
        answer = await self.w.sign_up(token=visit.token, email=email, name="Cy Twombly")
        return next(each for each in await self.w.leads() if each.id == answer.id)

    async def record(self, lead: Lead) -> Record:
        async with self.w.context.storage.read() as db:
            found = await integrations.record_of(db, await self.integration(), lead.id)
        assert found is not None
        return found

    async def status(self, lead: Lead) -> LeadStatus:
        return (await self.w.explain(lead.id)).lead.status

    async def call(self, kind: str, id_: str, what: str = "", event: str = "e1") -> None:
        said = self.there.call(told(kind, id_, what, event))
        address = urlsplit(address_of(self.w.context, await self.integration())).path.split("/")
        call = Call("POST", said.url, said.headers, said.body)
        await Ear(self.w.context).take(address[2], address[3], call)

    @property
    def people(self) -> dict[str, dict[str, str]]:
        """The fields of everybody there, by id."""
        return {each.id: each.fields for each in self.there.live(PERSON)}

    @property
    def asked(self) -> list[str]:
        """The calls that came."""
        return [f"{each.method} {each.path}" for each in self.there.calls]

    async def became(self) -> list[EventBecame]:
        async with self.w.context.storage.read() as db:
            events = await kept.newest_events(db, await self.integration(), 50)
        return [each.became for each in events]


@asynccontextmanager
async def opened(database_url: str) -> AsyncIterator[Office]:
    """An office, connected; `SYSTEMS` has to know the system."""
    there = Double()
    async with world(database_url) as w:
        there.now = lambda: w.clock[0]
        settings = replace(w.context.settings, outbound_allow=LOOPBACK)
        w.context = replace(w.context, settings=settings)
        with running(there):
            async with Outbound(LOOPBACK) as outbound:
                made = Office(w, there, outbound)
                assert (await made.connect()).account == "Counting House"
                yield made
    assert there.unknown == []
