"""Whether a call is a hit, and how little of it is kept. Data in, data out."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network

from goodword.model import Reason

FRESH = 5 * 60 * 1000
"""A token minted less than this many milliseconds ago stands for its hit; no second is made."""

_LONGEST = 500
_KEPT_PARAMETERS = {
    *("ref", "via", "gclid", "gbraid", "wbraid", "gad_source", "gad_campaignid", "fbclid"),
    *("msclkid", "ttclid", "twclid", "li_fat_id", "rdt_cid"),
}


def refusal(
    *, paused: bool, known: bool, disabled: bool, expired: bool, prefetch: bool, bot: bool
) -> Reason | None:
    """Why a call is no hit, or None when it is one."""
    checks = (
        (not known, Reason.BAD_CODE),
        (disabled, Reason.DISABLED),
        (expired, Reason.EXPIRED),
        (paused, Reason.PAUSED),
        (prefetch, Reason.PREFETCH),
        (bot, Reason.BOT),
    )
    return next((reason for failed, reason in checks if failed), None)


def is_fresh(hit_at: int, now: int) -> bool:
    """Whether the token of a hit stands for it; a clock that jumped back does not refresh it."""
    return 0 <= now - hit_at < FRESH


def clean_url(url: str, code: str) -> str:
    """The address without fragment and without query values that may name a person."""
    if not url.isprintable():
        url = "".join(mark for mark in url if mark.isprintable())
    page, _, query = url.partition("#")[0].partition("?")
    if not query:
        return page[:_LONGEST]
    kept = "&".join(part for part in query.split("&") if _is_kept(part, code))
    return (f"{page}?{kept}" if kept else page)[:_LONGEST]


def _is_kept(part: str, code: str) -> bool:
    name, _, value = part.partition("=")
    return name in _KEPT_PARAMETERS or name.startswith("utm_") or (value == code != "")


@lru_cache(8192)
def network_of(address: str) -> str:
    """The /24 or /48 of an address: all of it that is kept. Empty for what is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network(f"{parsed}/{24 if parsed.version == 4 else 48}", strict=False))
