"""Set-up > Integrations and API > Inbound webhook: its address, how it reads, its last calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.activity import calls
from goodword.campaigns import hooks, shops
from goodword.lifecycle.deed import Done
from goodword.lifecycle.hook import (
    HookChanges,
    NoHook,
    address_of,
    change_hook,
    make_hook,
    rotate_hook,
    with_changes,
)
from goodword.lifecycle.inbound import Foreseen, foresee
from goodword.lifecycle.replay_calls import NEXT_STEPS, replay_calls
from goodword.lifecycle.set_up import Refused
from goodword.model import Campaign, Hook, InboundCall
from goodword.web.admin_api import HERE as API
from goodword.web.admin_api import PLACE
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_forms import Form
from goodword.web.admin_shops import NAMES
from goodword.web.admin_undo import after, banner_of, nothing_done
from goodword.web.inbound_words import RESULTS, foreseen_text, pill, reason_text
from goodword.web.session import form_list, form_of, logged_in, require_admin, require_manager

HERE = f"{API}/inbound"
_SHOWN = 50
_MOST_SHOWN = 4_000
_LONGEST_BODY = 16_000
_TEXTS = (
    *("code_field", "event_field", "order_field", "amount_field", "currency_field"),
    *("only_field", "only_value", "signature_header"),
)
_KINDS = {"application/json": "JSON", "application/x-www-form-urlencoded": "A form"}
_JSON = next(iter(_KINDS))


@dataclass(frozen=True, slots=True)
class Line:
    """A call as the page shows it. `source` is the shop and what it is about, empty for the inbound
    webhook; `replayed` where a replay of it counts."""

    call: InboundCall
    source: str
    body: str
    text: str
    step: str
    pill: str
    replayed: bool


class InboundPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._context = desk.context

    def routes(self) -> list[Route]:
        return [
            Route(HERE, self.show, methods=["GET"]),
            Route(f"{HERE}/make", self.make, methods=["POST"]),
            Route(f"{HERE}/rotate", self.rotate, methods=["POST"]),
            Route(f"{HERE}/settings", self.settings, methods=["POST"]),
            Route(f"{HERE}/try", self.try_out, methods=["POST"]),
            Route(f"{HERE}/replay", self.replay, methods=["POST"]),
        ]

    @require_admin
    async def show(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        return await self._page(request, campaign)

    @require_manager
    async def make(self, request: Request) -> Response:
        campaign = await self._desk.campaign_in(await form_of(request))
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        done = await make_hook(self._context, campaign, logged_in(request).email)
        return _back(request, campaign, done)

    @require_manager
    async def rotate(self, request: Request) -> Response:
        campaign = await self._desk.campaign_in(await form_of(request))
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        try:
            done = await rotate_hook(self._context, campaign, logged_in(request).email)
        except NoHook:
            return await self._page(request, campaign)
        return _back(request, campaign, done)

    @require_manager
    async def settings(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        form = _typed(sent)
        try:
            actor = logged_in(request).email
            done = await change_hook(self._context, campaign, _changes(form), actor)
        except Refused as error:
            form.refuse(error.field, str(error))
            return await self._page(request, campaign, form)
        except NoHook:
            return await self._page(request, campaign)
        if not done.changed:
            return nothing_done(request, _here(campaign), "It was set so already.")
        return _back(request, campaign, done)

    @require_manager
    async def try_out(self, request: Request) -> Response:
        """What a pasted body would do with the settings as they stand in the form, saved or not."""
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        hook = await self._hook(campaign) if campaign else None
        if campaign is None or hook is None:
            return RedirectResponse("/admin/", 303)
        form = _typed(sent)
        try:
            wanted = with_changes(self._context, hook, _changes(form))
        except Refused as error:
            form.refuse(error.field, str(error))
            return await self._page(request, campaign, form)
        seen = await foresee(
            self._context, campaign, wanted, form.values["kind"], form.values["body"].encode()
        )
        return await self._page(request, campaign, form, seen)

    @require_manager
    async def replay(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        one = read_text(sent.get("one", ""))
        ids = [one] if one else [read_text(each) for each in await form_list(request, "id")]
        if not ids:
            return nothing_done(request, _here(campaign), "Tick the calls to replay first.")
        actor, note = logged_in(request).email, read_text(sent.get("note", ""), 500)
        done = await replay_calls(self._context, campaign, ids, actor, note)
        return _back(request, campaign, done)

    async def _hook(self, campaign: Campaign) -> Hook | None:
        async with self._context.storage.read() as db:
            return await hooks.of_campaign(db, campaign.id)

    async def _page(
        self,
        request: Request,
        campaign: Campaign,
        form: Form | None = None,
        seen: Foreseen | None = None,
    ) -> Response:
        async with self._context.storage.read() as db:
            hook = await hooks.of_campaign(db, campaign.id)
            sources = {
                each.id: NAMES[each.kind] for each in await shops.of_campaign(db, campaign.id)
            }
            every = request.query_params.get("calls") == "all"
            known = await calls.newest(db, campaign.id, _SHOWN, every=every)
        former = hook and hook.former_until
        values: dict[str, Any] = {
            "hook": hook,
            "address": address_of(self._context, hook) if hook else "",
            "former_until": former if former and former > self._context.now() else None,
            "form": form or _form_of(hook),
            "kinds": list(_KINDS.items()),
            "lines": _lines(known, sources),
            "every": every,
            "shops": bool(sources),
            "foreseen": foreseen_text(seen) if seen else (),
            "results": RESULTS,
            "would": RESULTS[seen.became.result] if seen else "",
            "did": await banner_of(self._desk, request, campaign),
        }
        status = 422 if form and form.errors else 200
        return self._desk.page(
            request, "inbound.html", campaign, values, place=PLACE, status=status
        )


def _lines(known: list[InboundCall], sources: Mapping[str, str]) -> list[Line]:
    replayed = {call.replayed_of for call in known if call.replayed_of}
    return [
        Line(
            call,
            f"{sources.get(call.hook_id, '')} {call.topic}".strip(),
            call.body[:_MOST_SHOWN].decode("utf-8", "replace"),
            reason_text(call),
            "" if call.id in replayed else NEXT_STEPS.get(call.result, ""),
            pill(call.result),
            call.id in replayed,
        )
        for call in known
    ]


def _form_of(hook: Hook | None) -> Form:
    values = {name: getattr(hook, name) if hook else "" for name in _TEXTS}
    numbers = "minor" if hook is None or hook.minor_units else "decimal"
    return Form(values | _EMPTY | {"numbers": numbers})


_EMPTY = {"signature_secret": "", "body": "", "kind": _JSON}


def _typed(sent: dict[str, str]) -> Form:
    values = {name: sent.get(name, "").strip() for name in _TEXTS}
    kind = sent.get("kind", "")
    numbers = "decimal" if sent.get("numbers") == "decimal" else "minor"
    more = {
        "numbers": numbers,
        "signature_secret": sent.get("signature_secret", ""),
        "body": sent.get("body", "")[:_LONGEST_BODY],
        "kind": kind if kind in _KINDS else _JSON,
    }
    return Form(values | more)


def _changes(form: Form) -> HookChanges:
    return HookChanges(
        **{name: form.values[name] for name in _TEXTS},
        minor_units=form.values["numbers"] == "minor",
        signature_secret=form.values["signature_secret"] or None,
    )


def _here(campaign: Campaign) -> str:
    return f"{HERE}?campaign={campaign.id}"


def _back(request: Request, campaign: Campaign, done: Done) -> Response:
    return after(request, _here(campaign), done)
