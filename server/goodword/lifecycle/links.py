"""The links that people share: the landing page with a code in it, or the hop through here."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit, urlunsplit

from goodword.model import Campaign, Referrer


def code_of(referrer: Referrer) -> str:
    """The code that this person's links carry: the vanity code, if there is one."""
    return referrer.alias or referrer.code


def link(campaign: Campaign, code: str, landing: str = "") -> str:
    """The page that a link leads to, with the code in it."""
    return extend(landing or campaign.landing, ref=code)


def extend(url: str, **parameters: str) -> str:
    """The address with these parameters in its query, instead of any of the same names."""
    parts = urlsplit(url)
    kept = [part for part in parts.query.split("&") if part.partition("=")[0] not in parameters]
    query = "&".join(filter(None, (*kept, urlencode(parameters))))
    return urlunsplit(parts._replace(path=parts.path or "/", query=query))


def hop_link(public_url: str, campaign: Campaign, referrer: Referrer) -> str:
    """The link that records the visit on this server before it leads on."""
    path = f"{campaign.slug}/{referrer.alias}" if referrer.alias else referrer.code
    return f"{public_url}/r/{path}"


def invitation_link(public_url: str, campaign: Campaign, code: str) -> str:
    """The page on this server that says who invites, and takes the friend's name."""
    return f"{public_url}/c/{campaign.slug}/{code}"
