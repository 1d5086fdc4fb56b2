"""Of a visitor's address only the network is kept, and a keyed hash that tells whether two visits
came from one address. Its key lives some days, then it is destroyed: what was hashed under it can't
be found out any more, not even by trying every address."""

from __future__ import annotations

import logging
from ipaddress import ip_address, ip_network
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.clock import DAY, new_secret
from goodword.lifecycle.context import Context
from goodword.signing import keyed_hash, seal, unseal
from goodword.storage import Storage, Unavailable
from goodword.storage import installation as notes

_NOTE = "address_key"
_known: WeakKeyDictionary[Storage, tuple[int, bytes]] = WeakKeyDictionary()
"""The present key of each storage, and when its life ends, milliseconds."""

log = logging.getLogger(__name__)


async def hash_address(context: Context, address: str) -> str:
    """Equal for one IPv4 address or IPv6 /64 while a key lives; empty for what is no address, and
    where there is no key: a visit is never refused for want of it."""
    whole = _whole(address)
    key = await _present_key(context) if whole else None
    return keyed_hash((key,), "address", whole) if key else ""


def _whole(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    return str(parsed if parsed.version == 4 else ip_network(f"{parsed}/64", strict=False))


async def _present_key(context: Context) -> bytes | None:
    ends, key = _known.get(context.storage, (0, b""))
    if context.now() < ends:
        return key
    try:
        return await renew_key(context)
    except Unavailable as error:
        log.warning("addresses are not hashed for now: %s", error)
        return None


async def renew_key(context: Context) -> bytes:
    """The present key, of every process; one whose life has ended is destroyed for a new one."""
    async with context.storage.read() as db:
        found = await _read(context, db)
    if found is None:
        async with context.storage.write() as db:
            found = await _read(context, db) or await _make(context, db)
    _known[context.storage] = found
    return found[1]


async def _make(context: Context, db: AsyncConnection) -> tuple[int, bytes]:
    ends = context.now() + context.settings.keep.addresses * DAY
    made = ends, new_secret(32)
    await notes.write(db, _NOTE, f"{ends} {seal(context.keys, made[1]).decode()}")
    # Another process may have been quicker.
    return await _read(context, db) or made


async def _read(context: Context, db: AsyncConnection) -> tuple[int, bytes] | None:
    """The key that is kept; None where there is none, its time is over, or no key opens it."""
    ends, _, sealed = (await notes.read(db, _NOTE) or "0 ").partition(" ")
    if context.now() >= int(ends):
        return None
    try:
        return int(ends), unseal(context.keys, sealed.encode())
    except ValueError:
        return None
