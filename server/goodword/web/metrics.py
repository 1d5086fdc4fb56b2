"""`GET /metrics`: Prometheus' text format 0.0.4, for this machine or who has the token.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from goodword import __version__
from goodword.clock import DAY
from goodword.lifecycle.context import Context
from goodword.lifecycle.tick import ticked_at
from goodword.stats.gauges import Gauge, Values, gauges
from goodword.storage import Unavailable

_KIND = "text/plain; version=0.0.4; charset=utf-8"
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-real-ip")
_NO_STORE = {"cache-control": "no-store"}


class Metrics:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._token = context.settings.metrics_token

    def routes(self) -> list[Route]:
        return [Route("/metrics", self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        if not (_is_local(request) or self._has_token(request)):
            return self._refused()
        try:
            found = await self._gauges()
        except Unavailable as error:
            return PlainTextResponse(f"storage refuses: {error}\n", 503, _NO_STORE)
        return Response("".join(map(_told, found)), headers=_NO_STORE, media_type=_KIND)

    async def _gauges(self) -> list[Gauge]:
        now = self._context.now()
        async with self._context.storage.read() as db:
            found = await gauges(db, now - now % DAY, now)
            ticked = await ticked_at(db)
        names = {each.id: each.slug for each in self._context.directory.all()}
        age: Values = {} if ticked is None else {(): max(0, now - ticked) // 1000}
        return [
            Gauge("goodword_info", "The running version.", ("version",), {(__version__,): 1}),
            Gauge("goodword_tick_age_seconds", "Since the worker last looked round.", (), age),
            *(_named(each, names) for each in found),
        ]

    def _has_token(self, request: Request) -> bool:
        scheme, _, said = request.headers.get("authorization", "").partition(" ")
        right = self._token.encode()
        same = hmac.compare_digest(said.strip().encode(errors="replace"), right)
        return bool(right) and scheme.lower() == "bearer" and same

    def _refused(self) -> Response:
        if not self._token:
            text = "only this machine may ask; GOODWORD_METRICS_TOKEN lets others in\n"
            return PlainTextResponse(text, 403, _NO_STORE)
        headers = _NO_STORE | {"www-authenticate": 'Bearer realm="goodword"'}
        return PlainTextResponse("send Authorization: Bearer TOKEN\n", 401, headers)


def _is_local(request: Request) -> bool:
    """Whether a program on this machine asks; what a proxy on it passes on is somebody else's."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _named(gauge: Gauge, names: Mapping[str, str]) -> Gauge:
    """With the campaigns' slugs in the place of their ids."""
    if "campaign" not in gauge.labels:
        return gauge
    values: Values = {
        (names.get(first, first), *rest): n for (first, *rest), n in gauge.values.items()
    }
    return Gauge(gauge.name, gauge.help, gauge.labels, values)


def _told(gauge: Gauge) -> str:
    lines = [f"# HELP {gauge.name} {gauge.help}", f"# TYPE {gauge.name} gauge"]
    for said, number in sorted(gauge.values.items()):
        lines.append(f"{gauge.name}{_labels(zip(gauge.labels, said, strict=True))} {number}")
    return "\n".join(lines) + "\n"


def _labels(pairs: Iterable[tuple[str, str]]) -> str:
    told = ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs)
    return f"{{{told}}}" if told else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
