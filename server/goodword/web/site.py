"""Where this server stands among the campaign's pages: allowed origins, same site, cookies."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from goodword.campaigns.decide import allows_origin, cookie_domain
from goodword.lifecycle.arrive import TOKEN_LIFE
from goodword.model import Campaign

_suffixes = PublicSuffixList()


class Site:
    """Answers are remembered: an origin is judged once for each version of a campaign."""

    def __init__(self, public_url: str) -> None:
        parts = urlsplit(public_url)
        self.secure = parts.scheme == "https"
        self.own_origin = f"{parts.scheme}://{parts.netloc}"
        self._own = (parts.scheme, site_of(parts.hostname or ""))
        self.allows = lru_cache(4096)(_allows)
        self.is_same = lru_cache(4096)(self._is_same)
        self.cookie_domain = lru_cache(4096)(_cookie_domain)

    def _is_same(self, origin: str) -> bool:
        """Whether a page of this origin and this server are one site to a browser."""
        scheme, _, rest = origin.partition("://")
        return (scheme, site_of(_host(rest))) == self._own and bool(self._own[1])


def _allows(campaign: Campaign, origin: str) -> bool:
    return origin not in ("", "null") and allows_origin(campaign, origin)


def _cookie_domain(campaign: Campaign, origin: str) -> str | None:
    host = _host(origin.partition("://")[2])
    return cookie_domain(campaign, host, registrable_domain(host))


def _host(authority: str) -> str:
    if authority.startswith("["):
        return authority.partition("]")[0][1:]
    return authority.partition(":")[0]


@lru_cache(4096)
def registrable_domain(host: str) -> str | None:
    """`shop.example.co.uk` is `example.co.uk`; None for addresses and public suffixes."""
    found: str | None = _suffixes.privatesuffix(host)
    return found


def site_of(host: str) -> str:
    """What browsers compare to tell same-site: the registrable domain, or the host itself."""
    try:
        return str(ip_address(host))
    except ValueError:
        return registrable_domain(host) or host


def cookie_header(
    campaign: Campaign, token: str, domain: str | None, secure: bool
) -> tuple[bytes, bytes]:
    """The token's cookie: readable by the script, of this site alone, 400 days."""
    parts = [f"_gw_{campaign.site_key}={token}", "Path=/", f"Max-Age={TOKEN_LIFE // 1000}"]
    parts += [f"Domain={domain}"] if domain else []
    parts += ["SameSite=Lax"] + (["Secure"] if secure else [])
    return b"set-cookie", "; ".join(parts).encode()
