"""Why a lead did not qualify: every broken state of every system, on the lead's page, in `explain`
and as `goodword integrations check`, each red line with its one next step."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from goodword import checkup
from goodword.console import Verb
from goodword.integrations import SYSTEMS, kept
from goodword.integrations import record as integrations
from goodword.integrations.base import Crm, Failed, System, Trouble
from goodword.lifecycle import checklist
from goodword.lifecycle.admit import create_api_key
from goodword.lifecycle.connect import Checked, install
from goodword.lifecycle.context import Context
from goodword.lifecycle.review import reject
from goodword.model import (
    Campaign,
    Integration,
    IntegrationStatus,
    Lead,
    Payment,
    Pushed,
    PushSettings,
    QualificationRule,
    Record,
    RuleKind,
)
from goodword.outbound import Outbound
from goodword.web.api import Api
from integrations.states import CHANGE, CRMS, NOBODY, REJECTED, TOO_LITTLE, UNPAID, State
from lifecycle.world import World, world
from web.admin_app import logged_in
from web.stage import one_engine

pytestmark = one_engine
REAL = dict(SYSTEMS)
Reds = list[tuple[str, str]]


# The world -----------------------------------------------------------------------------------


@dataclass
class Scene:
    """A campaign with every system, in order, and one lead that waits."""

    w: World
    lead: Lead
    known: dict[str, Integration]
    admin: httpx.AsyncClient

    async def put(self, state: State) -> None:
        async with self.w.context.storage.write(self.w.campaign.id) as db:
            for each in self.known.values():
                if isinstance(REAL[each.system], Crm):
                    await integrations.put(db, replace(each, **state.integration))
                    if state.record is not None:
                        record = replace(self.record(each), **state.record)
                        await integrations.put_record(db, record)

    def record(self, integration: Integration) -> Record:
        return Record(
            campaign_id=integration.campaign_id,
            integration_id=integration.id,
            lead_id=self.lead.id,
            object=integration.push.object,
            external_id="7",
            outcome=Pushed.CREATED,
            armed=True,
            seen="status is “NEW”",
            seen_at=2_000,
            told="status = NEW",
            told_at=2_000,
            created_at=1_000,
        )

    def expected(self, reds: tuple[tuple[str, str], ...], *, crms: bool) -> dict[str, Reds]:
        return {
            each.title: [(q.format(title=each.title), n.format(title=each.title)) for q, n in reds]
            for each in REAL.values()
            if isinstance(each, Crm) is crms
        }


def _in_order(integration: Integration) -> Integration:
    system = REAL[integration.system]
    crm = isinstance(system, Crm)
    push = PushSettings(system.targets[0].name) if isinstance(system, Crm) else PushSettings()
    waits = QualificationRule(RuleKind.FIELD, "status", "WON")
    paid = QualificationRule(RuleKind.PAID, amount=5_000, currency="EUR", days=30)
    return replace(
        integration,
        status=IntegrationStatus.CONNECTED,
        account="Acme",
        push=push,
        rule=waits if crm else paid,
    )


def _typed(system: System) -> dict[str, str]:
    wanted = [each for each in system.logins[0].inputs if not each.optional]
    return {
        each.name: each.choices[0][0] if each.choices else "acme.example.com" for each in wanted
    }


@pytest.fixture
async def scene(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.delitem(SYSTEMS, "abacus")
    async with world(database_url) as w:
        known = {}
        for name, system in REAL.items():
            login, typed = system.logins[0], _typed(system)
            made = await install(w.context, w.campaign, system, login, typed, "boss@example.com")
            known[name] = _in_order(made)
        visit = await w.visit()
        await w.sign_up(token=visit.token, email="cy@example.org")
        async with w.context.storage.write(w.campaign.id) as db:
            for each in known.values():
                await integrations.put(db, each)
        async with logged_in(w.context) as (admin, _):
            yield Scene(w, await w.only_lead(), known, admin)


# Where it is read ----------------------------------------------------------------------------


async def _on_the_page(scene: Scene) -> tuple[dict[str, Reds], str]:
    address = f"/admin/leads/{scene.lead.id}?campaign={scene.w.campaign.id}"
    page = (await scene.admin.get(address)).text
    reds: dict[str, Reds] = {}
    for section in page.split("<section")[1:]:
        title = re.search(r'<h2 id="in-\d+">(.*?)</h2>', section)
        if title:
            lines = re.findall(r'<li class="no">.*?<div>(.*?)</div>', section, re.S)
            reds[title[1]] = [_line(each) for each in lines]
    return reds, _plain(page)


def _line(told: str) -> tuple[str, str]:
    said, _, step = re.sub(r'<span class="quiet">.*?</span>', "", told).partition("<br>Next: ")
    return _plain(said), _plain(step)


def _plain(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


async def _explained(w: World, lead: Lead) -> dict[str, Reds]:
    _, key = await create_api_key(w.context, None, "read")
    app = Starlette(routes=Api(w.context).routes())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://go.shop.example") as client:
        headers = {"authorization": f"Bearer {key}"}
        told = (await client.get(f"/api/v1/leads/{lead.id}/explain", headers=headers)).json()
    return {each["system"]: _reds(each["checks"]) for each in told["integrations"]}


def _reds(lines: list[dict[str, Any]]) -> Reds:
    return [(f"{e['question']} {e['answer']}", e["next"]) for e in lines if e["ok"] is False]


async def _checked(
    w: World, lead_id: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[dict[str, Reds], str]:
    """What the command prints, as JSON and as text; the systems answer as they did last."""
    told = []
    for as_json in (True, False):
        verbs: list[Verb] = []
        monkeypatch.setattr(checkup, "run", verbs.append)
        checkup.check.callback(w.campaign.id, None, lead_id, as_json)  # type: ignore[misc]
        capsys.readouterr()
        try:
            await verbs[0](w.context)
            code = 0
        except SystemExit as exit_:
            code = int(str(exit_.code))
        told.append(capsys.readouterr().out)
    reds = {title: _reds(each) for title, each in json.loads(told[0])["integrations"].items()}
    assert code == int(any(reds.values()))
    return reds, told[1]


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked."""

    async def check(_: Context, _out: Outbound, _in: Campaign, known: Integration) -> Checked:
        works = known.status is IntegrationStatus.CONNECTED
        return Checked(failure="" if works else known.failure or "not connected")

    async def choices(*_: object) -> None:
        raise Failed(Trouble.SERVER, "nobody was asked")

    monkeypatch.setattr(checklist, "check", check)
    monkeypatch.setattr(checklist, "choices", choices)


