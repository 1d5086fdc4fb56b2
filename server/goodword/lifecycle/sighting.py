"""The tag is seen: each of its reports counts for tag health, by day and origin of its page.

Nothing here refuses, waits or reads: the count travels with the hits' own commits.
"""

from __future__ import annotations

from functools import lru_cache

from goodword.clock import DAY
from goodword.lifecycle.context import Context
from goodword.model import Campaign
from goodword.stats.decide import Way

_MOST_ORIGINS = 50
_MANY_CAMPAIGNS = 1_000


def see(
    context: Context, campaign: Campaign, event: str, way: Way, origin: str = "", version: str = ""
) -> None:
    """Counts one report of an allowed origin; `version` must be one of few known words."""
    now = context.now()
    day = now - now % DAY
    place = _place(campaign, origin, day) if origin else ""
    context.storage.hits.see((campaign.id, day, place, event, way.value, version), now)


def _place(campaign: Campaign, origin: str, day: int) -> str:
    """The origin itself. A pattern lets anybody make up origins: beyond the first fifty of a day
    they are counted together."""
    if origin in campaign.origins or not any("*" in pattern for pattern in campaign.origins):
        return origin
    known = _unlisted(campaign.id, day)
    if origin in known or len(known) < _MOST_ORIGINS:
        known.add(origin)
        return origin
    return "*"


@lru_cache(_MANY_CAMPAIGNS)
def _unlisted(campaign_id: str, day: int) -> set[str]:
    """The origins of a day that only a pattern allows, as far as this process has met them."""
    return set()
