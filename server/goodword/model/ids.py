"""Ids: a prefix and 16 bytes (48 bits of milliseconds, 80 of chance) in Crockford's base32."""

from __future__ import annotations

from base64 import b32hexdecode, b32hexencode

_HEX32 = b"0123456789ABCDEFGHIJKLMNOPQRSTUV"
_CROCKFORD = b"0123456789abcdefghjkmnpqrstvwxyz"
_TO_CROCKFORD = bytes.maketrans(_HEX32, _CROCKFORD)
_TO_HEX32 = bytes.maketrans(_CROCKFORD, _HEX32)


def id_text(prefix: str, raw: bytes) -> str:
    """`id_text("hit", 16 bytes)` is `hit_` and 26 characters that sort as the bytes do."""
    return prefix + "_" + b32hexencode(raw)[:26].translate(_TO_CROCKFORD).decode()


def id_bytes(text: str) -> bytes:
    """The 16 bytes of an id. ValueError when it is none."""
    _, _, body = text.partition("_")
    if len(body) != 26:
        raise ValueError("an id has 26 characters after its prefix")
    return b32hexdecode(body.encode("ascii").translate(_TO_HEX32) + b"======")
