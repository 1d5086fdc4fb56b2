"""A person, or the site's own program, decides about rewards: issue, hold, release, cancel,
reverse, one or many at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

from goodword.access.decide import approves_own
from goodword.campaigns import record as campaigns
from goodword.leads import record as leads
from goodword.lifecycle.act import Act
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, Refusal
from goodword.lifecycle.in_parts import MOST, Part, Wanted, in_parts, last
from goodword.lifecycle.reward import log_reward, move, take_back
from goodword.lifecycle.story import REASONS
from goodword.model import (
    Campaign,
    Kind,
    Reason,
    Reward,
    RewardStatus,
    day_of,
    is_email,
)
from goodword.referrers import record as referrers
from goodword.rewards import coupons
from goodword.rewards import record as rewards
from goodword.rewards.decide import OPEN


class Left(Exception):
    """A reward stays as it is, and why in words."""


async def pay(
    context: Context,
    campaign: Campaign,
    verb: str,
    ids: Sequence[str],
    actor: str,
    *,
    note: str = "",
    early: bool = False,
) -> Done:
    """What `pay_in_parts` came to."""
    return await last(pay_in_parts(context, campaign, verb, ids, actor, note=note, early=early))


def pay_in_parts(
    context: Context,
    campaign: Campaign,
    verb: str,
    ids: Sequence[str],
    actor: str,
    *,
    note: str = "",
    early: bool = False,
) -> AsyncIterator[Done]:
    """Does `issue`, `hold`, `release`, `cancel` or `reverse` to each reward that can take it, some
    in each transaction.

    What is not ripe is issued only where `early` says that it is meant; that is logged. Those that
    stay as they are come back in `refused`. KeyError for another verb, ValueError for more rewards
    than a deed may have.
    """
    do = partial(_pay_some, do=_VERBS[verb], note=note, early=early)
    return in_parts(context, campaign, actor, Wanted(verb, "reward", note), ids, do)


async def _pay_some(act: Act, ids: Sequence[str], *, do: Verb, note: str, early: bool) -> Part:
    before: dict[str, str] = {}
    refused: list[Refusal] = []
    known = {each.id: each for each in await rewards.by_ids(act.db, act.campaign.id, ids)}
    for id_ in ids:
        try:
            if id_ not in known:
                raise Left("There is no such reward in this campaign.")
            before[id_] = await do(act, known[id_], note, early)
        except Left as left:
            refused.append(Refusal(id_, str(left)))
    return Part(before, refused)


async def issue_many(
    context: Context,
    campaign: Campaign,
    lists: AsyncIterator[Sequence[str]],
    actor: str,
    note: str = "",
    early: bool = False,
) -> AsyncIterator[list[Done]]:
    """Issues the rewards of lists that have up to `MOST` ids each; see `pay_in_parts`.

    Says after each part what all came to so far: one for each list, since each is a deed.
    """
    whole: list[Done] = []
    async for ids in lists:
        done = Done(None)
        parts = pay_in_parts(context, campaign, "issue", ids, actor, note=note, early=early)
        async for done in parts:
            yield [*whole, done]
        whole.append(done)


async def ripe(context: Context, campaign: Campaign) -> AsyncIterator[Sequence[str]]:
    """The ids of whatever is due and whose time has come, `MOST` at a time."""
    now, place = context.now(), (0, "")
    while True:
        async with context.storage.read() as db:
            found = await rewards.due_until(db, campaign.id, now, place, MOST)
        if found:
            yield [id_ for _, id_ in found]
        if len(found) < MOST:
            return
        place = found[-1]


async def listed(ids: Sequence[str]) -> AsyncIterator[Sequence[str]]:
    """These ids, `MOST` at a time."""
    for start in range(0, len(ids), MOST):
        yield ids[start : start + MOST]


async def _issue(act: Act, reward: Reward, note: str, early: bool) -> str:
    _only_from(reward, RewardStatus.DUE, RewardStatus.FAILED)
    not_yet = reward.issue_after > act.at
    if not_yet and not early:
        day = day_of(reward.issue_after)
        raise Left(f"It is due, to be issued from {day} on. Issue it early if you mean to.")
    await _not_own(act, reward)
    if await _needs_second(act, reward):
        return "approve"
    if not await give_coupon(act, reward):
        raise Left("Its pool has no coupon code left. Upload more under Set-up, Coupons.")
    if reward.status is RewardStatus.FAILED:
        reward = await moved(act, reward, RewardStatus.DUE, None)
    await moved(act, reward, RewardStatus.ISSUED, None, note=note, early=not_yet, issued_at=act.at)
    return "early" if not_yet else "issue"


async def give_coupon(act: Act, reward: Reward) -> bool:
    """Gives the reward a code of its rule's pool, where it is one for a code; false: none left."""
    rule = await campaigns.rule_version(
        act.db, act.campaign.id, reward.rule_id, reward.rule_version
    )
    if rule is None or rule.kind is not Kind.COUPON:
        return True
    return bool(await coupons.take(act.db, act.campaign.id, rule.pool, reward.id))


