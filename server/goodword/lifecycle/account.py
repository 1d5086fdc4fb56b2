"""The account at an outside system: how it is called, and what its answers say of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from goodword.clock import HOUR, MINUTE, SECOND
from goodword.integrations import SYSTEMS, record
from goodword.integrations.base import Failed, Grant, Login, System, Trouble
from goodword.integrations.client import Connection, ask
from goodword.integrations.login import again, tokens_of
from goodword.lifecycle.act import begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.directory import bump
from goodword.model import Integration, IntegrationStatus
from goodword.outbound import Outbound
from goodword.signing import seal, unseal

_FETCHING = 30 * SECOND
_LOOK_AGAIN = 0.1
_PAUSES = {Trouble.THROTTLED: MINUTE, Trouble.SERVER: 2 * MINUTE}
_PAUSE = 10 * MINUTE
_LONGEST_PAUSE = 6 * HOUR

Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Account:
    """A connection with its system, opened for calls."""

    integration: Integration
    system: System
    login: Login
    api: Connection


def outbound_of(context: Context) -> Outbound:
    """The way out, for a call that a person waits for; close it at the end."""
    return Outbound(context.settings.outbound_allow)


def login_of(system: System, name: str) -> Login:
    """The way of connecting of that name. KeyError for another."""
    return {login.name: login for login in system.logins}[name]


def open_account(context: Context, outbound: Outbound, integration: Integration) -> Account:
    """Ready to be called. ValueError when no key opens its secrets."""
    system = SYSTEMS[integration.system]
    login = login_of(system, integration.login)

    async def renew(token: str) -> Mapping[str, str]:
        return await _renewed(context, outbound, integration.id, token)

    values = values_of(context, integration)
    api = Connection(outbound, system, login, values, renew, context.now)
    return Account(integration, system, login, api)


def values_of(context: Context, integration: Integration) -> Texts:
    """What the admin typed, and the tokens."""
    typed = opened(context, integration.inputs)
    return {**typed, **(opened(context, integration.tokens) if integration.tokens else {})}


def opened(context: Context, sealed: bytes) -> Texts:
    return msgspec.json.decode(unseal(context.keys, sealed), type=Texts)


def closed(context: Context, values: Mapping[str, str]) -> bytes:
    return seal(context.keys, msgspec.json.encode(dict(values)))


async def _renewed(
    context: Context, outbound: Outbound, integration_id: str, token: str
) -> Mapping[str, str]:
    """A newer token than this one. Whoever comes first fetches it, for every process; the others
    wait for it: a second use of a refresh token would end the connection."""
    while True:
        async with context.storage.write() as db:
            known = await record.by_id(db, integration_id)
            if known is None:
                raise Failed(Trouble.AUTH, "the integration was removed")
            values = values_of(context, known)
            if values.get("token", "") != token and values.get("token"):
                return values
            now = context.now()
            column = "renewing_until"
            mine = await record.claim(db, integration_id, column, now, now + _FETCHING)
        if mine:
            return await _fetch(context, outbound, known, values)
        await asyncio.sleep(_LOOK_AGAIN)


async def _fetch(
    context: Context, outbound: Outbound, known: Integration, values: Texts
) -> Mapping[str, str]:
    login = login_of(SYSTEMS[known.system], known.login)
    tokens: Texts | None = None
    try:
        if login.grant is Grant.CODE and not values.get("refresh_token"):
            raise Failed(Trouble.AUTH, "the vendor gave no refresh token: connect again")
        reply = await ask(outbound, again(login, values))
        before = opened(context, known.tokens) if known.tokens else {}
        tokens = tokens_of(login, reply, before, context.now())
        return {**values, **tokens}
    finally:
        kept = {} if tokens is None else {"tokens": closed(context, tokens)}
        async with context.storage.write() as db:
            await record.change(db, known.id, renewing_until=0, **kept)


# What answers say of the connection ----------------------------------------------------------


async def answered(context: Context, integration: Integration, account: str = "") -> None:
    """A call succeeded: the connection works now."""
    connected = integration.status is IntegrationStatus.CONNECTED
    if connected and not integration.failure and not account:
        return
    campaign = await context.directory.by_id(integration.campaign_id)
    if campaign is None:
        return
    async with begin(context, campaign, integration.system) as act:
        await record.change(
            act.db,
            integration.id,
            status=IntegrationStatus.CONNECTED,
            failing_since=None,
            failure="",
            paused_until=0,
            checked_at=act.at,
            **({"account": account[:200]} if account else {}),
        )
        if not connected:
            await act.log("integration.connected", system=integration.system)
            await bump(act.db)
    await context.directory.check()


async def refused(context: Context, integration: Integration, failed: Failed) -> None:
    """A call failed in a way that says something of the connection: it rests for a while, or
    waits for a person. What was never connected is not by being refused something either."""
    campaign = await context.directory.by_id(integration.campaign_id)
    if campaign is None:
        return
    needs_person = failed.kind is Trouble.AUTH
    status = IntegrationStatus.RECONNECT if needs_person else IntegrationStatus.FAILING
    forbidden = failed.kind not in (*_PAUSES, Trouble.AUTH)
    if failed.kind is Trouble.THROTTLED or (forbidden and not integration.works):
        status = integration.status
    async with begin(context, campaign, integration.system) as act:
        wish = min(int(failed.wait * SECOND), _LONGEST_PAUSE)
        pause = 0 if needs_person else max(wish, _PAUSES.get(failed.kind, _PAUSE))
        await record.change(
            act.db,
            integration.id,
            status=status,
            failing_since=integration.failing_since or act.at,
            failure=str(failed)[:500],
            paused_until=act.at + pause,
        )
        if status is not integration.status:
            name = "integration.reconnect" if needs_person else "integration.failing"
            await act.log(name, system=integration.system)
            await bump(act.db)
