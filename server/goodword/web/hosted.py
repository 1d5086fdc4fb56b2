"""The pages that goodword hosts for referrers and their friends: wiring of their doors.

They work without JavaScript. Only the join page and the referrer's own page may be framed, and
only by the campaign's own sites.
"""

from __future__ import annotations

from starlette.routing import Route

from goodword.lifecycle.context import Context
from goodword.web.hosted_files import HostedFiles
from goodword.web.hosted_front import Front
from goodword.web.hosted_invitation import InvitationPage
from goodword.web.hosted_join import JoinPage
from goodword.web.hosted_own import OwnPage
from goodword.web.pages import Pages
from goodword.web.site import Site


class Hosted:
    """Every hosted page."""

    def __init__(self, context: Context, site: Site, pages: Pages) -> None:
        front = Front(context, site, pages)
        self._doors = (HostedFiles(front), JoinPage(front), InvitationPage(front), OwnPage(front))

    def routes(self) -> list[Route]:
        return [route for door in self._doors for route in door.routes()]
