"""The Leads tab of an integration: what is sent, the one rule that qualifies; its activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.integrations import SYSTEMS, kept
from goodword.integrations import record as integrations
from goodword.integrations.base import Crm, Failed, Field, System, Target
from goodword.leads import record as leads
from goodword.lifecycle.account import outbound_of, values_of
from goodword.lifecycle.connect import choices, make_fields
from goodword.lifecycle.integrate import save_settings, send_leads
from goodword.lifecycle.rehearse import Rehearsed, rehearse
from goodword.lifecycle.set_up import Refused
from goodword.lifecycle.watch import target_of
from goodword.model import (
    Campaign,
    Duplicates,
    Integration,
    Mode,
    Money,
    PushSettings,
    QualificationRule,
    Record,
    RuleKind,
    canonical_email,
    read_amount,
)
from goodword.notifications import read as outbox
from goodword.signing import spell
from goodword.web.admin_desk import Desk, back_to, read_text
from goodword.web.admin_forms import Form
from goodword.web.admin_integrations import HERE, place_of, tile_of
from goodword.web.admin_undo import after, banner_of
from goodword.web.admin_words import number
from goodword.web.integration_words import BECAME, OUR_WORDS, OUTCOMES, rule_choices
from goodword.web.session import form_of, logged_in, require_admin, require_manager

_SHOWN = 50
_NAMES = (
    *("object", "duplicates", "initial_field", "initial_value", "deal_stage"),
    *("kind", "field", "value", "stage", "amount", "days"),
    *(f"to_{word}" for word, _, _ in OUR_WORDS),
)


@dataclass(frozen=True, slots=True)
class Lists:
    """What the drop-downs offer: the vendor's fields, the stages, or why there are none."""

    fields: tuple[Field, ...] = ()
    stages: tuple[tuple[str, str], ...] = ()
    failure: str = ""


class IntegrationLeadPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._context = desk.context

    def routes(self) -> list[Route]:
        one = f"{HERE}/{{system}}"
        return [
            Route(f"{one}/leads", self.leads, methods=["GET"]),
            Route(f"{one}/leads", self.save, methods=["POST"]),
            Route(f"{one}/fields", self.fields, methods=["POST"]),
            Route(f"{one}/send", self.send, methods=["POST"]),
            Route(f"{one}/activity", self.activity, methods=["GET"]),
            Route(f"{one}/try", self.rehearse, methods=["POST"]),
        ]

    @require_admin
    async def leads(self, request: Request) -> Response:
        found = await self._found(request, await self._desk.campaign_of(request))
        if found is None:
            return RedirectResponse("/admin/", 303)
        campaign, system, known = found
        object_ = read_text(request.query_params.get("object", "")) or known.push.object
        form = _form_of(known, object_)
        target = target_of(system, object_) if isinstance(system, Crm) else None
        if target and object_ != known.push.object:
            form.values["initial_field"] = target.status
        return await self._page(request, campaign, system, known, form)

    @require_manager
    async def save(self, request: Request) -> Response:
        sent = await form_of(request)
        found = await self._found(request, await self._desk.campaign_in(sent))
        if found is None:
            return RedirectResponse("/admin/", 303)
        campaign, system, known = found
        form = Form({name: sent.get(name, "").strip() for name in _NAMES})
        push, rule = _push(form), _rule(form, system, campaign)
        actor = logged_in(request).email
        try:
            if form.errors:
                raise Refused(*next(iter(form.errors.items())))
            done = await save_settings(self._context, campaign, known.id, push, rule, actor)
        except Refused as error:
            form.refuse(error.field, str(error))
            return await self._page(request, campaign, system, known, form)
        return after(request, _here(system, "leads", campaign), done)

    @require_manager
    async def fields(self, request: Request) -> Response:
        """Has the vendor make fields for our words, and maps them."""
        sent = await form_of(request)
        found = await self._found(request, await self._desk.campaign_in(sent))
        if found is None:
            return RedirectResponse("/admin/", 303)
        campaign, system, known = found
        form = _form_of(known, read_text(sent.get("object", "")))
        try:
            async with outbound_of(self._context) as outbound:
                made = await make_fields(self._context, outbound, known, form.values["object"])
        except Failed as failed:
            form.refuse("to_code", f"{system.title} says: {failed}")
            return await self._page(request, campaign, system, known, form)
        form.values.update({f"to_{word}": name for word, name in made.items()})
        return await self._page(request, campaign, system, known, form, made=len(made))

    @require_manager
    async def send(self, request: Request) -> Response:
        found = await self._found(request, await self._desk.campaign_in(await form_of(request)))
        if found is None:
            return RedirectResponse("/admin/", 303)
        campaign, system, known = found
        count = await send_leads(self._context, campaign, known.id, logged_in(request).email)
        return back_to(f"{HERE}/{system.name}/activity", campaign, sent=str(count))

    @require_admin
    async def activity(self, request: Request) -> Response:
        found = await self._found(request, await self._desk.campaign_of(request))
        if found is None:
            return RedirectResponse("/admin/", 303)
        campaign, system, known = found
        async with self._context.storage.read() as db:
            records = await integrations.newest_records(db, known, _SHOWN)
            events = await kept.newest_events(db, known, _SHOWN)
            messages = await outbox.messages(db, campaign.id, known.id, limit=_SHOWN)
            tries = await outbox.tries_of(db, campaign.id, [each.id for each in messages])
            named = [each.lead_id for each in records] + [each.lead_id for each in events]
            ids = {id_ for id_ in (*named, *(each.lead_id for each in messages)) if id_}
            people = {each.id: each for each in await leads.by_ids(db, campaign.id, list(ids))}
        sent = request.query_params.get("sent", "")
        values: dict[str, Any] = {
            "system": system,
            "tile": tile_of(system, known),
            "crm": isinstance(system, Crm),
            "records": records,
            "links": self._links(system, known, records),
            "events": events,
            "messages": [each for each in messages if each.status != "sent"],
            "tries": {id_: each[-1] for id_, each in tries.items()},
            "people": people,
            "outcomes": OUTCOMES,
            "became": BECAME,
            "said": _sent_text(int(sent)) if sent.isdecimal() and len(sent) < 9 else "",
        }
        return self._desk.page(
            request,
            "integration_activity.html",
            campaign,
            values,
            place=place_of(self._desk, campaign),
        )

    @require_manager
    async def rehearse(self, request: Request) -> Response:
        """A dry run with one lead, named by its code or e-mail."""
        sent = await form_of(request)
        found = await self._found(request, await self._desk.campaign_in(sent))
        if found is None:
            return RedirectResponse("/admin/", 303)
        campaign, system, known = found
        asked = read_text(sent.get("lead", ""))
        async with self._context.storage.read() as db:
            lead = await leads.by_code(db, campaign.id, spell(asked)) or await leads.by_email(
                db, campaign.id, Mode.LIVE, canonical_email(asked)
            )
        done = await rehearse(self._context, campaign, known, lead.id if lead else "")
        form = _form_of(known, known.push.object)
        return await self._page(request, campaign, system, known, form, tried=(asked, done))

    def _links(
        self, system: System, known: Integration, records: Sequence[Record]
    ) -> dict[str, str]:
        """Where a person sees the record of each lead there."""
        if not isinstance(system, Crm):
            return {}
        values = values_of(self._context, known) | {"account": known.account}
        return {each.lead_id: system.link(each.ref, values) for each in records}

    async def _found(
        self, request: Request, campaign: Campaign | None
    ) -> tuple[Campaign, System, Integration] | None:
        system = SYSTEMS.get(read_text(request.path_params["system"]))
        if campaign is None or system is None:
            return None
        async with self._context.storage.read() as db:
            known = await integrations.by_system(db, campaign.id, system.name)
        return (campaign, system, known) if known else None

    async def _page(
        self,
        request: Request,
        campaign: Campaign,
        system: System,
        known: Integration,
        form: Form,
        made: int | None = None,
        tried: tuple[str, Rehearsed] = ("", Rehearsed()),
    ) -> Response:
        target = target_of(system, form.values["object"]) if isinstance(system, Crm) else None
        lists = await self._lists(known, target) if target and known.works else Lists()
        values: dict[str, Any] = {
            "system": system,
            "tile": tile_of(system, known),
            "crm": isinstance(system, Crm),
            "known": known,
            "form": form,
            "target": target,
            "targets": system.targets if isinstance(system, Crm) else (),
            "lists": lists,
            "kinds": rule_choices(target) if target else (),
            "ours": OUR_WORDS,
            "made": made,
            "asked": tried[0],
            "tried": tried[1],
            "did": await banner_of(self._desk, request, campaign),
        }
        status = 422 if form.errors else 200
        return self._desk.page(
            request,
            "integration_leads.html",
            campaign,
            values,
            place=place_of(self._desk, campaign),
            status=status,
        )

    async def _lists(self, known: Integration, target: Target) -> Lists:
        """What the vendor offers, asked now."""
        try:
            async with outbound_of(self._context) as outbound:
                own = await choices(self._context, outbound, known, target.name)
                linked = target.linked and await choices(
                    self._context, outbound, known, target.linked
                )
        except Failed as failed:
            return Lists(failure=str(failed))
        stages = [each.options for each in linked or () if each.name == target.stage]
        return Lists(tuple(own), stages[0] if stages else ())


