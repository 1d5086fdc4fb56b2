"""Set-up > E-mails: what each letter says and whether it goes out, with preview and test."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from goodword.lifecycle.mailing import edit_letter, try_letter
from goodword.lifecycle.unsubscribe import Choice, address_of, choose
from goodword.lifecycle.writing import Person
from goodword.model import Campaign, Letter, LetterText
from goodword.notifications import mail as mails
from goodword.notifications.email import page
from goodword.notifications.fill import fill
from goodword.notifications.letters import (
    LONGEST_SUBJECT,
    LONGEST_TEXT,
    STANDARD,
    VARIABLES,
    Audience,
    BadLetter,
    footer,
    may_say,
    read_letter,
    standard_text,
)
from goodword.web.admin_desk import Desk, back_to
from goodword.web.admin_forms import Form
from goodword.web.admin_undo import after, banner_of
from goodword.web.headers import FRAMED_MAIL, FRAMES_OWN
from goodword.web.mail_words import TO, read_state
from goodword.web.session import form_of, logged_in, require_admin, require_manager

HERE = "/admin/emails"
PLACE = "/admin/set-up"
_FIELDS = ("on", "subject", "text", "days")
_TOLD = {
    "test": "The test is on its way to you. The outbox shows what becomes of it.",
}
"""What a page says after a form was sent; the address carries only the word."""


class EmailPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._context = desk.context

    def routes(self) -> list[Route]:
        one = f"{HERE}/letters/{{letter}}"
        return [
            Route(HERE, self.list, methods=["GET"]),
            Route(f"{HERE}/mine", self.mine, methods=["POST"]),
            Route(one, self.show, methods=["GET"]),
            Route(one, self.save, methods=["POST"]),
            Route(f"{one}/preview", self.preview, methods=["GET", "POST"]),
            Route(f"{one}/test", self.test, methods=["POST"]),
        ]

    @require_admin
    async def list(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        address = address_of(campaign, logged_in(request).email)
        async with self._context.storage.read() as db:
            texts = await mails.letters(db, campaign.id)
            unwanted = await mails.unwanted(db, campaign.id, [address])
        groups = [
            (TO[audience], [(texts[each], STANDARD[each]) for each in _letters(audience)])
            for audience in Audience
        ]
        values = {
            "groups": groups,
            "stopped": {letter for _, letter in unwanted if letter},
            "state": await read_state(self._context, campaign),
            "did": await banner_of(self._desk, request, campaign),
        }
        return self._desk.page(request, "emails.html", campaign, values, place=PLACE)

    @require_manager
    async def mine(self, request: Request) -> Response:
        """Whether the admin who is logged in gets a letter to the admins of this campaign."""
        sent = await form_of(request)
        campaign, letter = await self._desk.campaign_in(sent), sent.get("letter", "")
        if campaign is None or letter not in _letters(Audience.ADMIN):
            return RedirectResponse("/admin/", 303)
        address = address_of(campaign, logged_in(request).email)
        stop = sent.get("want", "") != "yes"
        await choose(self._context, Choice(campaign, address, letter, not stop), stop)
        return back_to(HERE, campaign)

    @require_admin
    async def show(self, request: Request) -> Response:
        campaign, letter = await self._desk.campaign_of(request), _letter(request)
        if campaign is None or letter is None:
            return self._missing(request, campaign)
        text = await self._text(campaign, letter)
        return await self._page(request, campaign, letter, _form(text))

    async def _text(self, campaign: Campaign, letter: Letter) -> LetterText:
        async with self._context.storage.read() as db:
            return (await mails.letters(db, campaign.id))[letter]

    async def _page(
        self, request: Request, campaign: Campaign, letter: Letter, form: Form
    ) -> Response:
        values: dict[str, Any] = {
            "letter": letter,
            "standard": STANDARD[letter],
            "to": TO[STANDARD[letter].audience],
            "form": form,
            "variables": [(name, VARIABLES[name]) for name in may_say(letter)],
            "longest": (LONGEST_SUBJECT, LONGEST_TEXT),
            "said": _TOLD.get(request.query_params.get("told", ""), ""),
            "did": await banner_of(self._desk, request, campaign),
        }
        response = self._desk.page(
            request,
            "email.html",
            campaign,
            values,
            place=PLACE,
            status=422 if form.errors else 200,
        )
        response.headers["content-security-policy"] = FRAMES_OWN
        return response

    @require_manager
    async def save(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign, letter = await self._desk.campaign_in(sent), _letter(request)
        if campaign is None or letter is None:
            return RedirectResponse("/admin/", 303)
        form = Form({name: sent.get(name, "") for name in _FIELDS})
        if "standard" in sent:
            form.values.update(_form(standard_text(letter)).values, on=form.values["on"])
        text = _read(letter, form)
        if text is None:
            return await self._page(request, campaign, letter, form)
        done = await edit_letter(self._context, campaign, text, logged_in(request).email)
        back = f"{HERE}/letters/{letter}?{urlencode({'campaign': campaign.id})}"
        return after(request, back, done)

    @require_admin
    async def preview(self, request: Request) -> Response:
        """The mail as a mail program would show it, with example values: what is in the form, or
        else what is kept."""
        letter = _letter(request)
        if request.method == "POST":
            sent = await form_of(request)
            campaign = await self._desk.campaign_in(sent)
            form = Form({name: sent.get(name, "") for name in _FIELDS})
        else:
            campaign = await self._desk.campaign_of(request)
            form = Form({})
        if campaign is None or letter is None:
            return RedirectResponse("/admin/", 303)
        if not form.values:
            form = _form(await self._text(campaign, letter))
        text = _read(letter, form)
        shown = _shown(campaign, text) if text else _refused(form)
        return HTMLResponse(shown, headers={"content-security-policy": FRAMED_MAIL})

    @require_manager
    async def test(self, request: Request) -> Response:
        """Sends what is in the form to the admin who is logged in, and to nobody else."""
        sent = await form_of(request)
        campaign, letter = await self._desk.campaign_in(sent), _letter(request)
        if campaign is None or letter is None:
            return RedirectResponse("/admin/", 303)
        form = Form({name: sent.get(name, "") for name in _FIELDS})
        text = _read(letter, form)
        if text is None:
            return await self._page(request, campaign, letter, form)
        who = logged_in(request)
        to = Person(who.admin_id, who.email, "")
        await try_letter(self._context, campaign, text, to, who.email)
        return back_to(f"{HERE}/letters/{letter}", campaign, told="test")

    def _missing(self, request: Request, campaign: Campaign | None) -> Response:
        values = {
            "title": "No such e-mail",
            "text": "There is no e-mail with this address.",
            "link": f"{HERE}?campaign={campaign.id}" if campaign else "/admin/",
            "label": "Show all e-mails",
        }
        return self._desk.page(request, "problem.html", campaign, values, place=PLACE, status=404)


def _letters(audience: Audience) -> list[Letter]:
    return [each for each in Letter if STANDARD[each].audience is audience]


def _letter(request: Request) -> Letter | None:
    name = request.path_params["letter"]
    return Letter(name) if name in list(Letter) else None


def _form(text: LetterText) -> Form:
    on = "yes" if text.on else ""
    days = str(text.days) if text.days else ""
    return Form({"on": on, "subject": text.subject, "text": text.text, "days": days})


def _read(letter: Letter, form: Form) -> LetterText | None:
    """What was typed, or None where it is refused."""
    try:
        typed = form.values
        days = typed["days"]
        wait = int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else None
        return read_letter(letter, bool(typed["on"]), typed["subject"], typed["text"], wait)
    except BadLetter as error:
        form.refuse(error.field, str(error))
        return None


def _shown(campaign: Campaign, text: LetterText) -> str:
    values = {name: VARIABLES[name].example for name in may_say(text.letter)}
    values["campaign"] = campaign.name
    filled = fill(text.subject, text.text, values)
    return page(filled, footer(text.letter, campaign.name), "#")


def _refused(form: Form) -> str:
    """Why there is nothing to see, where the mail would be."""
    said = fill("-", "{{hello}}", {"hello": " ".join(form.errors.values())})
    return page(said, "", "#")
