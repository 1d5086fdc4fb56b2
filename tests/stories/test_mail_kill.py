"""A worker that is killed between handing in a mail and noting it sends it again, as the same."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

from sqlalchemy import update

from goodword.lifecycle.context import open_context
from goodword.lifecycle.set_up import create_referrer
from goodword.model import MessageStatus
from goodword.settings import load_settings
from goodword.storage import open_storage
from goodword.storage.tables import outbox
from installation import Installation
from mail_server import OK, TAKEN_AND_HANG, Mailbox, receiving

SECONDS = 60


def worker(cli: Installation, box: Mailbox) -> subprocess.Popen[bytes]:
    mail = {"GOODWORD_SMTP_URL": box.url, "GOODWORD_MAIL_FROM": "Shop <hello@shop.example>"}
    return subprocess.Popen(
        [sys.executable, "-m", "goodword", "worker"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=cli.env(mail),
        cwd=cli.data_dir.parent,
        start_new_session=True,
    )


async def arrived(box: Mailbox, count: int) -> None:
    async with asyncio.timeout(SECONDS):
        while len(box.got) < count:
            await asyncio.sleep(0.05)


async def test_a_mail_survives_its_postman_under_one_id(installation: Installation) -> None:
    made = installation.json(
        "campaign", "create", "--name", "Shop", "--origin", "https://a.example"
    )
    await _joins(installation, made["id"])
    async with receiving() as box:
        box.answers = lambda stage, _: TAKEN_AND_HANG if stage == "DATA" else OK
        first = worker(installation, box)
        await arrived(box, 1)
        first.send_signal(signal.SIGKILL)
        first.wait()
        await _lease_ends(installation)
        box.answers = lambda *_: OK
        second = worker(installation, box)
        try:
            await arrived(box, 2)
        finally:
            second.terminate()
            second.wait()
        assert {got.to for got in box.got} == {"ada@example.com"}
        assert len({got.id for got in box.got}) == 1


async def _joins(installation: Installation, campaign_id: str) -> None:
    """Somebody becomes a referrer, and is written to."""
    settings = load_settings(installation.env())
    storage = open_storage(settings.database_url)
    context = await open_context(settings, storage)
    campaign = await context.directory.by_id(campaign_id)
    assert campaign is not None
    await create_referrer(context, campaign, "ada@example.com", "Ada", "api", welcome=True)
    await storage.close()


async def _lease_ends(installation: Installation) -> None:
    """As if the six minutes were over for which the first worker had the mail to itself."""
    storage = open_storage(load_settings(installation.env()).database_url)
    async with storage.write() as db:
        taken = update(outbox).where(outbox.c.status == MessageStatus.WAITING)
        await db.execute(taken.values(leased_until=0))
    await storage.close()
