"""Pages rendered ahead of a click: Playwright forbids that, so Chromium runs alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from browser.conftest import ARGUMENTS
from browser.stage import Stage
from waiting import wait_until

pytestmark = pytest.mark.browser

RULES = {"prerender": [{"source": "list", "urls": ["/ahead?ref=alice"], "eagerness": "immediate"}]}
FROM = f"""<script type="speculationrules">{json.dumps(RULES)}</script>
<script>fetch('/gate').then(() => location = '/ahead?ref=alice')</script>"""
AHEAD = """<script>
goodword('ready', visit => {
  const { activationStart } = performance.getEntriesByType('navigation')[0]
  fetch('/told', { method: 'POST', body: JSON.stringify({ token: visit.token, activationStart }) })
})
fetch('/rendered', { method: 'POST', body: JSON.stringify(document.prerendering) })
</script>"""


@contextmanager
def browsing(chromium: str, profile: Path, url: str) -> Iterator[None]:
    """A Chromium that nobody drives shows this page."""
    process = subprocess.Popen(
        [chromium, "--headless", *ARGUMENTS, f"--user-data-dir={profile}", url],
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def wait_for_post(stage: Stage, count: int) -> str:
    """What the pages posted to their own site, as soon as there is that much."""
    wait_until(lambda: len(stage.shop.posted) >= count, 20, lambda: str(stage.shop.posted))
    return stage.shop.posted[count - 1]


@pytest.fixture
def rendered_ahead(stage: Stage, chromium: str, tmp_path: Path) -> Iterator[Stage]:
    """A landing that Chromium has rendered ahead; it is shown when the gate opens."""
    stage.shop.put("/ahead", stage.tag(load="") + AHEAD)
    stage.shop.put("/from", FROM)
    with browsing(chromium, tmp_path, stage.shop.url("/from", "127.0.0.1")):
        assert wait_for_post(stage, 1) == "true"
        yield stage


def test_a_page_rendered_ahead_counts_when_it_is_seen(rendered_ahead: Stage) -> None:
    assert rendered_ahead.go.reports == []
    rendered_ahead.shop.gate.set()
    told = json.loads(wait_for_post(rendered_ahead, 2))
    assert told["activationStart"] > 0
    assert told["token"] == "token-alice-1"
    assert len(rendered_ahead.go.reports) == 1


def test_a_page_rendered_ahead_and_never_seen_counts_nothing(rendered_ahead: Stage) -> None:
    assert rendered_ahead.shop.posted == ["true"]
    assert rendered_ahead.go.reports == []
