"""Admins and their roles, for owners: who may come in, and as what."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.access import deeds
from goodword.access import record as access
from goodword.access.decide import Admin
from goodword.lifecycle.appoint import (
    can_undo_role,
    change_role,
    invite,
    invite_again,
    remove,
    undo_role,
)
from goodword.lifecycle.set_up import Refused
from goodword.model import Deed, Role
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_forms import Form
from goodword.web.audit_words import AS_ROLE, deed_text
from goodword.web.session import form_of, logged_in, require_owner

HERE = "/admin/admins"
_ROLES = (
    (Role.MANAGER, "Manager", "the daily work: leads, referrers, rewards, rules, the tag"),
    (Role.READER, "Read-only", "looks at everything but secrets, changes nothing"),
    (Role.OWNER, "Owner", "all of it, and who else may come in"),
)


class AdminsPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._context = desk.context

    def routes(self) -> list[Route]:
        return [
            Route(HERE, self.show, methods=["GET"]),
            Route(HERE, self.add, methods=["POST"]),
            Route(f"{HERE}/link", self.link, methods=["POST"]),
            Route(f"{HERE}/role", self.role, methods=["POST"]),
            Route(f"{HERE}/remove", self.remove, methods=["POST"]),
            Route(f"{HERE}/undo", self.undo, methods=["POST"]),
        ]

    @require_owner
    async def show(self, request: Request) -> Response:
        return await self._page(request, _form())

    @require_owner
    async def add(self, request: Request) -> Response:
        """Shows the set-up address at once: it is kept nowhere, and no other address carries it."""
        sent = await form_of(request)
        form = _form(email=read_text(sent.get("email", ""), 300), role=sent.get("role", ""))
        role = _role(form.values["role"])
        if role is None:
            form.refuse("role", "choose a role")
            return await self._page(request, form)
        try:
            invited = await invite(self._context, form.values["email"], role, _who(request))
        except Refused as error:
            form.refuse(error.field, str(error))
            return await self._page(request, form)
        return await self._page(request, _form(), invited=invited)

    @require_owner
    async def link(self, request: Request) -> Response:
        sent = await form_of(request)
        try:
            invited = await invite_again(self._context, _id(sent), _who(request))
        except Refused as error:
            return await self._page(request, _form(), refused=error)
        return await self._page(request, _form(), invited=invited)

    @require_owner
    async def role(self, request: Request) -> Response:
        sent = await form_of(request)
        role = _role(sent.get("role", ""))
        try:
            if role is None:
                raise Refused("role", "choose a role")
            deed = await change_role(self._context, _id(sent), role, _who(request))
        except Refused as error:
            return await self._page(request, _form(), refused=error)
        return _back(request, sent, deed)

    @require_owner
    async def remove(self, request: Request) -> Response:
        sent = await form_of(request)
        try:
            removed = await remove(self._context, _id(sent), _who(request))
        except Refused as error:
            return await self._page(request, _form(), refused=error)
        if removed.id == logged_in(request).admin_id:
            return RedirectResponse("/login", 303)
        return _back(request, sent)

    @require_owner
    async def undo(self, request: Request) -> Response:
        sent = await form_of(request)
        try:
            deed = await undo_role(self._context, read_text(sent.get("deed", "")), _who(request))
        except Refused as error:
            return await self._page(request, _form(), refused=error)
        return _back(request, sent, deed)

    async def _page(
        self,
        request: Request,
        form: Form,
        *,
        refused: Refused | None = None,
        invited: tuple[Admin, str] | None = None,
    ) -> Response:
        campaign = await self._desk.campaign_of(request)
        done = read_text(request.query_params.get("deed", ""))
        async with self._context.storage.read() as db:
            admins = await access.admins(db)
            deed = await deeds.of_installation(db, done) if done else None
            back = deed.undoes if deed else None
            original = await deeds.of_installation(db, back) if back else None
        values: dict[str, Any] = {
            "form": form,
            "admins": admins,
            "roles": _ROLES,
            "refused": str(refused) if refused else "",
            "invited": invited,
            "as_role": AS_ROLE[invited[0].role] if invited else "",
            "deed": deed if deed and can_undo_role(deed) else None,
            "did": _did(deed, original),
        }
        status = 422 if refused or form.errors else 200
        return self._desk.page(
            request, "admins.html", campaign, values, place="/admin/set-up", status=status
        )


def _did(deed: Deed | None, original: Deed | None) -> str:
    if original is not None:
        return f"undone: {deed_text(original)}"
    return deed_text(deed) if deed and can_undo_role(deed) else ""


def _form(email: str = "", role: str = Role.MANAGER.value) -> Form:
    return Form({"email": email, "role": role})


def _role(text: str) -> Role | None:
    return Role(text) if text in list(Role) else None


def _id(sent: dict[str, str]) -> str:
    return read_text(sent.get("id", ""))


def _who(request: Request) -> str:
    return logged_in(request).email


def _back(request: Request, sent: dict[str, str], deed: Deed | None = None) -> Response:
    """The list with what was done and its Undo; elsewhere for an owner who is none any more."""
    if _id(sent) == logged_in(request).admin_id:
        return RedirectResponse("/admin/", 303)
    said = {"deed": deed.id} if deed else {"said": "gone"}
    campaign = {"campaign": sent["campaign"]} if sent.get("campaign") else {}
    return RedirectResponse(f"{HERE}?{urlencode(campaign | said)}", 303)
