"""What a picture is by its first bytes, and how large: PNG, JPEG or WebP. Data in, data out.

Formats: PNG (W3C, 11.2.1 IHDR), JPEG (ITU-T T.81, B.2.2 frame header), WebP (RFC 9649, 2.5-2.7).
"""

from __future__ import annotations

from dataclasses import dataclass

LARGEST = 256 * 1024
"""Bytes of a logo."""

WIDEST = 2_000
"""Pixels of a logo, either way: a small file may hold more than a phone can unpack."""

_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_ALONE = {0x01, *range(0xD0, 0xD9)}


@dataclass(frozen=True, slots=True)
class Picture:
    """`kind` is a media type; width and height are pixels."""

    kind: str
    width: int
    height: int


class NoPicture(ValueError):
    """The bytes can't be used as a logo; the message says what can."""


def read_picture(content: bytes) -> Picture:
    """What the picture is. `NoPicture` for anything else, and for what is too large."""
    if len(content) > LARGEST:
        raise NoPicture(f"the picture is too large: at most {LARGEST // 1024} KiB")
    found = _png(content) or _jpeg(content) or _webp(content)
    if found is None or not (found.width and found.height):
        raise NoPicture("this is no picture in PNG, JPEG or WebP")
    if max(found.width, found.height) > WIDEST:
        raise NoPicture(f"the picture is too large: at most {WIDEST:,} pixels wide and high")
    return found


def _png(content: bytes) -> Picture | None:
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR" or len(content) < 33:
        return None
    return Picture("image/png", _big(content[16:20]), _big(content[20:24]))


def _jpeg(content: bytes) -> Picture | None:
    """Walks the segments to the frame header, which has the size."""
    if content[:3] != b"\xff\xd8\xff":
        return None
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _FRAMES:
            height, width = _big(content[at + 5 : at + 7]), _big(content[at + 7 : at + 9])
            return Picture("image/jpeg", width, height)
        if marker == 0xFF:
            at += 1
        elif marker in _ALONE:
            at += 2
        else:
            at += 2 + max(2, _big(content[at + 2 : at + 4]))
    return None


def _webp(content: bytes) -> Picture | None:
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(content) < 30:
        return None
    match content[12:16]:
        case b"VP8 " if content[23:26] == b"\x9d\x01\x2a":
            width, height = _little(content[26:28]) & 0x3FFF, _little(content[28:30]) & 0x3FFF
        case b"VP8L" if content[20] == 0x2F:
            bits = _little(content[21:25])
            width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            width, height = _little(content[24:27]) + 1, _little(content[27:30]) + 1
        case _:
            return None
    return Picture("image/webp", width, height)


def _big(part: bytes) -> int:
    return int.from_bytes(part, "big")


def _little(part: bytes) -> int:
    return int.from_bytes(part, "little")
