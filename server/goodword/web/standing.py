"""Where this server stands to the campaign's pages, and how long browsers keep a referral there.

Sources: WebKit caps cookies and storage that a script writes at 7 days, cookies of an address
that is foreign to the site too, and leaves those alone that the answer to a navigation sets;
every browser ends a cookie after 400 days.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from goodword.model import Campaign
from goodword.web.site import Site


class Mode(StrEnum):
    OWN_HOST = "own_host"
    SUB_DOMAIN = "sub_domain"
    OTHER_SITE = "other_site"


@dataclass(frozen=True, slots=True)
class Standing:
    """One of the three modes in words; `safari` says how long it keeps a referral."""

    mode: Mode
    title: str
    text: str
    safari: str
    advice: str = ""

    @property
    def first_party(self) -> bool:
        return self.mode is not Mode.OTHER_SITE


def standing(site: Site, campaign: Campaign) -> Standing:
    """The mode of the page that fares worst."""
    pages = [origin.replace("://*.", "://") for origin in campaign.origins]
    foreign = [page for page in pages if not site.is_same(page)]
    if foreign:
        return _other_site(pages, foreign)
    own = urlsplit(site.own_origin).hostname
    if all(urlsplit(page.removesuffix(":*")).hostname == own for page in pages):
        return _OWN_HOST
    return _sub_domain(site)


_SCRIPT = (
    "for 7 days after the visitor's last click on your site, and for 24 hours after some"
    " advertising links"
)

_OWN_HOST = Standing(
    Mode.OWN_HOST,
    "First party: on your site's own host",
    "goodword answers on the very host of your pages, so the server itself can set the visitor's"
    " cookie: for every visit through the link hop, and for the others where the tag carries"
    ' data-credentials="include". localStorage is the spare copy.',
    f"Safari keeps a cookie that the server set for 400 days; what only the tag wrote, {_SCRIPT}.",
)


def _sub_domain(site: Site) -> Standing:
    return Standing(
        Mode.SUB_DOMAIN,
        "First party: on a sub-domain of your site",
        f"A visit through the link hop ({site.own_origin}/r/CODE) gets its cookie from this server"
        " as the page opens. A visit straight to your page (?ref=CODE) is kept by what the tag"
        " writes: cookie and localStorage, each restoring the other.",
        f"Safari keeps the hop's cookie for 400 days; what the tag wrote, {_SCRIPT}.",
    )


def _other_site(pages: list[str], foreign: list[str]) -> Standing:
    some = "" if len(foreign) == len(pages) else f" for {', '.join(foreign)}"
    return Standing(
        Mode.OTHER_SITE,
        f"Third party: served from another site{some}",
        "A referral is kept by what the tag writes: cookie and localStorage, each restoring the"
        " other.",
        f"Safari and Brave keep that {_SCRIPT}; other browsers for 400 days.",
        f"Serve goodword from a sub-domain of the site, such as {_own_sub_domain(foreign[0])}, and"
        " set GOODWORD_PUBLIC_URL to it.",
    )


def _own_sub_domain(page: str) -> str:
    name = (urlsplit(page.removesuffix(":*")).hostname or "").removeprefix("www.")
    return f"https://go.{name if '.' in name else 'shop.example'}"
