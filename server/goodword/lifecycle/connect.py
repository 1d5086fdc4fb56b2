"""An integration is set up: credentials, consent, a live check, what is sent, what qualifies."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

import msgspec

from goodword.clock import MINUTE, new_secret
from goodword.integrations import SYSTEMS
from goodword.integrations import record as integrations
from goodword.integrations.base import Crm, Failed, Field, Input, Login, System
from goodword.integrations.client import ask
from goodword.integrations.decide import COUNTS
from goodword.integrations.login import by_code, consent_url, expand, origin_of, tokens_of
from goodword.lifecycle.account import (
    answered,
    closed,
    login_of,
    open_account,
    opened,
    refused,
    values_of,
)
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import keep_deed
from goodword.lifecycle.set_up import Refused
from goodword.lifecycle.subscribe import subscribe
from goodword.model import (
    Campaign,
    Integration,
    IntegrationStatus,
)
from goodword.outbound import Outbound
from goodword.signing import seal

_CONSENT = 15 * MINUTE
_LONGEST = 4_000
CALLBACK = "/admin/integrations/callback"


class NoIntegration(LookupError):
    """The campaign has no such integration."""


async def install(
    context: Context,
    campaign: Campaign,
    system: System,
    login: Login,
    inputs: Mapping[str, str],
    actor: str,
) -> Integration:
    """Keeps what the admin typed, sealed; the connection itself comes with a check or a consent.

    An empty secret keeps the one there is. `Refused` names the input that is missing.
    """
    async with begin(context, campaign, actor) as act:
        known = await integrations.by_system(act.db, campaign.id, system.name)
        before = opened(context, known.inputs) if known and known.login == login.name else {}
        typed = _typed(login, inputs, before)
        if known is None:
            made = _new(act, campaign, system, login, closed(context, typed), actor)
            await integrations.add(act.db, made)
            await keep_deed(act, "install", "integration", {made.id: system.name})
            return made
        if typed == before:
            return known
        changed = replace(
            known,
            login=login.name,
            inputs=closed(context, typed),
            tokens=None,
            status=IntegrationStatus.INSTALLED,
        )
        await integrations.put(act.db, changed)
        await keep_deed(act, "credentials", "integration", {known.id: system.name})
        return changed


def _typed(login: Login, inputs: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    typed: dict[str, str] = {}
    for each in login.inputs:
        text = inputs.get(each.name, "").strip() or (
            before.get(each.name, "") if each.secret else ""
        )
        if not text and not each.optional:
            raise Refused(each.name, f"{each.label} is missing")
        if len(text) > _LONGEST or not text.isprintable():
            raise Refused(each.name, f"{each.label} can't be read: paste it again, on one line")
        if each.choices and text and text not in {value for value, _ in each.choices}:
            raise Refused(each.name, f"choose one of the list for {each.label}")
        typed[each.name] = _host(each, text) if each.host and text else text
    if typed.get("address") and not typed["address"].startswith(("https://", "http://")):
        raise Refused("address", "write an address such as https://api.example.com")
    return {name: text for name, text in typed.items() if text}


def _host(input_: Input, text: str) -> str:
    """The name in an address that was pasted whole. `Refused`."""
    name = text.partition("://")[2] or text
    name = name.partition("/")[0].lower()
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?", name):
        raise Refused(input_.name, f"{input_.label} is a name such as {input_.hint}")
    return name


def _new(
    act: Act, campaign: Campaign, system: System, login: Login, inputs: bytes, actor: str
) -> Integration:
    secret = urlsafe_b64encode(new_secret(16)).decode().rstrip("=")
    return Integration(
        id=act.new_id("int"),
        campaign_id=campaign.id,
        system=system.name,
        login=login.name,
        status=IntegrationStatus.INSTALLED,
        inputs=inputs,
        secret=seal(act.context.keys, secret.encode()),
        hash=sha256(secret.encode()).digest(),
        created_by=actor,
        created_at=act.at,
    )


# Consent -------------------------------------------------------------------------------------


class _Awaiting(msgspec.Struct):
    """An OAuth round: who began it, and the verifier of its challenge."""

    session: str
    verifier: str


def redirect_address(context: Context) -> str:
    """The address to register with the vendor."""
    return context.settings.public_url + CALLBACK


async def ask_consent(context: Context, integration: Integration, session: str) -> str:
    """The vendor's page where the admin consents. Good for 15 minutes, once, in this session."""
    state, verifier = (urlsafe_b64encode(new_secret(32)).decode().rstrip("=") for _ in "ab")
    awaiting = msgspec.json.encode(_Awaiting(session, verifier))
    async with context.storage.write(integration.campaign_id) as db:
        await integrations.change(
            db,
            integration.id,
            awaiting=seal(context.keys, awaiting),
            awaiting_hash=sha256(state.encode()).digest(),
            awaiting_until=context.now() + _CONSENT,
        )
    login = login_of(SYSTEMS[integration.system], integration.login)
    values = values_of(context, integration)
    return consent_url(login, values, redirect_address(context), state, verifier)


