"""For whoever runs it: is the process up, and can it store."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from goodword.lifecycle.context import Context
from goodword.storage import Unavailable


class Operations:
    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self) -> list[Route]:
        return [Route("/healthz", self.healthz), Route("/readyz", self.readyz)]

    async def healthz(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers={"cache-control": "no-store"})

    async def readyz(self, request: Request) -> Response:
        """503 while a write transaction can't be had."""
        try:
            async with self._context.storage.write():
                return JSONResponse({"status": "ok"}, headers={"cache-control": "no-store"})
        except Unavailable as error:
            return JSONResponse({"status": "unavailable", "reason": str(error)}, 503)
