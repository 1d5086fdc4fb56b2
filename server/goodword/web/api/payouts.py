"""What a site's own server decides about rewards: issue, hold, release, cancel, reverse."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from goodword import model
from goodword.lifecycle import pay
from goodword.model import RewardStatus
from goodword.stats import api_read
from goodword.web.api import rewards
from goodword.web.api.call import ACTOR, Answer, Call, Nothing, Operation, act
from goodword.web.api.problems import Problem, bad_field, missing
from goodword.web.api.rewards import Reward
from goodword.web.api.words import Id, Line

MOST_IDS = 1_000
"""So many rewards one call issues."""

FROM: Mapping[RewardStatus, tuple[str, ...]] = {
    RewardStatus.DUE: ("issue", "hold", "cancel"),
    RewardStatus.HELD: ("release", "cancel"),
    RewardStatus.FAILED: ("issue", "cancel"),
    RewardStatus.ISSUED: ("reverse",),
    RewardStatus.CANCELLED: (),
}
"""What may be done to a reward from where it is: what a refusal lists as `allowed`."""


class RewardNote(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`note` is kept in the audit trail and with the activity."""

    note: Line = ""


class RewardIssue(RewardNote, kw_only=True, forbid_unknown_fields=True):
    """`early`: it is meant, although `issue_after` has not come; that is logged."""

    early: bool = False


class RewardsIssue(RewardIssue, kw_only=True, forbid_unknown_fields=True):
    """All of one campaign."""

    ids: Annotated[list[Id], Meta(min_length=1, max_length=MOST_IDS)]


class Reversed(Reward, kw_only=True):
    """The reward, and the row that took back what was left of it."""

    reversal: Reward


class LeftReward(msgspec.Struct, kw_only=True):
    """A reward that stays as it is, and why in words."""

    id: str
    reason: str


class Issued(msgspec.Struct, kw_only=True):
    """What was issued, as it is now, and what was not. Together they are every id once."""

    issued: list[Reward]
    refused: list[LeftReward]


async def issue_reward(call: Call[RewardIssue, Nothing]) -> Answer:
    return await _decide(call, "issue", early=call.body.early)


async def hold_reward(call: Call[RewardNote, Nothing]) -> Answer:
    return await _decide(call, "hold")


async def release_reward(call: Call[RewardNote, Nothing]) -> Answer:
    return await _decide(call, "release")


async def cancel_reward(call: Call[RewardNote, Nothing]) -> Answer:
    return await _decide(call, "cancel")


async def reverse_reward(call: Call[RewardNote, Nothing]) -> Answer:
    now = await _pay(call, "reverse")
    async with call.context.storage.read() as db:
        reversal = await api_read.reversal_of(db, now)
    if reversal is None:
        raise missing("reversal", now.id)
    [shown, row] = await rewards.shapes(call, [now, reversal])
    return Answer(200, Reversed(**msgspec.structs.asdict(shown), reversal=row))


async def issue_rewards(call: Call[RewardsIssue, Nothing]) -> Answer:
    """Those that can be issued are, together; each of the others says why it is not."""
    ids, seen = list(dict.fromkeys(call.body.ids)), call.key.campaign_id
    async with call.context.storage.read() as db:
        known = await api_read.rewards_by_id(db, seen, ids)
    there = [reward.id for reward in known]
    refused = {id_: "There is no such reward." for id_ in ids if id_ not in there}
    issued: tuple[str, ...] = ()
    if known:
        campaign = await call.campaign(_only_campaign(known))
        body = call.body
        done = await pay.pay(
            call.context, campaign, "issue", there, ACTOR, note=body.note, early=body.early
        )
        issued = done.changed
        refused |= {each.id: each.why for each in done.refused}
    async with call.context.storage.read() as db:
        now = await api_read.rewards_by_id(db, seen, [id_ for id_ in ids if id_ in issued])
    left = [LeftReward(id=id_, reason=refused[id_]) for id_ in ids if id_ in refused]
    return Answer(200, Issued(issued=await rewards.shapes(call, now), refused=left))


Handler = Callable[[Call[Any, Nothing]], Awaitable[Answer]]
_POSTS: tuple[tuple[str, Handler, Any, type[RewardNote], str], ...] = (
    ("issue", issue_reward, Reward, RewardIssue, "Issue a due reward: it goes out now"),
    ("hold", hold_reward, Reward, RewardNote, "Hold a due reward"),
    ("release", release_reward, Reward, RewardNote, "Make a held reward due"),
    ("cancel", cancel_reward, Reward, RewardNote, "Cancel a reward that is not issued"),
    ("reverse", reverse_reward, Reversed, RewardNote, "Take back what is left of an issued reward"),
)
OPERATIONS: list[Operation[Any, Any]] = [
    act(
        "POST",
        "/rewards/issue",
        issue_rewards,
        Issued,
        RewardsIssue,
        "Issue many rewards; those that can't be are told apart",
    ),
    *(
        act("POST", f"/rewards/{{id}}/{verb}", do, answer, body, summary, optional_body=True)
        for verb, do, answer, body, summary in _POSTS
    ),
]


async def _decide(call: Call[Any, Nothing], verb: str, *, early: bool = False) -> Answer:
    [shown] = await rewards.shapes(call, [await _pay(call, verb, early=early)])
    return Answer(200, shown)


async def _pay(call: Call[Any, Nothing], verb: str, *, early: bool = False) -> model.Reward:
    """The reward as it is now. `Problem` 404, and 409 in the words of the refusal."""
    reward = await rewards.find(call)
    campaign = await call.campaign(reward.campaign_id)
    note = call.body.note
    done = await pay.pay(call.context, campaign, verb, [reward.id], ACTOR, note=note, early=early)
    now = await rewards.find(call)
    for refusal in done.refused:
        allowed = [each for each in _allowed(now) if each != verb]
        raise Problem("not_allowed", refusal.why, allowed=allowed)
    return now


def _allowed(reward: model.Reward) -> tuple[str, ...]:
    if reward.status is RewardStatus.ISSUED and (reward.reverses or reward.left <= 0):
        return ()
    return FROM[reward.status]


def _only_campaign(known: list[model.Reward]) -> str:
    found = {reward.campaign_id for reward in known}
    if len(found) > 1:
        raise bad_field("ids", "they are of several campaigns: send one call for each")
    return found.pop()
