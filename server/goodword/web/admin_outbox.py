"""Set-up > E-mails > Outbox: what went, what waits, what failed and why; sent again or dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.lifecycle.mailing import MOST, drop, send_again
from goodword.model import Delivery, Letter, Mail, Message, MessageStatus
from goodword.notifications import read as outbox
from goodword.notifications.fill import Filled, fill
from goodword.notifications.letters import STANDARD, Audience
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_emails import HERE as EMAILS
from goodword.web.admin_emails import PLACE
from goodword.web.admin_undo import after, banner_of, nothing_done, page_of
from goodword.web.mail_words import read_state
from goodword.web.session import form_list, form_of, logged_in, require_admin, require_manager

HERE = f"{EMAILS}/outbox"
_VERBS = {"send_again": send_again, "drop": drop}


@dataclass(frozen=True, slots=True)
class Line:
    """An e-mail as the list shows it; `said` is what its person reads."""

    message: Message
    to: str
    title: str
    audience: Audience
    said: Filled
    tries: list[Delivery]

    @property
    def last(self) -> Delivery | None:
        return self.tries[-1] if self.tries else None


class OutboxPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._context = desk.context

    def routes(self) -> list[Route]:
        return [
            Route(HERE, self.show, methods=["GET"]),
            Route(HERE, self.do, methods=["POST"]),
        ]

    @require_admin
    async def show(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        asked = request.query_params
        status, before = _status(asked.get("status", "")), read_text(asked.get("before", ""))
        async with self._context.storage.read() as db:
            found = await outbox.mails(db, campaign.id, status, before, outbox.PAGE + 1)
            messages = found[: outbox.PAGE]
            tries = await outbox.tries_of(db, campaign.id, [each.id for each in messages])
        here = {"campaign": campaign.id} | ({"status": status.value} if status else {})
        more = {"before": messages[-1].id} if len(found) > len(messages) else {}
        now = {"before": before} if before else {}
        values = {
            "lines": [_line(each, tries.get(each.id, [])) for each in messages],
            "status": status,
            "state": await read_state(self._context, campaign),
            "back": f"{HERE}?{urlencode(here | now)}",
            "first": f"{HERE}?{urlencode(here)}" if before else "",
            "next": f"{HERE}?{urlencode(here | more)}" if more else "",
            "did": await banner_of(self._desk, request, campaign),
            "ticked": asked.get("tick") == "all",
        }
        return self._desk.page(request, "outbox.html", campaign, values, place=PLACE)

    @require_manager
    async def do(self, request: Request) -> Response:
        """Does `verb` to every ticked e-mail, or what a button says to its own: `verb id`."""
        sent = await form_of(request, MOST + 100)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        back = page_of(request, sent.get("back", ""), f"{HERE}?campaign={campaign.id}")
        verb, ids = await _asked(request, sent)
        if verb not in _VERBS or not ids:
            return nothing_done(request, back, "Tick an e-mail first, then choose what to do.")
        done = await _VERBS[verb](self._context, campaign, ids, logged_in(request).email)
        return after(request, back, done)


async def _asked(request: Request, sent: Mapping[str, str]) -> tuple[str, list[str]]:
    if one := read_text(sent.get("one", "")):
        verb, _, id_ = one.partition(" ")
        return verb, [id_]
    return sent.get("verb", ""), await form_list(request, "id", MOST)


def _status(text: str) -> MessageStatus | None:
    return MessageStatus(text) if text in list(MessageStatus) else None


def _line(message: Message, tries: list[Delivery]) -> Line:
    mail, standard = msgspec.json.decode(message.body, type=Mail), STANDARD[Letter(message.type)]
    said = fill(mail.subject, mail.text, mail.values)
    return Line(message, mail.to, standard.title, standard.audience, said, tries)
