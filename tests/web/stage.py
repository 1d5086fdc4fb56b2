"""The doors before the admin pages with one guarded door, and browsers that come to them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from goodword.lifecycle.admit import create_admin
from goodword.web.assets import Assets
from goodword.web.headers import PageHeaders
from goodword.web.login import Login
from goodword.web.pages import Pages
from goodword.web.session import logged_in, require_admin, session_of
from lifecycle.world import World, world

EMAIL, PASSWORD = "ada@shop.example", "correct horse"
URL = "https://go.shop.example"
FROM_HERE = {"sec-fetch-site": "same-origin", "origin": URL}
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what never reaches the database, or only as it does elsewhere."""


class Guarded:
    """A door with a page and a form for admins alone, and what the form was sent."""

    def __init__(self) -> None:
        self.done: list[str] = []

    @require_admin
    async def show(self, request: Request) -> Response:
        return PlainTextResponse(f"{logged_in(request).email} {logged_in(request).csrf}")

    @require_admin
    async def act(self, request: Request) -> Response:
        form = await request.form()
        self.done.append(str(form.get("what")))
        return PlainTextResponse("done")


async def for_everyone(request: Request) -> Response:
    return PlainTextResponse(str(session_of(request)))


@dataclass
class Stage:
    w: World
    door: Guarded
    app: PageHeaders

    def browser(self, address: str = "203.0.113.9") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(address, 4711))
        return httpx.AsyncClient(transport=transport, base_url=URL, headers=FROM_HERE)


@asynccontextmanager
async def staged(w: World, public_url: str = URL) -> AsyncIterator[Stage]:
    context = replace(w.context, settings=replace(w.context.settings, public_url=public_url))
    door = Guarded()
    routes = [
        *Login(context, Pages(Assets())).routes(),
        Route("/admin/leads", door.show),
        Route("/admin/act", door.act, methods=["POST"]),
        Route("/open", for_everyone),
    ]
    app = Starlette(routes=routes)
    app.state.context = context
    yield Stage(replace(w, context=context), door, PageHeaders(app, context.settings.secure))


@asynccontextmanager
async def with_admin(database_url: str) -> AsyncIterator[Stage]:
    """A stage of its own, where Ada is an admin already."""
    async with world(database_url) as w, staged(w) as made:
        await create_admin(w.context, EMAIL, PASSWORD)
        yield made


async def submit(
    browser: httpx.AsyncClient, email: str = EMAIL, password: str = PASSWORD, path: str = "/login"
) -> httpx.Response:
    return await browser.post(path, data={"email": email, "password": password})


async def csrf_of(browser: httpx.AsyncClient) -> str:
    return (await browser.get("/admin/leads")).text.split()[-1]


def error_in(page: httpx.Response) -> str:
    found = re.search(r'role="alert"[^>]*>([^<]+)<', page.text)
    return found.group(1) if found else ""
