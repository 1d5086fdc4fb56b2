"""`GET /p.gif`: a conversion from a page without scripts. Never a hit, never a lead of E0."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goodword.campaigns.decide import allows_origin, origin_of
from goodword.hits.agent import is_prefetch
from goodword.lifecycle.arrive import is_person
from goodword.lifecycle.context import Context
from goodword.lifecycle.convert import convert
from goodword.lifecycle.report import Answer, Sent
from goodword.lifecycle.sighting import see
from goodword.model import Campaign, Reason, Status, read_amount
from goodword.stats.decide import Way, way_of_report
from goodword.storage import Unavailable
from goodword.web.client import Client, Senders, cookie_value
from goodword.web.limits import Limit, caller_of
from goodword.web.wire import BadRequest, check_words

GIF = b64decode("R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")


class Pixel:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._senders = Senders(context.settings.trusted_proxies)
        rate = context.settings.rate_limit
        self._limit = Limit(rate and max(1, rate // 10))

    def routes(self) -> list[Route]:
        return [Route("/p.gif", self.serve, methods=["GET"])]

    async def serve(self, request: Request) -> Response:
        """Always the picture; what became of the report stands in `X-Goodword`."""
        client = self._senders.read(request.scope)
        early = self._limit.wait(caller_of(client.address), self._context.now() / 1000)
        if early:
            return _picture("too_many", 429, {"retry-after": str(int(early) + 1)})
        try:
            answer = await self._report(request, client)
        except BadRequest as error:
            return _picture(f"invalid; {error.field or error.code}", 400)
        except Unavailable:
            return _picture("unavailable", 503, {"retry-after": "5"})
        return _picture("; ".join(filter(None, (answer.status, answer.reason))))

    async def _report(self, request: Request, client: Client) -> Answer:
        query = request.query_params
        campaign = await self._context.directory.by_site_key(query.get("s", ""))
        if campaign is None:
            raise BadRequest("unknown_site", "there is no campaign with this site key", "s")
        words = {
            name: query.get(name, "")
            for name in ("event", "order", "currency", "email", "customer")
        } | {"event": query.get("e", "")}
        check_words(words)
        token = cookie_value(client.cookie, f"_gw_{campaign.site_key}")
        way = (
            Way.COOKIE
            if token
            else way_of_report(
                token=False, code=bool(query.get("c")), signed=bool(query.get("sig")), kept=None
            )
        )
        if way is Way.NONE:
            self._context.refuse(campaign, "convert", Reason.NO_HIT)
            answer = Answer(Status.IGNORED, Reason.NO_HIT)
        else:
            sent = replace(_sent(words, token, query, client, campaign), way=way.value)
            answer = await convert(self._context, campaign, sent)
        see(self._context, campaign, "convert", way, _page(request, campaign))
        return answer


def _page(request: Request, campaign: Campaign) -> str:
    """The origin of the page that shows the picture, where the browser tells and it is allowed."""
    origin = origin_of(request.headers.get("referer", "")) or ""
    return origin if allows_origin(campaign, origin) else ""


def _sent(
    words: dict[str, str], token: str, query: QueryParams, client: Client, campaign: Campaign
) -> Sent:
    event, amount = words["event"] or "purchase", query.get("amount", "")
    return Sent(
        door="pixel",
        key=f"{event}:{words['order']}"[:200],
        token=token,
        code=query.get("c", ""),
        email=words["email"],
        customer=words["customer"],
        event=event,
        order=words["order"],
        amount=read_amount(amount, words["currency"]),
        sig=query.get("sig", ""),
        raw=(words["event"], words["order"], amount, words["currency"], words["email"]),
        bot=not is_person(campaign, client.user_agent) or is_prefetch(*client.prefetch),
    )


def _picture(said: str, status: int = 200, more: dict[str, str] | None = None) -> Response:
    headers = {"cache-control": "no-store", "x-goodword": said, **(more or {})}
    return Response(GIF, status, headers, "image/gif")