async def take_consent(
    context: Context, outbound: Outbound, session: str, answer: Mapping[str, str]
) -> Integration:
    """The vendor sent the admin back. `Refused` when this is no answer to what we asked, or no
    consent; `Failed` when the vendor gives no tokens for it."""
    state = sha256(answer.get("state", "").encode(errors="replace")).digest()
    async with context.storage.write() as db:
        known = await integrations.awaiting(db, state, context.now())
        if known is None or known.awaiting is None:
            raise Refused("state", "this consent was not asked for here, or too long ago")
        done = {"awaiting": None, "awaiting_hash": None, "awaiting_until": None}
        await integrations.change(db, known.id, **done)
    awaiting = opened_awaiting(context, known.awaiting)
    if awaiting.session != session:
        raise Refused("state", "another session began this: press Connect again")
    if "code" not in answer:
        said = answer.get("error_description") or answer.get("error") or "no code came back"
        raise Refused("code", f"the vendor says: {said[:200]}")
    return await _exchange(context, outbound, known, awaiting.verifier, answer)


def opened_awaiting(context: Context, sealed: bytes) -> _Awaiting:
    return msgspec.convert(opened(context, sealed), _Awaiting)


async def _exchange(
    context: Context,
    outbound: Outbound,
    known: Integration,
    verifier: str,
    answer: Mapping[str, str],
) -> Integration:
    login = login_of(SYSTEMS[known.system], known.login)
    values = values_of(context, known)
    extra = {}
    if login.token_host:
        host = answer.get(login.token_host, "") or origin_of(expand(login.authorize_url, values))
        if host not in login.token_hosts and not values.get("address"):
            raise Refused("code", f"{host} is no server of the vendor's")
        extra = {"token_host": host}
    asking = by_code(
        login, {**values, **extra}, redirect_address(context), answer["code"], verifier
    )
    tokens = tokens_of(login, await ask(outbound, asking), extra, context.now())
    async with context.storage.write(known.campaign_id) as db:
        await integrations.change(db, known.id, tokens=closed(context, tokens))
        found = await integrations.by_id(db, known.id)
    if found is None:
        raise NoIntegration(known.id)
    return found


# A live check --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether the connection works now: the account's name, or what failed; `advice` is what
    works less well than it might."""

    account: str = ""
    failure: str = ""
    advice: str = ""

    @property
    def works(self) -> bool:
        return not self.failure


async def check(
    context: Context, outbound: Outbound, campaign: Campaign, integration: Integration
) -> Checked:
    """Asks the outside system, now. The green badge comes from nothing else."""
    account = open_account(context, outbound, integration)
    try:
        name = await account.system.check(account.api)
        await answered(context, integration, name)
        advice = await subscribe(context, campaign, account)
    except Failed as failed:
        await refused(context, integration, failed)
        return Checked(failure=str(failed) or failed.kind)
    return Checked(account=name, advice=advice)


async def choices(
    context: Context, outbound: Outbound, integration: Integration, object_: str
) -> list[Field]:
    """The fields of an object as the vendor has them now. `Failed`."""
    account = open_account(context, outbound, integration)
    system = account.system
    return await system.choices(account.api, object_) if isinstance(system, Crm) else []


async def make_fields(
    context: Context, outbound: Outbound, integration: Integration, object_: str
) -> dict[str, str]:
    """Has the vendor make fields for our words where it can. `Failed`."""
    account = open_account(context, outbound, integration)
    system = account.system
    if not isinstance(system, Crm):
        return {}
    return await system.ensure_fields(account.api, object_, COUNTS)