# What it says --------------------------------------------------------------------------------


@pytest.mark.usefixtures("silent")
async def test_every_state_of_every_crm_says_what_is_wrong_and_the_next_step(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, state in sorted(CRMS.items(), key=lambda each: each[1].record is not None):
        await scene.put(state)
        wanted = scene.expected(state.reds, crms=True) | scene.expected((UNPAID,), crms=False)
        page, shown = await _on_the_page(scene)
        printed, text = await _checked(scene.w, scene.lead.id, monkeypatch, capsys)
        assert page == wanted, name
        assert await _explained(scene.w, scene.lead) == wanted, name
        assert printed == wanted, name
        for title, reds in wanted.items():
            also = state.also.format(title=title) if state.also and title != "Stripe" else ""
            assert also in shown, name
            assert also in text, name
            for line, step in reds:
                assert re.search(f"✗ {re.escape(line)}.*\n +Next: {re.escape(step)}\n", text), name


@pytest.mark.usefixtures("silent")
async def test_a_lead_that_is_not_here_or_was_rejected_is_said_to_be(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await scene.put(CRMS["it waits for the change"])
    await reject(scene.w.context, scene.w.campaign, scene.lead.id, "boss@example.com")
    wanted = scene.expected((REJECTED, CHANGE), crms=True)
    wanted |= scene.expected((REJECTED, UNPAID), crms=False)
    assert (await _on_the_page(scene))[0] == wanted
    assert await _explained(scene.w, scene.lead) == wanted
    assert (await _checked(scene.w, scene.lead.id, monkeypatch, capsys))[0] == wanted
    stranger = (await _checked(scene.w, "lead_0", monkeypatch, capsys))[0]
    assert all(reds[0] == NOBODY for reds in stranger.values())


@pytest.mark.usefixtures("silent")
async def test_a_payment_that_is_too_little_is_held_against_what_is_awaited(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    payment = Payment(
        campaign_id=scene.w.campaign.id,
        integration_id=scene.known["stripe"].id,
        payment="pi_1",
        lead_id=scene.lead.id,
        order_id="pi_1",
        amount=2_000,
        currency="EUR",
        paid_at=1_000,
        created_at=1_000,
    )
    for paid, reds in ((payment, (TOO_LITTLE,)), (replace(payment, conversion_id="conv_1"), ())):
        async with scene.w.context.storage.write(scene.w.campaign.id) as db:
            await kept.put_payment(db, paid)
        wanted = scene.expected(reds, crms=False)
        page, _ = await _on_the_page(scene)
        printed, _ = await _checked(scene.w, scene.lead.id, monkeypatch, capsys)
        explained = await _explained(scene.w, scene.lead)
        for said in (page, printed, explained):
            assert said["Stripe"] == wanted["Stripe"]
