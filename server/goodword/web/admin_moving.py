"""Moving in, under Set-up: a file is sent, its columns are named, it is checked, then written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.lifecycle import move_in
from goodword.lifecycle.move_back import take_back
from goodword.lifecycle.move_in import (
    Facts,
    NoSuchImport,
    NotNow,
    column_name,
    facts_of,
    find,
    read_in,
)
from goodword.model import Campaign, Import, ImportKind, ImportRow, RowVerdict
from goodword.moving import record as imports
from goodword.moving.fields import STATUS_WORDS
from goodword.sheets import Unreadable
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_forms import Form
from goodword.web.csv_out import PAGE, Cell, csv_file
from goodword.web.import_form import (
    DATES,
    DECIMALS,
    KINDS,
    MEANINGS,
    choices,
    form_of_plan,
    read_plan,
    typed_plan,
)
from goodword.web.session import form_of, logged_in, require_admin, require_manager
from goodword.web.upload import large_file_of, takes_large_file

_HERE = "/admin/moving"
_PLACE = "/admin/set-up"
_ROWS = 50
_SHOWN = 3
VERDICTS = {
    RowVerdict.WRONG: "Wrong",
    RowVerdict.LEFT: "Left out",
    RowVerdict.KNOWN: "Known",
    RowVerdict.NEW: "New",
}
_MAKES = {
    ImportKind.REFERRERS: "A new referrer",
    ImportKind.LEADS: "A new lead",
    ImportKind.REWARDS: "A reward",
}


class MovingPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._context = desk.context

    def routes(self) -> list[Route]:
        one = f"{_HERE}/{{id}}"
        return [
            Route(_HERE, self.show, methods=["GET"]),
            Route(f"{_HERE}/upload", self.upload, methods=["POST"]),
            Route(one, self.one, methods=["GET"]),
            Route(f"{one}/rows.csv", self.report, methods=["GET"]),
            Route(f"{one}/kind", self.kind, methods=["POST"]),
            Route(f"{one}/check", self.check, methods=["POST"]),
            Route(f"{one}/write", self.write, methods=["POST"]),
            Route(f"{one}/drop", self.drop, methods=["POST"]),
            Route(f"{one}/undo", self.undo, methods=["POST"]),
        ]

    @require_admin
    async def show(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        return await self._list(request, campaign)

    async def _list(self, request: Request, campaign: Campaign, why: str = "") -> Response:
        async with self._context.storage.read() as db:
            found = await imports.of_campaign(db, campaign.id)
        values = {"imports": found, "kinds": KINDS, "why": why, "stands": move_in.STANDS}
        status = 422 if why else 200
        return self._desk.page(
            request, "moving.html", campaign, values, place=_PLACE, status=status
        )

    @takes_large_file
    @require_manager
    async def upload(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        file, kind = await large_file_of(request, "file"), sent.get("kind", "")
        if file is None:
            return await self._list(request, campaign, "Choose a file first.")
        name, by = read_text(file.filename or ""), logged_in(request).email
        try:
            kind = kind if kind in list(ImportKind) else ""
            job = await read_in(self._context, campaign, file.file, name, by, kind)
        except Unreadable as error:
            return await self._list(request, campaign, str(error))
        return _to(campaign, job.id)

    @require_admin
    async def one(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        try:
            job = await find(self._context, campaign, request.path_params["id"])
        except NoSuchImport:
            return self._missing(request, campaign)
        return await self._import(request, campaign, job)

    async def _import(
        self,
        request: Request,
        campaign: Campaign,
        job: Import,
        form: Form | None = None,
        why: str = "",
    ) -> Response:
        facts = facts_of(job)
        values = {
            "job": job,
            "facts": facts,
            "shown": facts.sample[:_SHOWN],
            "choices": choices(facts),
            "form": form or form_of_plan(facts),
            "meanings": [(each, MEANINGS[each]) for each in STATUS_WORDS[job.kind]],
            "kinds": KINDS,
            "dates": DATES,
            "decimals": DECIMALS,
            "stands": move_in.STANDS,
            "why": why,
        }
        values |= await self._rows(request, job, facts)
        status = 422 if why or (form and form.errors) else 200
        return self._desk.page(
            request, "import.html", campaign, values, place=_PLACE, status=status
        )

    async def _rows(self, request: Request, job: Import, facts: Facts) -> dict[str, Any]:
        """Some rows that come to one thing: those that are wrong first."""
        counts = {
            RowVerdict.WRONG: job.wrong,
            RowVerdict.LEFT: job.left,
            RowVerdict.KNOWN: job.known,
            RowVerdict.NEW: job.new,
        }
        asked, after = request.query_params, request.query_params.get("after", "")
        there = [each for each, count in counts.items() if count]
        wanted = asked.get("rows", "")
        shown = RowVerdict(wanted) if wanted in list(RowVerdict) else next(iter(there), None)
        rows: list[ImportRow] = []
        if shown is not None:
            start = int(after) if after.isascii() and after.isdecimal() and len(after) < 9 else 0
            async with self._context.storage.read() as db:
                rows = await imports.page(db, job, [shown], start, _ROWS + 1)
        more = rows[_ROWS - 1].number if len(rows) > _ROWS else None
        return {
            "counts": counts,
            "verdicts": VERDICTS,
            "rows": [(row, *said(facts, row)) for row in rows[:_ROWS]],
            "shown_verdict": shown,
            "next_rows": more,
        }

    @require_admin
    async def report(self, request: Request) -> Response:
        """What each row comes to, as a file."""
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        try:
            job = await find(self._context, campaign, request.path_params["id"])
        except NoSuchImport:
            return self._missing(request, campaign)
        heading = ("Row", "Comes to", "Column", "Why", "Made")
        pages = self._report(job)
        return csv_file("import", campaign, self._context.now(), heading, pages)

    async def _report(self, job: Import) -> AsyncIterator[Iterable[list[Cell]]]:
        after, facts = 0, facts_of(job)
        while True:
            async with self._context.storage.read() as db:
                rows = await imports.page(db, job, tuple(RowVerdict), after, PAGE)
            if not rows:
                return
            yield [[row.number, VERDICTS[row.verdict], *said(facts, row), row.made] for row in rows]
            after = rows[-1].number

    @require_manager
    async def kind(self, request: Request) -> Response:
        async def change(campaign: Campaign, id_: str, sent: dict[str, str]) -> None:
            kind = sent.get("kind", "")
            await move_in.guess_again(
                self._context, campaign, id_, kind if kind in list(ImportKind) else ""
            )

        return await self._do(request, change)

    @require_manager
    async def check(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        try:
            job = await find(self._context, campaign, request.path_params["id"])
        except NoSuchImport:
            return self._missing(request, campaign)
        facts = facts_of(job)
        form = typed_plan(sent, facts)
        plan = read_plan(form, facts)
        if plan is None:
            return await self._import(request, campaign, job, form)

        async def start(campaign: Campaign, id_: str, sent: dict[str, str]) -> None:
            await move_in.check(self._context, campaign, id_, plan)

        return await self._do(request, start)

    @require_manager
    async def write(self, request: Request) -> Response:
        async def start(campaign: Campaign, id_: str, sent: dict[str, str]) -> None:
            by, left = logged_in(request).email, sent.get("leave_wrong") == "yes"
            await move_in.write(self._context, campaign, id_, by, left)

        return await self._do(request, start)

    @require_manager
    async def drop(self, request: Request) -> Response:
        async def throw_away(campaign: Campaign, id_: str, sent: dict[str, str]) -> None:
            await move_in.drop(self._context, campaign, id_)

        return await self._do(request, throw_away, to_list=True)

    @require_manager
    async def undo(self, request: Request) -> Response:
        async def start(campaign: Campaign, id_: str, sent: dict[str, str]) -> None:
            await take_back(self._context, campaign, id_, logged_in(request).email)

        return await self._do(request, start)

    async def _do(
        self,
        request: Request,
        act: Callable[[Campaign, str, dict[str, str]], Awaitable[None]],
        to_list: bool = False,
    ) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        id_ = request.path_params["id"]
        try:
            await act(campaign, id_, sent)
        except NoSuchImport:
            return self._missing(request, campaign)
        except NotNow as error:
            job = await find(self._context, campaign, id_)
            return await self._import(request, campaign, job, why=str(error))
        return _to(campaign, "" if to_list else id_)

    def _missing(self, request: Request, campaign: Campaign) -> Response:
        values = {
            "title": "No such import",
            "text": "This campaign has no import with this address. A file that nobody went on with"
            " is forgotten after 7 days.",
            "link": f"{_HERE}?campaign={campaign.id}",
            "label": "Show all imports",
        }
        return self._desk.page(request, "problem.html", campaign, values, place=_PLACE, status=404)


def _to(campaign: Campaign, id_: str) -> Response:
    path = f"{_HERE}/{id_}" if id_ else _HERE
    return RedirectResponse(f"{path}?{urlencode({'campaign': campaign.id})}", 303)


def said(facts: Facts, row: ImportRow) -> tuple[str, str]:
    """The column that is to blame, and what becomes of the row, in words."""
    column = column_name(facts, row.column)
    plain = _MAKES[facts.plan.kind] if row.verdict is RowVerdict.NEW else ""
    detail = row.detail[:1].upper() + row.detail[1:]
    return column, f"{'; '.join(filter(None, (plain, row.detail)))}." if plain else f"{detail}."
