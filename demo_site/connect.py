"""Connects the demo campaign to a vendor's double: `python connect.py NAME ADDRESS CAMPAIGN`.

What an admin does on the pages: paste the credentials, connect, make the fields, choose the rule.
"""

from __future__ import annotations

import asyncio
import sys

import httpx

from doubles.base import Double, double_of
from goodword.integrations import SYSTEMS
from goodword.integrations.base import Crm, Grant, System
from goodword.lifecycle.account import login_of, outbound_of
from goodword.lifecycle.connect import (
    ask_consent,
    check,
    install,
    make_fields,
    take_consent,
)
from goodword.lifecycle.context import Context
from goodword.lifecycle.integrate import save_settings
from goodword.lifecycle.subscribe import address_of
from goodword.lifecycle.watch import target_of
from goodword.model import (
    Campaign,
    Integration,
    PushSettings,
    QualificationRule,
    RuleKind,
)
from goodword.opening import opened
from goodword.outbound import Outbound
from goodword.settings import load_settings

ACTOR = "admin@example.com"


async def connect(name: str, address: str, campaign_id: str) -> None:
    system, double = SYSTEMS[name], double_of(name)()
    double.url = address
    async with opened(load_settings()) as context:
        campaign = await context.directory.by_id(campaign_id)
        if campaign is None:
            sys.exit(f"there is no campaign {campaign_id}")
        login = login_of(system, double.login)
        typed = double.credentials(login.name)
        made = await install(context, campaign, system, login, typed, ACTOR)
        async with outbound_of(context) as outbound:
            if login.grant is Grant.CODE and made.tokens is None:
                made = await _consent(context, outbound, made)
            done = await check(context, outbound, campaign, made)
            if not done.works:
                sys.exit(f"{system.title} says: {done.failure}")
            fields = await make_fields(context, outbound, made, double.plot.object)
        if made.rule.kind is RuleKind.NONE:
            await _settle(context, campaign, system, made, double, fields)
        hook = address_of(context, made)
    httpx.post(f"{address}/screen/hook", data={"url": hook}, timeout=10).raise_for_status()


async def _consent(context: Context, outbound: Outbound, made: Integration) -> Integration:
    """The admin agrees on the vendor's page, which sends them back."""
    asked = await ask_consent(context, made, ACTOR)
    back = httpx.URL(httpx.get(asked, timeout=10).headers["location"])
    return await take_consent(context, outbound, ACTOR, dict(back.params))


async def _settle(
    context: Context,
    campaign: Campaign,
    system: System,
    made: Integration,
    double: Double,
    fields: dict[str, str],
) -> None:
    """New leads are sent with the first value of a field, and qualify by its last."""
    plot = double.plot
    if not isinstance(system, Crm):
        rule = QualificationRule(RuleKind.PAID, currency=campaign.currency)
        await save_settings(context, campaign, made.id, PushSettings(), rule, ACTOR)
        return
    target = target_of(system, plot.object)
    if target is None:
        raise LookupError(plot.object)
    if not fields and "code" not in target.fields and plot.code:
        fields = {"code": plot.code}
    push = PushSettings(
        plot.object, fields=fields, initial_field=plot.field, initial_value=plot.first
    )
    rule = QualificationRule(RuleKind.FIELD, plot.field, plot.last)
    if RuleKind.FIELD not in target.rules:
        push = PushSettings(plot.object, fields=fields)
        rule = QualificationRule(RuleKind.CONVERTED)
    await save_settings(context, campaign, made.id, push, rule, ACTOR)


if __name__ == "__main__":
    asyncio.run(connect(*sys.argv[1:4]))
