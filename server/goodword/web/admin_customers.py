"""Customers, under Set-up: whom the site knew before, so that nobody refers them as new."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.leads import customers
from goodword.leads.customer_list import read_day
from goodword.lifecycle.customers import (
    add_customer,
    remove_customer,
    upload_customers,
)
from goodword.lifecycle.set_up import Refused
from goodword.model import Campaign
from goodword.sheets import Unreadable
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_forms import Form
from goodword.web.admin_undo import after, banner_of
from goodword.web.session import (
    form_of,
    logged_in,
    require_admin,
    require_manager,
)
from goodword.web.upload import large_file_of, takes_large_file

_HERE = "/admin/customers"
_PLACE = "/admin/set-up"
_FIELDS = ("email", "since")


class CustomerPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route(_HERE, self.show, methods=["GET"]),
            Route(f"{_HERE}/upload", self.upload, methods=["POST"]),
            Route(f"{_HERE}/add", self.add, methods=["POST"]),
            Route(f"{_HERE}/remove", self.remove, methods=["POST"]),
        ]

    @require_admin
    async def show(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        return await self._page(request, campaign)

    async def _page(
        self, request: Request, campaign: Campaign, form: Form | None = None, **more: Any
    ) -> Response:
        async with self._desk.context.storage.read() as db:
            count = await customers.count(db, campaign.id)
        form = form or Form(dict.fromkeys(_FIELDS, ""))
        values = {
            "count": count,
            "form": form,
            "uploaded": None,
            "did": await banner_of(self._desk, request, campaign),
        } | more
        status = 422 if form.errors else 200
        return self._desk.page(
            request, "customers.html", campaign, values, place=_PLACE, status=status
        )

    @takes_large_file
    @require_manager
    async def upload(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        file = await large_file_of(request, "file")
        if file is None:
            return await self._unread(request, campaign, "Choose a file first.")
        try:
            uploaded = await upload_customers(
                self._desk.context,
                campaign,
                file.file,
                logged_in(request).email,
                read_text(file.filename or ""),
            )
        except Unreadable as error:
            return await self._unread(request, campaign, str(error))
        # Shown at once: what was not understood is kept nowhere. Sending it again is harmless.
        return await self._page(request, campaign, uploaded=uploaded)

    async def _unread(self, request: Request, campaign: Campaign, why: str) -> Response:
        form = Form(dict.fromkeys(_FIELDS, ""))
        form.refuse("file", why)
        return await self._page(request, campaign, form)

    @require_manager
    async def add(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        form = Form({name: read_text(sent.get(name, ""), 300) for name in _FIELDS})
        said = form.values["since"]
        since = read_day(said) if said else None
        if said and since is None:
            form.refuse("since", "write the day as 2026-01-31")
            return await self._page(request, campaign, form)
        if since is not None and since > self._desk.context.now():
            form.refuse("since", "the day is in the future")
            return await self._page(request, campaign, form)
        actor = logged_in(request).email
        try:
            done = await add_customer(
                self._desk.context, campaign, form.values["email"], since, actor
            )
        except Refused as error:
            form.refuse(error.field, str(error))
            return await self._page(request, campaign, form)
        return after(request, f"{_HERE}?campaign={campaign.id}", done)

    @require_manager
    async def remove(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        email, actor = read_text(sent.get("email", ""), 300), logged_in(request).email
        done = await remove_customer(self._desk.context, campaign, email, actor)
        return after(request, f"{_HERE}?campaign={campaign.id}", done)
