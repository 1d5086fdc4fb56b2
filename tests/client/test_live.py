"""The client against a live server, and the page about it as it stands."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from client.conftest import Caller
from goodword.notifications.webhook import headers, spell_secret
from goodword_client import BadRequest, Conflict, Goodword, NotFound, Unauthorized
from house.tree import ROOT
from installation import Installation, Server

FOLDER = ROOT / "server" / "client"
PAGE = (FOLDER / "README.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@dataclass
class Live:
    server: Server
    campaign: str
    key: str
    reader: str


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    installation = Installation(tmp_path_factory.mktemp("client") / "data")
    shop = ("--name", "Shop", "--origin", "https://shop.example", "--reward", "10.00")
    campaign = installation.json("campaign", "create", *shop)["id"]
    key = installation.json("apikey", "create", "--campaign", campaign)["key"]
    reader = installation.json("apikey", "create", "--campaign", campaign, "--scope", "read")
    yield Live(installation.serve(), campaign, key, reader["key"])
    installation.close()


@pytest.fixture
def near(caller: Caller, live: Live) -> Caller:
    caller.url, caller.key = live.server.url, live.key
    return caller


def get(live: Live, path: str) -> Any:
    answer = httpx.get(
        f"{live.server.url}/api/v1{path}", headers={"authorization": f"Bearer {live.key}"}
    )
    answer.raise_for_status()
    return answer.json()


async def test_a_referral_from_beginning_to_end(near: Caller, live: Live) -> None:
    who = near.kind.__name__.lower()
    ada = await near.ask("referrer", email=f"ada@{who}.example", name="Ada Lovelace")
    again = await near.ask("referrer", email=f"ada@{who}.example")
    assert (again["id"], again["status"], again["name"]) == (ada["id"], "active", "Ada Lovelace")
    lead = await near.ask("lead", referral_code=ada["code"], email=f"cy@{who}.example", name="Cy")
    assert (lead["status"], lead["referrer_id"]) == ("pending", ada["id"])
    order: dict[str, Any] = {"order": f"1042-{who}", "amount": "49.00", "currency": "EUR"}
    counted = await near.ask("convert", code=lead["code"], **order)
    assert (counted["status"], counted["lead_id"], counted["evidence"], counted["dup"]) == (
        "counted",
        lead["id"],
        "E3",
        False,
    )
    again = await near.ask("convert", code=lead["code"], **order)
    assert (again["id"], again["status"], again["reason"]) == (
        counted["id"],
        "ignored",
        "duplicate",
    )
    back = await near.ask("refund", order=order["order"], amount=900, reason="one came broken")
    assert (back["status"], back["amount"], back["conversion"]["id"]) == (
        "applied",
        "9.00",
        counted["id"],
    )
    pending = await near.ask("qualify", id=lead["id"], qualified=False)
    assert pending["status"] == "pending"
    assert (await near.ask("qualify", email=f"CY@{who}.example"))["status"] == "qualified"
    early = await near.ask("refund", order=f"9-{who}")
    assert (early["status"], early["conversion"]) == ("waiting", None)


async def test_one_key_is_one_call_for_ever(near: Caller, live: Live) -> None:
    """Two clients, as two runs of a job that was started again, and at the same time."""
    who = near.kind.__name__.lower()
    ada = await near.ask("referrer", email=f"bob@{who}.example")
    said: dict[str, Any] = {
        "referrer_id": ada["id"],
        "name": "Nobody known",
        "idempotency_key": f"job-{who}",
    }
    first, *rest = await asyncio.gather(*(near.ask("lead", **said) for _ in range(4)))
    assert rest == [first] * 3
    assert len(get(live, f"/leads?referrer_id={ada['id']}")["data"]) == 1
    with pytest.raises(Conflict) as refused:
        await near.ask("lead", **said | {"name": "Somebody else"})
    assert refused.value.word == "key_reused"


async def test_refusals_say_what_to_do(near: Caller, live: Live) -> None:
    with pytest.raises(BadRequest) as bad:
        await near.ask("lead", referral_code="ada", email="nobody")
    assert bad.value.field == "email"
    with pytest.raises(NotFound) as unknown:
        await near.ask("qualify", email="stranger@example.org")
    assert unknown.value.field == "email"
    with pytest.raises(NotFound) as nobody:
        await near.ask("lead", referral_code="nobodys")
    assert nobody.value.field == "referral_code"
    near.key = live.reader
    with pytest.raises(Unauthorized) as reading:
        await near.ask("refund", order="1042")
    assert (reading.value.status, reading.value.word) == (403, "forbidden")
    near.key = "gwk_nobodys"
    with pytest.raises(Unauthorized) as wrong:
        await near.ask("refund", order="1042")
    assert wrong.value.status == 401


def test_the_page_runs_as_it_stands(live: Live, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(BLOCKS) == 5
    given: dict[str, Any] = {}
    for block in BLOCKS:
        code = block.replace("https://go.shop.example", live.server.url).replace(
            "gwk_...", live.key
        )
        exec(compile(code, "README.md", "exec"), given)
    asyncio.run(given["report"]())
    assert get(live, "/conversions?order=1043")["data"]
    body = json.dumps({"type": "reward.ready", "data": {"reward": {"amount": "10.00"}}})
    told = headers([bytes(32)], "msg_1", int(time.time()), body)
    assert given["take"](body.encode(), told, spell_secret(bytes(32))) == 204
    assert given["take"](b"{}", told, spell_secret(bytes(32))) == 401
    assert capsys.readouterr().out == "pay 10.00\n"
    goodword: Goodword = given["goodword"]
    goodword.close()


def test_it_installs_alone(tmp_path: Path) -> None:
    """The wheel has the client with its types, and needs nothing of the server."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run(
        [*command, "--directory", str(tmp_path)], cwd=FOLDER, check=True, capture_output=True
    )
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "installed")
    assert {path.name for path in (tmp_path / "installed").iterdir()} == {
        "goodword_client",
        wheel.name.partition("-py3")[0] + ".dist-info",
    }
    source = {path.name for path in (FOLDER / "goodword_client").iterdir() if path.suffix}
    assert source <= {path.name for path in (tmp_path / "installed/goodword_client").iterdir()}
    script = "import sys, goodword_client; print('goodword' in sys.modules)"
    env = os.environ | {"PYTHONPATH": str(tmp_path / "installed")}
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("False\n", "")