def _sent_text(count: int) -> str:
    if not count:
        return "Every lead is there already."
    return f"{number(count)} {'lead is on its' if count == 1 else 'leads are on their'} way."


def _here(system: System, page: str, campaign: Campaign) -> str:
    return f"{HERE}/{system.name}/{page}?campaign={campaign.id}"


def _form_of(known: Integration, object_: str) -> Form:
    push, rule = known.push, known.rule
    same = object_ == push.object
    staged = rule.kind in (RuleKind.CONVERTED_STAGE, RuleKind.STAGE)
    values: dict[str, Any] = dict.fromkeys(_NAMES, "")
    values |= {
        "object": object_,
        "duplicates": push.duplicates.value,
        "kind": rule.kind.value if same else RuleKind.NONE.value,
        "amount": str(Money(rule.amount, rule.currency)) if rule.amount else "",
        "days": str(rule.days) if rule.days else "",
    }
    if same:
        values |= {
            "initial_field": push.initial_field,
            "initial_value": push.initial_value,
            "deal_stage": push.deal_stage,
            "field": rule.field,
            "value": "" if staged else rule.value,
            "stage": rule.value if staged else "",
            **{f"to_{word}": name for word, name in push.fields.items()},
        }
    return Form(values)


def _push(form: Form) -> PushSettings:
    said: Mapping[str, str] = form.values
    mapped = {word: said[f"to_{word}"] for word, _, _ in OUR_WORDS if said[f"to_{word}"]}
    update = said["duplicates"] == Duplicates.UPDATE
    initial = said["initial_field"] if said["initial_value"] else ""
    return PushSettings(
        object=said["object"],
        duplicates=Duplicates.UPDATE if update else Duplicates.NOTHING,
        fields=mapped if said["object"] else {},
        initial_field=initial,
        initial_value=said["initial_value"] if initial else "",
        deal_stage=said["deal_stage"],
    )


def _rule(form: Form, system: System, campaign: Campaign) -> QualificationRule:
    said: Mapping[str, str] = form.values
    kind = said["kind"] if said["kind"] in set(RuleKind) else RuleKind.NONE.value
    match RuleKind(kind):
        case RuleKind.FIELD:
            return QualificationRule(RuleKind.FIELD, said["field"], said["value"])
        case RuleKind.CONVERTED_STAGE | RuleKind.STAGE as staged:
            return QualificationRule(staged, value=said["stage"])
        case RuleKind.PAID:
            return _paid(form, campaign)
        case other:
            return QualificationRule(other)


def _paid(form: Form, campaign: Campaign) -> QualificationRule:
    amount = read_amount(form.values["amount"].replace(",", "."), campaign.currency)
    if amount.unreadable:
        form.refuse("amount", "write an amount such as 10 or 10.00")
    days = form.values["days"] or "0"
    if not (days.isascii() and days.isdecimal()) or len(days) > 4:
        form.refuse("days", "write a number of days, or nothing for any time")
        days = "0"
    minor = amount.money.minor if amount.money else 0
    return QualificationRule(
        RuleKind.PAID, amount=minor, currency=campaign.currency, days=int(days)
    )
