"""What is told when something fails: to browsers, to the API's callers, and never what it was."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goodword.app import Goodword
from goodword.storage import Unavailable
from goodword.web.api.problems import MEDIA_TYPE
from goodword.web.assets import Assets
from goodword.web.failing import Failures
from goodword.web.headers import PageHeaders
from goodword.web.operations import Operations
from goodword.web.pages import Pages
from lifecycle.world import world
from web.stage import one_engine

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SECRET = "password of the database"


async def fails(request: Request) -> Response:
    raise Unavailable(SECRET) if "away" in request.url.path else RuntimeError(SECRET)


async def answer(path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    failures = Failures(Pages(Assets()))
    app = Starlette(
        routes=[Route("/{path:path}", fails)],
        exception_handlers={Unavailable: failures.unavailable, Exception: failures.broken},
    )
    transport = httpx.ASGITransport(PageHeaders(app, secure=False), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://go.example") as client:
        found = await client.get(path, headers=headers)
    assert SECRET not in found.text
    return found


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [("/admin/leads", 500, "Something went wrong here"), ("/away", 503, "try again in a moment")],
)
async def test_a_browser_gets_a_page(path: str, status: int, told: str) -> None:
    found = await answer(path, BROWSER)
    assert found.status_code == status
    assert found.headers["content-type"].startswith("text/html")
    assert found.headers["cache-control"] == "no-store"
    assert told in found.text
    assert "<h1>" in found.text
    assert "{{" not in found.text


async def test_the_api_tells_a_problem_whatever_is_asked_for() -> None:
    found = await answer("/api/v1/leads", BROWSER)
    assert found.status_code == 500
    assert found.headers["content-type"] == MEDIA_TYPE
    assert found.json()["type"] == "urn:goodword:problem:internal"
    assert found.json()["status"] == 500


@pytest.mark.parametrize("path", ["/api/v1/users/7", "/api/v2/users/qualification"])
async def test_code_for_another_server_is_told_in_its_shape(path: str) -> None:
    found = await answer(path)
    assert (found.status_code, list(found.json())) == (500, ["message"])


@pytest.mark.parametrize(("path", "status"), [("/webhook/x/qualify", 500), ("/away", 503)])
async def test_everybody_else_gets_a_line(path: str, status: int) -> None:
    found = await answer(path, {"accept": "*/*"})
    assert found.status_code == status
    assert found.headers["content-type"].startswith("text/plain")
    assert found.text.count("\n") == 1


@one_engine
async def test_the_whole_application_answers_so(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def healthz(operations: Operations, request: Request) -> Response:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(Operations, "healthz", healthz)
    async with world(database_url) as w:
        app = Goodword(w.context.settings)
        app._wire(w.context)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://go.example") as client:
            found = await client.get("/healthz", headers=BROWSER)
    assert found.status_code == 500
    assert "<h1>Something went wrong here</h1>" in found.text
    assert SECRET not in found.text


async def test_the_error_itself_goes_on_to_the_log() -> None:
    failures = Failures(Pages(Assets()))
    app = Starlette(routes=[Route("/", fails)], exception_handlers={Exception: failures.broken})
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://go.example"
    ) as client:
        with pytest.raises(RuntimeError, match=SECRET):
            await client.get("/")
