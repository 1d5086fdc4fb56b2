"""schemathesis calls every operation as the document says it may, and as it says it may not.

All its checks, its own sequences of calls included, with a key that may write: no call breaks the
server, and no answer is other than the document has it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from goodword.web.api.examples import EXAMPLES
from installation import Installation, Server

CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.fixture
def server(installation: Installation) -> Server:
    """A server that nobody's webhooks leave, and that counts no calls."""
    return installation.serve("--no-worker", env={"GOODWORD_RATE_LIMIT": "0"})


def _key(installation: Installation, server: Server, everywhere: bool) -> str:
    """A key of a campaign in which Grace came through Ada, and bought; or of every campaign."""
    shop = ("--name", "Shop", "--origin", "https://shop.example", "--reward", "10.00")
    campaign = installation.json("campaign", "create", *shop)
    own = () if everywhere else ("--campaign", campaign["id"])
    key = str(installation.json("apikey", "create", *own)["key"])
    headers = {"authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"{server.url}/api/v1", headers=headers) as client:
        for resource in ("referrer", "lead", "conversion", "refund"):
            body = EXAMPLES[f"create_{resource}"]
            assert client.post(f"/{resource}s", json=body).status_code == 201
    return key


def _called(server: Server, key: str, seed: int, limit: Sequence[str], time: int) -> int:
    """How many calls were made; AssertionError with what schemathesis found in them."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)),
            *("run", f"{server.url}/api/v1/openapi.json", "-H", f"Authorization: Bearer {key}"),
            *("--checks", "all", "--seed", str(seed), "--no-shrink", "--continue-on-failure"),
            *limit,
        ],
        cwd=server.data_dir.parent,
        capture_output=True,
        text=True,
        timeout=time,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in server.log
    found = re.search(r"([\d,]+) generated", done.stdout)
    assert found is not None, done.stdout
    return int(found[1].replace(",", ""))


def test_no_call_breaks_the_server_or_its_document(
    installation: Installation, server: Server
) -> None:
    key = _key(installation, server, everywhere=False)
    assert _called(server, key, 1042, ["--max-time", "45"], 180) > 300


@pytest.mark.long
def test_nor_do_50_000(installation: Installation, server: Server) -> None:
    """By two callers at a time, each in its own order."""
    key = _key(installation, server, everywhere=True)

    def called(seed: int) -> int:
        return _called(server, key, seed, ["--max-examples", "600"], 4500)

    with ThreadPoolExecutor(2) as callers:
        assert sum(callers.map(called, (1042, 1043))) >= 50_000
