"""The pages of one reward and of one conversion: why they are as they are; a refund by hand."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.lifecycle.deed import Done
from goodword.lifecycle.explain_conversion import explain_conversion
from goodword.lifecycle.explain_reward import explain_reward
from goodword.lifecycle.refund import NoSuchConversion, Refunding, refund
from goodword.lifecycle.reveal import show_code
from goodword.lifecycle.reward import paid_for
from goodword.lifecycle.story import brought
from goodword.model import Campaign, Conversion, Mode, Money, Reason, read_amount, worth
from goodword.web import reward_words
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_forms import Form
from goodword.web.admin_undo import after, banner_of, nothing_done
from goodword.web.audit_words import actor_text
from goodword.web.session import form_of, logged_in, require_admin, require_manager

_REWARDS = "/admin/rewards"
_CONVERSIONS = "/admin/conversions"
_LONGEST_NOTE = 500
_EMPTY = {"amount": "", "note": ""}


class RewardPage:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route(f"{_REWARDS}/{{id}}", self.reward, methods=["GET"]),
            Route(f"{_REWARDS}/{{id}}/code", self.code, methods=["POST"]),
            Route(f"{_CONVERSIONS}/{{id}}", self.conversion, methods=["GET"]),
            Route(f"{_CONVERSIONS}/{{id}}/refund", self.refund, methods=["POST"]),
        ]

    @require_admin
    async def reward(self, request: Request) -> Response:
        campaign, id_ = await self._desk.campaign_of(request), _id(request)
        why = await explain_reward(self._desk.context, campaign, id_) if campaign else None
        if campaign is None or why is None:
            return self._desk.missing(request, campaign, "reward")
        values = {
            "why": why,
            "did": await banner_of(self._desk, request, campaign),
            "actions": reward_words.actions(why.reward),
            "worth": worth,
        }
        return self._desk.page(request, "reward.html", campaign, values, place=_REWARDS)

    @require_manager
    async def code(self, request: Request) -> Response:
        campaign = await self._desk.campaign_in(await form_of(request))
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        id_, actor = _id(request), logged_in(request).email
        done = await show_code(self._desk.context, campaign, id_, actor)
        return after(request, f"{_REWARDS}/{id_}?campaign={campaign.id}", done)

    @require_admin
    async def conversion(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        return await self._conversion(request, campaign, Form(dict(_EMPTY)))

    async def _conversion(
        self, request: Request, campaign: Campaign | None, form: Form
    ) -> Response:
        id_ = _id(request)
        why = await explain_conversion(self._desk.context, campaign, id_) if campaign else None
        if campaign is None or why is None:
            return self._missing(request, campaign)
        row = why.conversion
        values = {
            "why": why,
            "form": form,
            "did": await banner_of(self._desk, request, campaign),
            "refundable": row.mode is Mode.LIVE and row.reason is not Reason.REFUNDED,
            "doors": reward_words.DOORS,
            "brought": brought,
            "actor": actor_text,
            "worth": worth,
        }
        status = 422 if form.errors else 200
        return self._desk.page(
            request, "conversion.html", campaign, values, place="/admin/leads", status=status
        )

    def _missing(self, request: Request, campaign: Campaign | None) -> Response:
        values = {
            "title": "No such conversion",
            "text": "This campaign has no conversion with this address. Test runs are forgotten"
            " after a day.",
            "link": f"/admin/leads?campaign={campaign.id}" if campaign else "/admin/",
            "label": "Show all leads",
        }
        return self._desk.page(request, "problem.html", campaign, values, place="", status=404)

    @require_manager
    async def refund(self, request: Request) -> Response:
        """All of it, or the amount that was typed."""
        sent, id_ = await form_of(request), _id(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        form = Form({name: read_text(sent.get(name, ""), _LONGEST_NOTE) for name in _EMPTY})
        why = await explain_conversion(self._desk.context, campaign, id_)
        amount = _amount(form, why.conversion) if why else None
        if form.errors:
            return await self._conversion(request, campaign, form)
        said = Refunding(conversion_id=id_, amount=amount, note=form.values["note"])
        try:
            done = await refund(self._desk.context, campaign, said, logged_in(request).email)
        except NoSuchConversion:
            return self._missing(request, campaign)
        back = f"{_CONVERSIONS}/{id_}?campaign={campaign.id}"
        if done.dup:
            return nothing_done(request, back, "All of it went back to the buyer before.")
        return after(request, back, Done(done.deed))


def _id(request: Request) -> str:
    id_: str = request.path_params["id"]
    return id_ if id_.isascii() and id_.isprintable() else ""


def _amount(form: Form, conversion: Conversion) -> Money | None:
    """The part that went back; None for all of it, or where the field is refused."""
    typed = form.values["amount"].replace(",", ".")
    if not typed:
        return None
    if conversion.currency is None:
        form.refuse("amount", "the amount of this order is not known: leave this empty")
        return None
    read = read_amount(typed, conversion.currency).money
    if read is None or read.minor == 0:
        form.refuse("amount", "write an amount such as 10 or 10.00")
    elif (left := paid_for(conversion)) is not None and read.minor > left.minor:
        form.refuse(
            "amount",
            f"only {left} {left.currency} of it is left to go back: leave this empty if all did",
        )
    return read
