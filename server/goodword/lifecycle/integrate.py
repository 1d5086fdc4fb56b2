"""What is sent to an outside system and what qualifies a lead; and its end."""

from __future__ import annotations

import json

import msgspec

from goodword.integrations import SYSTEMS
from goodword.integrations import record as integrations
from goodword.integrations.base import Crm, System
from goodword.integrations.decide import rule_fault
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.connect import NoIntegration
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, Refusal, items_of, keep_deed
from goodword.lifecycle.directory import bump
from goodword.lifecycle.set_up import Refused
from goodword.lifecycle.watch import target_of
from goodword.model import (
    INTEGRATION,
    NEW_LEAD,
    Campaign,
    Deed,
    Integration,
    IntegrationStatus,
    Message,
    MessageStatus,
    PushSettings,
    QualificationRule,
    RuleKind,
)
from goodword.notifications import record as notifications


async def save_settings(
    context: Context,
    campaign: Campaign,
    integration_id: str,
    push: PushSettings,
    rule: QualificationRule,
    actor: str,
) -> Done:
    """Save Changes. `Refused` names the field that can't be, `NoIntegration`."""
    async with begin(context, campaign, actor) as act:
        known = await _known(act, integration_id)
        _check(SYSTEMS[known.system], push, rule)
        if (known.push, known.rule) == (push, rule):
            return Done(None)
        before = msgspec.json.encode((known.push, known.rule)).decode()
        await _set(act, known, push, rule)
        after = msgspec.json.encode((push, rule)).decode()
        told = json.dumps({"before": before, "after": after})
        deed = await keep_deed(act, "settings", "integration", {known.id: told})
    return Done(deed, (integration_id,))


def _check(system: System, push: PushSettings, rule: QualificationRule) -> None:
    if not isinstance(system, Crm):
        if rule.kind not in (RuleKind.NONE, RuleKind.PAID):
            raise Refused("kind", f"{system.title} reports payments")
        return
    target = target_of(system, push.object)
    if push.object and target is None:
        raise Refused("object", f"{system.title} has no {push.object}")
    if target is None and rule.kind is not RuleKind.NONE:
        raise Refused(
            "object", "choose what a new lead becomes there: only what was sent qualifies"
        )
    if target is not None and (fault := rule_fault(rule, target, push)):
        raise Refused(*fault)


async def _set(act: Act, known: Integration, push: PushSettings, rule: QualificationRule) -> None:
    await integrations.change(act.db, known.id, push=push, rule=rule)
    if rule != known.rule:
        await integrations.disarm(act.db, known, act.at)


async def _known(act: Act, integration_id: str) -> Integration:
    known = await integrations.by_id(act.db, integration_id)
    if known is None or known.campaign_id != act.campaign.id:
        raise NoIntegration(integration_id)
    return known


async def undo_integrations(act: Act, deed: Deed) -> Done:
    """Takes back a change of settings, where nothing was changed again since."""
    [(id_, said)] = items_of(deed).items()
    was, known = json.loads(said), await integrations.by_id(act.db, id_)
    if known is None:
        return Done(None, refused=(Refusal(id_, "The integration was removed."),))
    if msgspec.json.encode((known.push, known.rule)).decode() != was["after"]:
        return Done(None, refused=(Refusal(id_, "It was changed again since."),))
    push, rule = msgspec.json.decode(was["before"], type=tuple[PushSettings, QualificationRule])
    await _set(act, known, push, rule)
    return Done(None, (id_,))


# Leads that are here already -----------------------------------------------------------------


async def send_leads(context: Context, campaign: Campaign, integration_id: str, actor: str) -> int:
    """Every pending lead that has no record there is sent, and what was refused is sent again;
    how many. `NoIntegration`."""
    async with begin(context, campaign, actor) as act:
        known = await _known(act, integration_id)
        ids = await integrations.unsent(act.db, known)
        await notifications.end_failed(act.db, campaign.id, known.id)
        told = [_again(act, known, lead_id) for lead_id in ids]
        await notifications.put(act.db, told)
        if told:
            await keep_deed(act, "send_leads", "integration", {known.id: str(len(told))})
    return len(told)


def _again(act: Act, known: Integration, lead_id: str) -> Message:
    return Message(
        id=act.new_id("msg"),
        campaign_id=act.campaign.id,
        kind=INTEGRATION,
        target=known.id,
        type=NEW_LEAD,
        lead_id=lead_id,
        reward_id=None,
        body="",
        status=MessageStatus.WAITING,
        attempts=0,
        next_at=act.at,
        leased_until=0,
        created_at=act.at,
        sent_at=None,
    )


# The end -------------------------------------------------------------------------------------


async def disconnect(context: Context, campaign: Campaign, integration_id: str, actor: str) -> None:
    """Forgets the tokens and calls nobody; settings, records and what was typed stay.

    `NoIntegration`.
    """
    async with begin(context, campaign, actor) as act:
        known = await _known(act, integration_id)
        await integrations.change(
            act.db, known.id, status=IntegrationStatus.INSTALLED, tokens=None, renew_at=None
        )
        await keep_deed(act, "disconnect", "integration", {known.id: known.system})
        await bump(act.db)
    await context.directory.load()


async def remove(context: Context, campaign: Campaign, integration_id: str, actor: str) -> None:
    """Forgets everything of it; what was qualified through it stays. `NoIntegration`."""
    async with begin(context, campaign, actor) as act:
        known = await _known(act, integration_id)
        await integrations.remove(act.db, known)
        await keep_deed(act, "remove", "integration", {known.id: known.system})
        await bump(act.db)
    await context.directory.load()
