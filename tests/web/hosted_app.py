"""The hosted pages of a world as a browser gets them, headers and all."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from html import unescape

import httpx
from starlette.applications import Starlette

from goodword.lifecycle.context import Context
from goodword.settings import MailServer
from goodword.web.assets import Assets
from goodword.web.headers import PageHeaders
from goodword.web.hosted import Hosted
from goodword.web.pages import Pages
from goodword.web.site import Site
from lifecycle.world import CHROME, World

URL = "https://go.shop.example"
PERSON = {"user-agent": CHROME, "sec-fetch-site": "same-origin", "origin": URL}


def app_of(context: Context) -> PageHeaders:
    site = Site(context.settings.public_url)
    app = Starlette(routes=Hosted(context, site, Pages(Assets())).routes())
    app.state.context = context
    return PageHeaders(app, context.settings.secure)


@asynccontextmanager
async def visiting(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    """A person's browser on the hosted pages, with cookies of its own."""
    transport = httpx.ASGITransport(app_of(context))
    async with httpx.AsyncClient(transport=transport, base_url=URL, headers=PERSON) as client:
        yield client


def with_mail(w: World) -> Context:
    """The world, had its owner set up a mail server."""
    server = MailServer("127.0.0.1", 25)
    return replace(w.context, settings=replace(w.context.settings, mail_server=server))


def text_of(page: httpx.Response) -> str:
    """What a person reads on it."""
    body = page.text.partition("<body")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def field_of(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, page.text
    return unescape(found[1])
