"""Rules are added, changed and retired; a lead keeps the version that held when it joined."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from goodword.campaigns import record as campaigns
from goodword.campaigns.rules import check_rule, restored, says_the_same, sentence
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, Refusal, items_of, keep_deed
from goodword.lifecycle.directory import bump
from goodword.model import Campaign, Deed, Rule

_ADDED, _CHANGED, _RETIRED = "added", "changed", "retired"
_NOTHING = Done(None)


class NoSuchRule(LookupError):
    """The campaign has no active rule of that id."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a deed did to one rule: it went from version `before` to version `after`."""

    did: str
    before: int
    after: int


async def add_rule(context: Context, campaign: Campaign, rule: Rule, actor: str) -> Done:
    """A first version, which counts for every lead not yet qualified.

    `rule` brings what it says; id, version and times are given here. `BadCampaign` names the
    field that can't be used.
    """
    async with begin(context, campaign, actor) as act:
        done = await _keep(act, "add", await put_rule(act, rule))
    await context.directory.load()
    return done


async def change_rule(
    context: Context,
    campaign: Campaign,
    rule_id: str,
    rule: Rule,
    actor: str,
    *,
    also_pending: bool = False,
) -> Done:
    """The next version: for leads that join from now on, or with `also_pending` for all.

    Done without a deed when the rule says so already. `BadCampaign`, `NoSuchRule`.
    """
    async with begin(context, campaign, actor) as act:
        former = await _active(act, rule_id)
        same = says_the_same(former, check_rule(rule))
        if same and (not also_pending or not former.holds_from):
            return _NOTHING
        steps = await put_rule(act, rule, former, also_pending=also_pending)
        done = await _keep(act, "change", steps)
    await context.directory.load()
    return done


async def retire_rule(context: Context, campaign: Campaign, rule_id: str, actor: str) -> Done:
    """Nothing more is owed by the rule; what it owed stands. `NoSuchRule`."""
    async with begin(context, campaign, actor) as act:
        done = await _keep(act, "retire", await end_rule(act, await _active(act, rule_id)))
    await context.directory.load()
    return done


async def replace_rules(act: Act, rule: Rule | None) -> Deed | None:
    """Ends every rule; the one that there is from then on is the next version of the oldest."""
    active = await campaigns.active_rules(act.db, act.campaign.id)
    former = active[0] if active and rule is not None else None
    steps: dict[str, Step] = {}
    for each in active:
        if each is not former:
            steps |= await end_rule(act, each)
    if rule is not None:
        steps |= await put_rule(act, rule, former)
    return (await _keep(act, "replace", steps)).deed


async def put_rule(
    act: Act, rule: Rule, former: Rule | None = None, *, also_pending: bool = False
) -> dict[str, Step]:
    """Writes the next version of `former`, or the first of a new rule. `BadCampaign`."""
    since = 0 if former is None or also_pending else act.at
    version = former.version + 1 if former else 1
    made = replace(
        check_rule(rule),
        id=former.id if former else act.new_id("rule"),
        campaign_id=act.campaign.id,
        version=version,
        created_at=act.at,
        holds_from=since,
    )
    if former is not None:
        await campaigns.retire_rule(act.db, act.campaign.id, former.id, act.at)
    await campaigns.add_rule(act.db, made)
    did = _CHANGED if former else _ADDED
    await _log(act, did, made)
    return {made.id: Step(did, version - 1, version)}


async def end_rule(act: Act, rule: Rule) -> dict[str, Step]:
    await campaigns.retire_rule(act.db, act.campaign.id, rule.id, act.at)
    await _log(act, _RETIRED, rule)
    return {rule.id: Step(_RETIRED, rule.version, rule.version)}


async def undo_rules(act: Act, deed: Deed) -> Done:
    """Takes back what a deed did to rules: ends what was added, revives what was retired, and
    lets each lead have again the version it had before a change.

    A rule that was touched again since is refused. Who calls it keeps the deed of it.
    """
    changed: list[str] = []
    refused: list[Refusal] = []
    active = {each.id for each in await campaigns.active_rules(act.db, act.campaign.id)}
    for rule_id, said in items_of(deed).items():
        versions = await campaigns.rule_versions(act.db, act.campaign.id, rule_id)
        step = Step(**json.loads(said))
        was_active = step.did != _RETIRED
        if versions[-1].version == step.after and (rule_id in active) is was_active:
            await _take_back(act, versions, step)
            changed.append(rule_id)
        else:
            refused.append(Refusal(rule_id, "The rule was changed again since: undo that first."))
    await bump(act.db)
    return Done(None, tuple(changed), tuple(refused))


async def _take_back(act: Act, versions: list[Rule], step: Step) -> None:
    made = versions[-1]
    if step.did == _ADDED:
        await end_rule(act, made)
        return
    if step.did == _RETIRED:
        await campaigns.revive_rule(act.db, made)
        await _log(act, _ADDED, made)
        return
    for each in restored(versions, step.before, step.after):
        await campaigns.retire_rule(act.db, act.campaign.id, made.id, act.at)
        made = replace(each, version=made.version + 1, created_at=act.at)
        await campaigns.add_rule(act.db, made)
    await _log(act, _CHANGED, made)


async def _active(act: Act, rule_id: str) -> Rule:
    active = await campaigns.active_rules(act.db, act.campaign.id)
    found = next((each for each in active if each.id == rule_id), None)
    if found is None:
        raise NoSuchRule(rule_id)
    return found


async def _keep(act: Act, verb: str, steps: Mapping[str, Step]) -> Done:
    before = {rule_id: json.dumps(asdict(step)) for rule_id, step in steps.items()}
    deed = await keep_deed(act, verb, "rule", before)
    if deed is not None:
        await bump(act.db)
    return Done(deed, tuple(steps))


async def _log(act: Act, done: str, rule: Rule) -> None:
    await act.log(
        f"campaign.rule_{done}", rule_id=rule.id, version=rule.version, says=sentence(rule)
    )
