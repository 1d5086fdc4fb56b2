"""The versions of the tag: what was released, and what is current."""

from __future__ import annotations

from importlib.resources import files

import msgspec

from goodword.web.scripts import Versions

_LISTING = (files("goodword.web") / "scripts" / "gw.versions.json").read_bytes()
_versions = msgspec.json.decode(_LISTING, type=Versions)

RELEASED = frozenset(name.partition(".")[2].removesuffix(".js") for name in _versions.files)
"""`0.1.0`, of whichever script."""

CURRENT = frozenset(_versions.current.values())
"""The newest of each script; as a rule they are one."""
