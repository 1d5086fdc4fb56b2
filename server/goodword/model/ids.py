"""Ids: a prefix and 16 bytes (48 bits of milliseconds, 80 of chance) in hexadecimal."""

from __future__ import annotations


def id_text(prefix: str, raw: bytes) -> str:
    """`id_text("hit", 16 bytes)` is `hit_` and 32 characters that sort as the bytes do."""
    return f"{prefix}_{raw.hex()}"


def id_bytes(text: str) -> bytes:
    """The 16 bytes of an id. ValueError when it is none."""
    raw = bytes.fromhex(text.partition("_")[2])
    if len(raw) != 16:
        raise ValueError("an id has 32 hexadecimal digits after its prefix")
    return raw


def first_id(prefix: str, at: int) -> str:
    """What the ids of `at` milliseconds and later sort after."""
    return f"{prefix}_{at:012x}"


def id_time(text: str) -> int | None:
    """The milliseconds of an id; None when it is none."""
    try:
        return int.from_bytes(id_bytes(text)[:6], "big")
    except ValueError:
        return None
