"""How a campaign looks and speaks to referrers and friends on the pages that goodword hosts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

DEFAULT_ACCENT = "#0b6b50"
DEFAULT_PAPER = "#f7f6f2"


class LinkTo(StrEnum):
    """Where the link that a referrer shares leads first."""

    INVITATION = "invitation"
    SITE = "site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """Colours are `#rrggbb`; `logo` is the id of a picture, empty for none.

    `texts` holds what the owner wrote, by the name of its place; a place that is not in it has
    its default, which follows the rules.
    """

    campaign_id: str
    accent: str = DEFAULT_ACCENT
    paper: str = DEFAULT_PAPER
    logo: str = ""
    link_to: LinkTo = LinkTo.INVITATION
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def logo_size(self) -> tuple[int, int]:
        """Width and height in pixels, which the logo's id ends with; noughts for no logo."""
        width, _, height = self.logo.rpartition("-")[2].partition("x")
        return int(width or 0), int(height or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """A picture as it was uploaded. `id` is a hash of its bytes and its size, `kind` its media
    type."""

    campaign_id: str
    id: str
    kind: str
    width: int
    height: int
    content: bytes
    created_at: int
