"""What Prometheus reads: the numbers, the format, and who may ask."""

from __future__ import annotations

import re
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette

from goodword import __version__
from goodword.lifecycle.endpoints import add_endpoint
from goodword.web.metrics import Metrics
from lifecycle.world import DAY, World
from web.stage import one_engine

TOKEN = "a-token-of-the-operator"
LINE = re.compile(r'(\w+)(?:\{((?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?\d+)')
"""A sample as the format 0.0.4 has it."""


async def ask(
    w: World, token: str = "", address: str = "127.0.0.1", **headers: str
) -> httpx.Response:
    context = replace(w.context, settings=replace(w.context.settings, metrics_token=token))
    app = Starlette(routes=Metrics(context).routes())
    transport = httpx.ASGITransport(app, client=(address, 4711))
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(transport=transport, base_url="http://go.example") as client:
        return await client.get("/metrics", headers=said)


def samples(text: str) -> dict[str, int]:
    """Every sample; each belongs to the metric that was announced before it."""
    found: dict[str, int] = {}
    announced: list[str] = []
    for line in text.splitlines():
        if line.startswith("# "):
            announced.append(line.split()[2])
            continue
        match = LINE.fullmatch(line)
        assert match, line
        assert match[1] == announced[-1]
        found[f"{match[1]}{{{match[2] or ''}}}"] = int(match[3])
    assert announced == [name for name in dict.fromkeys(announced) for _ in range(2)]
    return found


async def test_what_happened_is_counted(w: World) -> None:
    await w.buyer("1", email="cy@example.org")
    await w.buyer("2", email="di@example.org")
    visit = await w.visit()
    await w.sign_up(token=visit.token, email="ed@example.org")
    await w.tick()
    w.wait(90_000)
    answer = await ask(w)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = samples(answer.text)
    ledger = tuple(
        f"goodword_{each}" for each in ("info", "tick", "visits", "referrals", "rewards")
    )
    told = {each: number for each, number in found.items() if each.startswith(ledger)}
    assert told == {
        f'goodword_info{{version="{__version__}"}}': 1,
        "goodword_tick_age_seconds{}": 90,
        'goodword_visits_today{campaign="demo"}': 3,
        'goodword_referrals{campaign="demo"}': 3,
        'goodword_referrals_successful{campaign="demo"}': 2,
        'goodword_rewards{campaign="demo",status="due"}': 2,
    }
    w.wait(DAY)
    assert 'goodword_visits_today{campaign="demo"}' not in samples((await ask(w)).text)


async def test_messages_that_nobody_sees_to_are_told(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fine(*_: object) -> None: ...

    monkeypatch.setattr("goodword.outbound.Outbound.check", fine)
    await add_endpoint(w.context, w.campaign, "https://a.example/", ["lead.qualified"], "test")
    await w.buyer("1")
    w.wait(60_000)
    found = samples((await ask(w)).text)
    assert found['goodword_messages{kind="webhook",status="waiting"}'] == 1
    assert found['goodword_messages_overdue_seconds{kind="webhook"}'] == 60


@one_engine
async def test_only_this_machine_and_who_has_the_token_may_ask(w: World) -> None:
    right = f"Bearer {TOKEN}"
    assert (await ask(w)).status_code == 200
    assert (await ask(w, address="::1")).status_code == 200
    assert (await ask(w, address="203.0.113.9")).status_code == 403
    assert (await ask(w, address="203.0.113.9", authorization="Bearer ")).status_code == 403
    assert (await ask(w, TOKEN, "203.0.113.9", authorization=right)).status_code == 200
    assert (await ask(w, TOKEN)).status_code == 200
    for wrong in ("", "Bearer", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN}x"):
        refused = await ask(w, TOKEN, "203.0.113.9", authorization=wrong)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == 'Bearer realm="goodword"'


@one_engine
@pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded", "via", "x_real_ip"])
async def test_what_a_proxy_on_this_machine_passes_on_is_not_of_it(w: World, header: str) -> None:
    assert (await ask(w, **{header: "127.0.0.1"})).status_code == 403
    right = {header: "127.0.0.1", "authorization": f"Bearer {TOKEN}"}
    assert (await ask(w, TOKEN, **right)).status_code == 200