async def _needs_second(act: Act, reward: Reward) -> bool:
    """Whether this was the first of two; refused when it is the same one again.

    The first one is a person, never a program: or nobody would have looked at it.
    """
    limit = act.campaign.second_eyes
    if limit is None or reward.currency != act.campaign.currency or reward.amount < limit:
        return False
    if reward.approved_by is None:
        if not is_email(act.actor):
            raise Left("So large an amount is approved by a person first: do it under Rewards.")
        await rewards.change(act.db, reward, approved_by=act.actor)
        await log_reward(act, reward, "reward.approved")
        return True
    if reward.approved_by == act.actor:
        raise Left("You approved it; so large an amount is issued by a second person.")
    return False


async def _hold(act: Act, reward: Reward, note: str, early: bool) -> str:
    _only_from(reward, RewardStatus.DUE)
    await moved(act, reward, RewardStatus.HELD, Reason.BY_HAND, note=note, hold=Reason.BY_HAND)
    return _spell(reward)


async def _release(act: Act, reward: Reward, note: str, early: bool) -> str:
    _only_from(reward, RewardStatus.HELD)
    if reward.hold in (Reason.AMOUNT_MISSING, Reason.CURRENCY):
        raise Left(
            f"It is held because {REASONS[reward.hold]}: report the order with its amount by the"
            " API, and it is worked out by itself; or cancel it."
        )
    await _not_own(act, reward)
    await moved(act, reward, RewardStatus.DUE, None, note=note, hold=None, released_at=act.at)
    return _spell(reward)


async def _cancel(act: Act, reward: Reward, note: str, early: bool) -> str:
    _only_from(reward, *OPEN)
    await moved(act, reward, RewardStatus.CANCELLED, Reason.BY_HAND, note=note)
    return _spell(reward)


async def _reverse(act: Act, reward: Reward, note: str, early: bool) -> str:
    _only_from(reward, RewardStatus.ISSUED)
    if reward.reverses is not None:
        raise Left("It is a reversal itself.")
    reversal = await take_back(act, reward, reward.left, Reason.BY_HAND, note)
    if reversal is None:
        raise Left("All of it was taken back before.")
    return str(-reversal.amount)


Verb = Callable[[Act, Reward, str, bool], Awaitable[str]]
_VERBS: dict[str, Verb] = {
    "issue": _issue,
    "hold": _hold,
    "release": _release,
    "cancel": _cancel,
    "reverse": _reverse,
}
VERBS = tuple(_VERBS)


def _only_from(reward: Reward, *allowed: RewardStatus) -> None:
    if reward.status in allowed:
        return
    if reward.status is RewardStatus.HELD and reward.reason is not None:
        raise Left(f"It is held because {REASONS[reward.reason]}. Release it first.")
    raise Left(_ELSE[reward.status])


_ELSE = {
    RewardStatus.DUE: "It is due and not issued yet.",
    RewardStatus.HELD: "It is held. Release it first.",
    RewardStatus.ISSUED: "It was issued. What was issued can only be reversed.",
    RewardStatus.FAILED: "It failed: issue it again, or cancel it.",
    RewardStatus.CANCELLED: "It is cancelled. Undo the cancelling first.",
}


async def _not_own(act: Act, reward: Reward) -> None:
    referrer = await referrers.by_id(act.db, act.campaign.id, reward.referrer_id)
    lead = await leads.by_id(act.db, act.campaign.id, reward.lead_id)
    people = (referrer.email if referrer else None, lead.email if lead else None)
    if approves_own(act.actor, people):
        raise Left("It is of your own referral: another admin must do this.")


async def moved(
    act: Act,
    reward: Reward,
    after: RewardStatus,
    reason: Reason | None,
    *,
    note: str = "",
    early: bool = False,
    **also: object,
) -> Reward:
    """The reward after a move that nothing can have come in between of."""
    after_all = await move(act, reward, after, reason, note, early, **also)
    if after_all is None:
        raise RuntimeError(f"{reward.id} changed while its campaign was locked")
    return after_all


def _spell(reward: Reward) -> str:
    """What Undo needs to know of how a reward was held."""
    return f"{reward.status}|{reward.reason or ''}|{reward.hold or ''}|{reward.released_at or ''}"
