"""What a logo is, by its bytes alone: real files of a real encoder, and what only pretends."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.campaigns.picture import LARGEST, NoPicture, Picture, read_picture

FILES = {path.name: path.read_bytes() for path in (Path(__file__).parent / "pictures").iterdir()}
KINDS = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}


def only_frame(webp: bytes, name: bytes) -> bytes:
    """The picture of an extended WebP file as a simple one."""
    at = webp.index(name)
    size = struct.unpack("<I", webp[at + 4 : at + 8])[0]
    chunk = webp[at : at + 8 + size + size % 2]
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_of_a_browser_is_known_with_its_size(name: str) -> None:
    kind = KINDS[name.rpartition(".")[2]]
    assert read_picture(FILES[name]) == Picture(kind, 70, 30)


@pytest.mark.parametrize(("name", "frame"), [("lossy.webp", b"VP8 "), ("lossless.webp", b"VP8L")])
def test_a_simple_webp_is_known_too(name: str, frame: bytes) -> None:
    assert read_picture(only_frame(FILES[name], frame)) == Picture("image/webp", 70, 30)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + b"\x01\x00" * 20,
        b"<!doctype html><script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n<script>alert(1)</script>" + b" " * 40,
        b"\xff\xd8\xff<script>alert(1)</script>" + b" " * 40,
        b"RIFF....WEBP<script>alert(1)</script>" + b" " * 40,
        FILES["logo.png"][:20],
        FILES["logo.jpg"][:40],
        FILES["logo.png"].replace(struct.pack(">II", 70, 30), struct.pack(">II", 0, 30)),
    ],
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(NoPicture, match="PNG, JPEG or WebP"):
        read_picture(content)


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(NoPicture, match="256 KiB"):
        read_picture(FILES["logo.png"].ljust(LARGEST + 1, b"\0"))


def test_a_small_file_of_a_huge_picture_is_refused() -> None:
    bomb = FILES["logo.png"].replace(struct.pack(">II", 70, 30), struct.pack(">II", 30, 50_000))
    with pytest.raises(NoPicture, match="2,000 pixels"):
        read_picture(bomb)


@given(start=st.sampled_from([content[:12] for content in FILES.values()]), rest=st.binary())
def test_no_bytes_make_it_stumble(start: bytes, rest: bytes) -> None:
    with suppress(NoPicture):
        assert read_picture(start + rest).kind in KINDS.values()
