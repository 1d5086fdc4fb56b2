"""What `/e` costs beside a vendor that calls a hook 1,000 times a second."""

from __future__ import annotations

import asyncio
import itertools
import json
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from bench.driving import drive, pinned
from bench.load import Load, Result
from bench.traffic import hits
from goodword.integrations import SYSTEMS
from goodword.lifecycle.connect import install
from goodword.lifecycle.subscribe import address_of
from goodword.opening import opened
from goodword.settings import load_settings
from installation import Installation, Server
from postgres import Postgres, running_postgres

ORIGIN = "https://shop.example"
HITS, CALLS = 400, 1_000
"""Requests a second, of the tag and of the vendor."""

SECRET = "hubspot-client-secret"
_moments = itertools.count(1_700_000_000_000, 1_000_000)


def measure_hooks(runs: int, seconds: float) -> str:
    """A row for each engine."""
    with running_postgres() as server:
        rows = [_measure(runs, seconds, None), _measure(runs, seconds, server)]
    head = (
        "| database | /e alone, p50 ms | beside, p50 ms | ratio | alone, p99 ms | beside, p99 ms"
        " | calls/s | bad |"
    )
    note = (
        f"{HITS} hits a second, alone and beside {CALLS:,} signed calls of HubSpot a second; a row"
        f" is the median of {runs} runs of {seconds:g} s in turns. Times count from when a request"
        " was due."
    )
    return "\n".join([head, "|---|---|---|---|---|---|---|---|", *rows, "", note])


def _measure(runs: int, seconds: float, engine: Postgres | None) -> str:
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="goodword-hooks-")))
        database = engine.create("hooks", "template0") if engine else None
        place = Installation(home / "data", database)
        stack.callback(place.close)
        made = place.json("campaign", "create", "--name", "Bench", "--origin", ORIGIN)
        said = ("--campaign", made["id"], "--email", "r@shop.example")
        code = place.json("referrer", "create", *said)["code"]
        with pinned(0):
            server = place.serve(env={"GOODWORD_RATE_LIMIT": "0"})
        path = urlsplit(asyncio.run(_hook(place, server, made["id"]))).path
        e = Load(server.port, 16, 0.5, hits(made["site_key"], ORIGIN, [code]), ("HTTP/1.1 200", ""))
        drive(e)
        e = replace(e, seconds=seconds, rate=HITS)
        alone: list[Result] = []
        beside: list[Result] = []
        calls: list[Result] = []
        for _ in range(runs):
            alone += drive(e)
            hook = replace(
                e, rate=CALLS, connections=64, requests=_calls(path, int(seconds * CALLS))
            )
            one, other = drive(e, hook)
            beside.append(one)
            calls.append(other)
    return _row("PostgreSQL" if engine else "SQLite", alone, beside, calls)


async def _hook(place: Installation, server: Server, campaign_id: str) -> str:
    """The address of a hook of HubSpot's, whose calls are signed."""
    async with opened(load_settings(place.env({"GOODWORD_PUBLIC_URL": server.url}))) as context:
        campaign = await context.directory.by_id(campaign_id)
        assert campaign is not None
        system = SYSTEMS["hubspot"]
        typed = {"token": "pat", "client_secret": SECRET}
        login = next(each for each in system.logins if each.name == "app")
        made = await install(context, campaign, system, login, typed, "bench@example.com")
        return address_of(context, made)


def _calls(path: str, count: int) -> list[str]:
    """Calls about different contacts, that were never sent before."""
    at = next(_moments)
    return [_call(path, at + number) for number in range(count)]


def _call(path: str, at: int) -> str:
    told = {"subscriptionId": 1, "occurredAt": at, "subscriptionType": "contact.propertyChange"}
    event = told | {"objectId": at % 10_000, "propertyName": "hs_lead_status"}
    body = json.dumps([event | {"propertyValue": "CONNECTED", "attemptNumber": 0}])
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: go.shop.example",
        "Content-Type: application/json",
        f"X-HubSpot-Signature: {sha256((SECRET + body).encode()).hexdigest()}",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines) + "\r\n\r\n" + body


def _row(engine: str, alone: list[Result], beside: list[Result], calls: list[Result]) -> str:
    def of(runs: list[Result], figure: str) -> float:
        return float(median(getattr(each, figure) for each in runs))

    rate = median(each.requests / each.seconds for each in calls)
    bad = sum(each.bad for each in (*alone, *beside, *calls))
    p50, p50_beside = of(alone, "p50_ms"), of(beside, "p50_ms")
    return (
        f"| {engine} | {p50:.2f} | {p50_beside:.2f} | {p50_beside / p50:.2f}"
        f" | {of(alone, 'p99_ms'):.2f} | {of(beside, 'p99_ms'):.2f} | {rate:,.0f} | {bad} |"
    )
