"""Set-up > Rules: what the campaign pays, in sentences; a form to add, edit and retire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.campaigns import record as campaigns
from goodword.campaigns.decide import BadCampaign
from goodword.campaigns.rules import holding
from goodword.clock import DAY
from goodword.lifecycle.deed import Done
from goodword.lifecycle.reach import reachable
from goodword.lifecycle.rule import NoSuchRule, add_rule, change_rule, retire_rule
from goodword.model import Campaign, Method, Rule
from goodword.rewards import coupons
from goodword.stats.auto_preview import rewards_since
from goodword.stats.waiting import pending_leads
from goodword.web.admin_coupons import PoolLine, read_pools
from goodword.web.admin_desk import Desk
from goodword.web.admin_forms import Form
from goodword.web.admin_undo import after, banner_of
from goodword.web.auto_issue import DAYS, foresee
from goodword.web.rule_form import empty_rule, form_of_rule, read_rule, typed_rule
from goodword.web.session import form_of, logged_in, require_admin, require_manager

_HERE = "/admin/rules"
_PLACE = "/admin/set-up"
_SAME = "The rule said so already, so nothing was changed."


@dataclass(frozen=True, slots=True)
class RuleLine:
    """An active rule as the page shows it; `before` are versions that leads from earlier keep,
    each with the time until which they joined; `pool` is where its coupon codes come from."""

    rule: Rule
    before: tuple[tuple[Rule, int], ...]
    pool: PoolLine | None


class RulePages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route(_HERE, self.rules, methods=["GET"]),
            Route(_HERE, self.add, methods=["POST"]),
            Route(f"{_HERE}/new", self.new, methods=["GET"]),
            Route(f"{_HERE}/{{id}}", self.edit, methods=["GET"]),
            Route(f"{_HERE}/{{id}}", self.change, methods=["POST"]),
            Route(f"{_HERE}/{{id}}/retire", self.retire, methods=["POST"]),
        ]

    @require_admin
    async def rules(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        values = {
            "lines": await self._lines(campaign),
            "said": _SAME if request.query_params.get("said") == "same" else "",
            "did": await banner_of(self._desk, request, campaign),
        }
        return self._desk.page(request, "rules.html", campaign, values, place=_PLACE)

    async def _lines(self, campaign: Campaign) -> list[RuleLine]:
        pools = {each.name: each for each in await read_pools(self._desk.context, campaign)}
        async with self._desk.context.storage.read() as db:
            held = [
                holding(await campaigns.rule_versions(db, campaign.id, rule.id))
                for rule in campaign.rules
            ]
        return [
            RuleLine(rule, _before(versions), pools.get(rule.pool) if rule.pool else None)
            for rule, versions in zip(campaign.rules, held, strict=True)
        ]

    @require_manager
    async def new(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        return await self._form(request, campaign, None, Form(dict(empty_rule(campaign.currency))))

    @require_manager
    async def edit(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        rule = _rule_of(campaign, request)
        if campaign is None or rule is None:
            return self._missing(request, campaign)
        return await self._form(request, campaign, rule, form_of_rule(rule))

    @require_manager
    async def add(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        return await self._save(request, campaign, None, sent)

    @require_manager
    async def change(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        rule = _rule_of(campaign, request)
        if rule is None:
            return self._missing(request, campaign)
        return await self._save(request, campaign, rule, sent)

    async def _save(
        self, request: Request, campaign: Campaign, rule: Rule | None, sent: dict[str, str]
    ) -> Response:
        """Adds or changes what was typed; Auto Issue is switched on only after its preview."""
        form = typed_rule(sent, campaign.currency)
        also_pending = sent.get("pending") == "yes"
        wanted = read_rule(form)
        if wanted is None:
            return await self._form(request, campaign, rule, form, also_pending=also_pending)
        switched_on = wanted.auto and not (rule is not None and rule.auto)
        if switched_on and sent.get("auto_seen") != "yes":
            preview = await self._preview(campaign, rule, wanted)
            return await self._form(
                request, campaign, rule, form, also_pending=also_pending, preview=preview
            )
        context, by = self._desk.context, logged_in(request).email
        try:
            if rule is None:
                done = await add_rule(context, campaign, wanted, by)
                return _back(request, campaign, done)
            done = await change_rule(
                context, campaign, rule.id, wanted, by, also_pending=also_pending
            )
        except BadCampaign as error:
            form.refuse(error.field, str(error))
            return await self._form(request, campaign, rule, form, also_pending=also_pending)
        except NoSuchRule:
            return self._missing(request, campaign)
        return _back(request, campaign, done)

    async def _preview(self, campaign: Campaign, rule: Rule | None, wanted: Rule) -> str:
        since = self._desk.context.now() - DAYS * DAY
        async with self._desk.context.storage.read() as db:
            wants_mail = None
            if wanted.method is Method.COUPON:
                wants_mail = await reachable(db, campaign)
            rule_id = rule.id if rule else None
            found = await rewards_since(db, campaign, since, rule_id, wants_mail)
        return foresee(replace(wanted, auto=True), found)

    async def _form(
        self,
        request: Request,
        campaign: Campaign,
        rule: Rule | None,
        form: Form,
        *,
        also_pending: bool = False,
        preview: str = "",
    ) -> Response:
        async with self._desk.context.storage.read() as db:
            pending = await pending_leads(db, campaign.id) if rule else 0
            known = [each.pool for each in await coupons.pools(db, campaign.id)]
        values = {
            "form": form,
            "rule": rule,
            "pending": pending,
            "also_pending": also_pending,
            "pool_names": known,
            "preview": preview,
        }
        status = 422 if form.errors else 200
        return self._desk.page(request, "rule.html", campaign, values, place=_PLACE, status=status)

    @require_manager
    async def retire(self, request: Request) -> Response:
        campaign = await self._desk.campaign_in(await form_of(request))
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        rule_id, by = request.path_params["id"], logged_in(request).email
        try:
            done = await retire_rule(self._desk.context, campaign, rule_id, by)
        except NoSuchRule:
            return self._missing(request, campaign)
        return _back(request, campaign, done)

    def _missing(self, request: Request, campaign: Campaign | None) -> Response:
        values = {
            "title": "No such rule",
            "text": "This campaign has no active rule with this address. It may be retired.",
            "link": f"{_HERE}?campaign={campaign.id}" if campaign else "/admin/",
            "label": "Show all rules",
        }
        return self._desk.page(request, "problem.html", campaign, values, place="", status=404)


def _rule_of(campaign: Campaign | None, request: Request) -> Rule | None:
    wanted, known = request.path_params["id"], campaign.rules if campaign else ()
    return next((rule for rule in known if rule.id == wanted), None)


def _before(versions: Sequence[Rule]) -> tuple[tuple[Rule, int], ...]:
    """The versions that leads from earlier keep, each with the time until which they joined."""
    pairs = zip(versions, versions[1:], strict=False)
    return tuple((former, later.holds_from) for later, former in pairs)


def _back(request: Request, campaign: Campaign, done: Done) -> Response:
    same = {} if done.changed else {"said": "same"}
    return after(request, f"{_HERE}?{urlencode({'campaign': campaign.id, **same})}", done)
