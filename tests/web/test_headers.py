"""The headers of the pages' application, on every kind of answer."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from goodword.web.headers import PageHeaders

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
OWN = {
    "cache-control": "public, max-age=60",
    "content-security-policy": "sandbox",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "origin",
    "x-content-type-options": "own",
}


async def page(request: Request) -> Response:
    return HTMLResponse("<p>hello")


async def plain(request: Request) -> Response:
    return PlainTextResponse("hello")


async def own(request: Request) -> Response:
    return HTMLResponse("hello", headers=OWN)


async def broken(request: Request) -> Response:
    raise RuntimeError("broken")


PATHS = {
    "/page": page,
    "/plain": plain,
    "/own": own,
    "/broken": broken,
    "/setup/token": page,
    "/r/CODE": plain,
}


async def answer(path: str, secure: bool = False, method: str = "GET") -> httpx.Response:
    app = Starlette(routes=[Route(path, endpoint) for path, endpoint in PATHS.items()])
    transport = httpx.ASGITransport(PageHeaders(app, secure), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://go.example") as browser:
        return await browser.request(method, path)


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/page", "GET", 200),
        ("/plain", "GET", 200),
        ("/nowhere", "GET", 404),
        ("/page", "DELETE", 405),
        ("/broken", "GET", 500),
    ],
)
async def test_every_answer_has_the_headers_errors_included(
    path: str, method: str, status: int
) -> None:
    found = await answer(path, method=method)
    assert found.status_code == status
    assert found.headers["content-security-policy"] == CSP
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["cross-origin-opener-policy"] == "same-origin"
    assert found.headers["referrer-policy"] == "same-origin"
    assert "camera=()" in found.headers["permissions-policy"]


async def test_what_an_endpoint_set_itself_stays_and_is_there_once() -> None:
    found = await answer("/own")
    for name, value in OWN.items():
        assert found.headers.get_list(name) == [value]


@pytest.mark.parametrize("path", ["/setup/token", "/r/CODE"])
async def test_addresses_that_hold_a_secret_or_a_code_are_told_to_no_other_page(
    path: str,
) -> None:
    assert (await answer(path)).headers["referrer-policy"] == "no-referrer"


async def test_pages_are_not_kept_unless_they_say_so() -> None:
    assert (await answer("/page")).headers["cache-control"] == "no-store"
    assert "cache-control" not in (await answer("/plain")).headers


async def test_https_is_asked_for_ever_only_where_there_is_https() -> None:
    secure, plain = await answer("/page", secure=True), await answer("/page", secure=False)
    assert secure.headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in plain.headers
