"""A site tells whom it knew before: these e-mails can't be referred as new customers."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from goodword.leads import customers
from goodword.leads.customer_list import Row, read_customers
from goodword.leads.customers import Known
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, Refusal, items_of, keep_deed
from goodword.lifecycle.set_up import Refused
from goodword.model import Campaign, Deed, Mode, canonical_email, is_email

MOST_WRONG = 100
"""So many rows that were not understood are told one by one."""

_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of a file: how many customers are new, how many rows named one, how many of
    these without a day, how many rows were not understood, and the first of those. `deed` is None
    where nobody is new."""

    deed: Deed | None
    new: int
    rows: int
    undated: int
    not_understood: int
    wrong: tuple[Row, ...]


async def upload_customers(
    context: Context, campaign: Campaign, file: BinaryIO, actor: str, name: str = ""
) -> Uploaded:
    """Keeps all the customers of a file, or none; who is known keeps the earliest date.

    The file is read beforehand in a thread, so that writing is all that others wait for.
    `Unreadable` for what is no such file.
    """
    with tempfile.TemporaryFile() as kept:
        now = context.now()
        rows, undated, not_understood, wrong = await asyncio.to_thread(_sift, file, kept, now)
        # No lock of the campaign: PostgreSQL lets its money go on while this writes.
        async with context.storage.write() as db:
            act = Act(context, db, campaign, now, actor, Mode.LIVE)
            before = await customers.count(db, campaign.id)
            while known := await asyncio.to_thread(_batch, kept, now):
                await customers.put(db, campaign.id, known, now)
            new = await customers.count(db, campaign.id) - before
            if new:
                await act.log("customers.uploaded", rows=rows, new=new)
            deed = await keep_deed(
                act, "upload", "customer", {"upload": str(new)} if new else {}, name
            )
    return Uploaded(deed, new, rows, undated, not_understood, tuple(wrong))


def _sift(file: BinaryIO, kept: BinaryIO, now: int) -> tuple[int, int, int, list[Row]]:
    """Writes what was understood to `kept`; how many rows that were, how many of them without a
    day, how many were not understood, and which."""
    rows, undated, not_understood, wrong = 0, 0, 0, list[Row]()
    for row in read_customers(file, now):
        if row.wrong:
            not_understood += 1
            wrong += [row] if len(wrong) < MOST_WRONG else []
        else:
            rows += 1
            undated += row.since is None
            since = "" if row.since is None else row.since
            kept.write(f"{since} {row.email}\n".encode())
    kept.seek(0)
    return rows, undated, not_understood, wrong


def _batch(kept: BinaryIO, now: int) -> list[Known]:
    """The next customers, each once: two of one statement must not meet."""
    known: dict[str, int] = {}
    for line in islice(kept, _BATCH):
        since, _, email = line.decode().rstrip("\n").partition(" ")
        at = int(since) if since else now
        known[email] = min(at, known.get(email, at))
    return sorted(known.items())


async def add_customer(
    context: Context, campaign: Campaign, email: str, since: int | None, actor: str
) -> Done:
    """Keeps one e-mail as a customer's, since now unless said (milliseconds). `Refused`."""
    if not is_email(email.strip()):
        raise Refused("email", f"{email!r} is no e-mail address")
    canonical = canonical_email(email)
    async with begin(context, campaign, actor) as act:
        before = await customers.since(act.db, campaign.id, canonical)
        if before is not None and (since is None or before <= since):
            return Done(None, refused=(Refusal(canonical, "It is known as a customer's."),))
        at = act.at if since is None else since
        await customers.put(act.db, campaign.id, [(canonical, at)], act.at)
        await act.log("customers.added")
        told = "" if before is None else str(before)
        deed = await keep_deed(act, "add", "customer", {canonical: told})
    return Done(deed, (canonical,))


async def remove_customer(context: Context, campaign: Campaign, email: str, actor: str) -> Done:
    """Forgets that the e-mail was a customer's: it may be referred as new."""
    canonical = canonical_email(email)
    async with begin(context, campaign, actor) as act:
        since = await customers.remove(act.db, campaign.id, canonical)
        if since is None:
            return Done(None, refused=(Refusal(canonical, "It is not known as a customer's."),))
        await act.log("customers.removed")
        deed = await keep_deed(act, "remove", "customer", {canonical: str(since)})
    return Done(deed, (canonical,))


async def undo_customers(act: Act, deed: Deed) -> Done:
    """Forgets whom an upload or a form had told of first, or remembers who was removed."""
    done = list(items_of(deed))
    campaign_id = act.campaign.id
    if deed.verb == "upload":
        await customers.forget_told(act.db, campaign_id, deed.created_at)
        return Done(None, tuple(done))
    for email, told in items_of(deed).items():
        if deed.verb == "add":
            await customers.remove(act.db, campaign_id, email)
        if told:
            await customers.put(act.db, campaign_id, [(email, int(told))], act.at)
    return Done(None, tuple(done))
