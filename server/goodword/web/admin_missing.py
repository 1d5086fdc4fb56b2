"""Missing credit: who says that a friend was not counted, what is known of it, and the decision."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.credits.decide import Filing
from goodword.lifecycle.credit import Given, ask_for_credit, decline_credit, give_credit
from goodword.lifecycle.credit_signs import Inquiry, look_into
from goodword.model import Campaign, CreditStatus, Mode, canonical_email, is_email, read_amount
from goodword.referrers import record as referrers
from goodword.stats.missing import claims
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_forms import Form
from goodword.web.admin_undo import after, banner_of
from goodword.web.session import form_of, logged_in, require_admin, require_manager

_HERE = "/admin/missing"
_ASKED = ("referrer", "named", "note")
_GIVEN = ("email", "name", "order", "amount", "currency", "qualify", "answer")
_LONGEST = 500


class MissingPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route(_HERE, self.show, methods=["GET"]),
            Route(_HERE, self.ask, methods=["POST"]),
            Route(f"{_HERE}/{{id}}", self.claim, methods=["GET"]),
            Route(f"{_HERE}/{{id}}/credit", self.credit, methods=["POST"]),
            Route(f"{_HERE}/{{id}}/decline", self.decline, methods=["POST"]),
        ]

    @require_admin
    async def show(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        return await self._list(request, campaign, Form(dict.fromkeys(_ASKED, "")))

    async def _list(self, request: Request, campaign: Campaign, form: Form) -> Response:
        asked = request.query_params
        only_open, cursor = asked.get("status") != "all", read_text(asked.get("cursor", ""))
        async with self._desk.context.storage.read() as db:
            page = await claims(db, campaign.id, only_open, cursor)
        here = {"campaign": campaign.id} | ({} if only_open else {"status": "all"})
        first = f"{_HERE}?{urlencode(here)}"
        values = {
            "page": page,
            "only_open": only_open,
            "form": form,
            "first": first if cursor else "",
            "next": f"{first}&cursor={page.next}" if page.next else "",
            "did": await banner_of(self._desk, request, campaign),
        }
        status = 422 if form.errors else 200
        return self._desk.page(
            request, "missing.html", campaign, values, place="/admin/leads", status=status
        )

    @require_manager
    async def ask(self, request: Request) -> Response:
        """An admin writes down what a referrer said by another way."""
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        form = Form({name: read_text(sent.get(name, ""), _LONGEST) for name in _ASKED})
        said = form.values
        referrer_id = await self._referrer(campaign, said["referrer"])
        if referrer_id is None:
            form.refuse("referrer", "there is no referrer with this e-mail or code")
            return await self._list(request, campaign, form)
        actor, context = logged_in(request).email, self._desk.context
        words = (said["named"], said["note"], actor)
        what, done = await ask_for_credit(context, campaign, referrer_id, *words)
        if what is not Filing.NEW:
            form.refuse("named", _NOT_TAKEN[what])
            return await self._list(request, campaign, form)
        return after(request, f"{_HERE}/{done.changed[0]}?campaign={campaign.id}", done)

    async def _referrer(self, campaign: Campaign, typed: str) -> str | None:
        if is_email(typed):
            async with self._desk.context.storage.read() as db:
                email = canonical_email(typed)
                known = await referrers.by_email(db, campaign.id, Mode.LIVE, email)
            return known.id if known else None
        resolved = await self._desk.context.directory.resolve(campaign, typed) if typed else None
        return None if resolved is None or resolved.test else resolved.referrer.id

    @require_admin
    async def claim(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        return await self._claim(request, campaign)

    async def _claim(
        self, request: Request, campaign: Campaign | None, form: Form | None = None
    ) -> Response:
        id_ = read_text(request.path_params["id"])
        found = await look_into(self._desk.context, campaign, id_) if campaign else None
        if campaign is None or found is None:
            return self._missing(request, campaign)
        values = {
            "found": found,
            "form": form or Form(_known(found)),
            "open": found.claim.status is CreditStatus.OPEN,
            "did": await banner_of(self._desk, request, campaign),
        }
        status = 422 if form and form.errors else 200
        return self._desk.page(
            request, "missing_claim.html", campaign, values, place="/admin/leads", status=status
        )

    def _missing(self, request: Request, campaign: Campaign | None) -> Response:
        values = {
            "title": "No such claim",
            "text": "This campaign has no claim of missing credit with this address.",
            "link": f"{_HERE}?campaign={campaign.id}" if campaign else "/admin/",
            "label": "Show all claims",
        }
        return self._desk.page(
            request, "problem.html", campaign, values, place="/admin/leads", status=404
        )

    @require_manager
    async def credit(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        form = Form({name: read_text(sent.get(name, ""), _LONGEST) for name in _GIVEN})
        given = _given(form)
        if form.errors:
            return await self._claim(request, campaign, form)
        id_, actor = read_text(request.path_params["id"]), logged_in(request).email
        done = await give_credit(self._desk.context, campaign, id_, given, actor)
        return after(request, f"{_HERE}/{id_}?campaign={campaign.id}", done)

    @require_manager
    async def decline(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        answer = read_text(sent.get("answer", ""), _LONGEST)
        id_, actor = read_text(request.path_params["id"]), logged_in(request).email
        done = await decline_credit(self._desk.context, campaign, id_, answer, actor)
        return after(request, f"{_HERE}/{id_}?campaign={campaign.id}", done)


_NOT_TAKEN = {
    Filing.KNOWN: "this is asked already, or was answered",
    Filing.TOO_MANY: "five of their claims wait already, or twenty were made in a month",
    Filing.UNREADABLE: "write an order or an e-mail address, at most 200 characters",
}


def _known(found: Inquiry) -> dict[str, Any]:
    """What the form is filled in with."""
    return {
        "email": found.email,
        "name": "",
        "order": found.order,
        "amount": found.amount,
        "currency": found.currency,
        "qualify": "yes",
        "answer": "",
    }


def _given(form: Form) -> Given:
    said = form.values
    amount = read_amount(said["amount"].replace(",", "."), said["currency"])
    if amount.unreadable:
        form.refuse(
            "amount", "write an amount such as 49 or 49.00, and three letters of a currency"
        )
    if said["email"] and not is_email(said["email"]):
        form.refuse("email", "write an address such as grace@example.org, or leave it empty")
    if len(said["order"]) > 200 or "|" in said["order"]:
        form.refuse("order", "an order has at most 200 characters, and no |")
    return Given(
        email=said["email"],
        name=said["name"][:200],
        order=said["order"],
        amount=amount,
        qualify=bool(said["qualify"]),
        answer=said["answer"],
    )
