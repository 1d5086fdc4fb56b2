"""Passwords at rest."""

from __future__ import annotations

import asyncio
import threading

import pytest
from argon2 import Type, extract_parameters

from goodword.access import passwords
from goodword.access.passwords import NOBODYS_HASH, hash_password, password_holds

SALT = b"0123456789abcdef"


async def test_a_password_holds_against_its_own_hash_alone() -> None:
    hashed = await hash_password("correct horse", SALT)
    assert await password_holds(hashed, "correct horse")
    assert not await password_holds(hashed, "Correct horse")
    assert not await password_holds(hashed, "")


async def test_a_hash_is_argon2id_of_at_least_19_mib_and_two_passes() -> None:
    used = extract_parameters(await hash_password("correct horse", SALT))
    assert used.type is Type.ID
    assert used.memory_cost >= 19 * 1024
    assert (used.time_cost, used.parallelism) == (2, 1)


async def test_the_hash_of_nobody_costs_what_a_real_one_does() -> None:
    real = await hash_password("correct horse", SALT)
    assert extract_parameters(NOBODYS_HASH) == extract_parameters(real)
    assert not await password_holds(NOBODYS_HASH, "correct horse")


async def test_nothing_of_a_long_password_is_cut_off() -> None:
    longest = "x" * 256
    hashed = await hash_password(longest, SALT)
    assert await password_holds(hashed, longest)
    assert not await password_holds(hashed, longest[:-1])
    assert not await password_holds(hashed, longest + "x")


async def test_what_cannot_be_encoded_is_a_wrong_password() -> None:
    assert not await password_holds(NOBODYS_HASH, "\ud800" * 20)


class _Pairs:
    """Stands for the hasher: every check waits for a second one beside it, and counts."""

    def __init__(self) -> None:
        self.most = 0
        self._now = 0
        self._two = threading.Barrier(2, timeout=30)
        self._lock = threading.Lock()

    def verify(self, password_hash: str, password: bytes) -> bool:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        self._two.wait()
        with self._lock:
            self._now -= 1
        self._two.wait()
        return True


async def test_no_more_than_two_passwords_are_checked_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pairs = _Pairs()
    monkeypatch.setattr(passwords, "_hasher", pairs)
    assert all(await asyncio.gather(*(password_holds("", "") for _ in range(8))))
    assert pairs.most == 2
