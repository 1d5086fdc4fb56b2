"""Passwords at rest: argon2id, computed in two threads so that log-ins can't take every core.

Parameters as OWASP's password storage cheat sheet: 19 MiB, two passes, one lane.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from goodword.access.decide import LONGEST_PASSWORD

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_threads = ThreadPoolExecutor(2, thread_name_prefix="password")

NOBODYS_HASH = f"$argon2id$v=19$m={19 * 1024},t=2,p=1${'A' * 22}${'A' * 43}"
"""No password is known to have it; verified where there is no account, so that it takes as long."""


async def hash_password(password: str, salt: bytes) -> str:
    """The encoded hash. `salt` is 16 random bytes."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, lambda: _hasher.hash(password, salt=salt))


async def password_holds(password_hash: str, password: str) -> bool:
    """Whether the password has this hash; takes the same time whatever the answer."""
    given = password[:LONGEST_PASSWORD].encode(errors="replace")
    loop = asyncio.get_running_loop()
    held = await loop.run_in_executor(_threads, _verify, password_hash, given)
    return held and len(password) <= LONGEST_PASSWORD


def _verify(password_hash: str, password: bytes) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except VerifyMismatchError:
        return False
