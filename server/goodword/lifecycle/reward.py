"""What the verbs share: findings kept, rewards owed, held, released, cancelled and taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from goodword.campaigns import record as campaigns
from goodword.clock import DAY
from goodword.fraud import record as fraud
from goodword.fraud.rules import Found
from goodword.lifecycle.act import Act
from goodword.model import (
    Conversion,
    Finding,
    Lead,
    LeadStatus,
    Mode,
    Money,
    Occasion,
    Reason,
    Recipient,
    Reward,
    RewardStatus,
    Rule,
)
from goodword.rewards import coupons
from goodword.rewards import record as rewards
from goodword.rewards.decide import (
    CAP_DAYS,
    OPEN,
    Price,
    comes_back,
    in_time,
    is_live,
    issue_after,
    may_come_back,
    over,
    owing,
    price,
    standing,
)


async def note_findings(
    act: Act, found: Iterable[Found], *, lead: str | None = None, conversion: str | None = None
) -> None:
    """Keeps what the checks said about a lead or about one conversion."""
    for each in found:
        await fraud.add(
            act.db,
            Finding(
                id=act.new_id("find"),
                campaign_id=act.campaign.id,
                lead_id=lead,
                conversion_id=conversion,
                check=each.check,
                verdict=each.verdict,
                detail=each.detail,
                created_at=act.at,
                cleared_at=None,
                cleared_by=None,
            ),
        )


async def owe(
    act: Act,
    lead: Lead,
    occasion: Occasion,
    conversion: Conversion | None,
    before: Sequence[Reward] | None = None,
) -> None:
    """Makes the rewards of an occasion, or brings back those that were cancelled; `held` while
    a finding is open. Test leads get none, nor is paid again what a lead that moved in was owed
    where it came from. `before` are the lead's rewards, where the caller knows them."""
    if lead.mode is Mode.TEST:
        return
    conversion_id = conversion.id if conversion else None
    if before is None:
        before = await rewards.of_lead(act.db, act.campaign.id, lead.id)
    if _was_owed_elsewhere(lead, occasion):
        await _restore_what_moved_in(act, lead, before)
        return
    for rule, recipient in owing(await rules_for(act, lead), occasion):
        if occasion is Occasion.CONVERTED and not in_time(rule, lead.converted_at, act.at):
            continue
        former = comes_back(before, occasion, rule.id, recipient, conversion_id)
        if former is not None and former.status is RewardStatus.CANCELLED:
            await restore(act, former)
        else:
            new = await _reward(act, lead, rule, recipient, conversion, former)
            await make(act, new)
    for rest in before:
        if rest.occasion is occasion and may_come_back(rest, before):
            await restore(act, rest)


def _was_owed_elsewhere(lead: Lead, occasion: Occasion) -> bool:
    if occasion is Occasion.JOINED:
        return lead.import_id is not None
    return occasion is Occasion.QUALIFIED and bool(lead.settled)


async def _restore_what_moved_in(act: Act, lead: Lead, before: Iterable[Reward]) -> None:
    counts = lead.status is LeadStatus.QUALIFIED
    for reward in before:
        gone = reward.status is RewardStatus.CANCELLED and reward.import_id is not None
        if gone and (counts or reward.occasion is Occasion.JOINED):
            await restore(act, reward)


async def rules_for(act: Act, lead: Lead) -> list[Rule]:
    """The active rules, each in the version that holds for the lead."""
    active = act.campaign.rules
    return [await campaigns.rule_as_of(act.db, rule, lead.joined_at) for rule in active]


async def make(act: Act, reward: Reward) -> bool:
    """Keeps a new reward as due or held; false when one stands for its occasion already."""
    if not await rewards.add(act.db, reward):
        return False
    await log_reward(act, reward)
    return True


async def _reward(
    act: Act,
    lead: Lead,
    rule: Rule,
    recipient: Recipient,
    conversion: Conversion | None,
    former: Reward | None,
) -> Reward:
    """A new reward. `former` is the one, wholly taken back, that it stands for from now on."""
    cost = price(rule, paid_for(conversion))
    same = former.conversion_id if former else None
    conversion_id = conversion.id if conversion else same
    return await new_reward(
        act, lead, rule, recipient, cost, conversion_id=conversion_id, replaces=former
    )


async def new_reward(
    act: Act,
    lead: Lead,
    rule: Rule,
    recipient: Recipient,
    cost: Price,
    *,
    conversion_id: str | None = None,
    step: int = 0,
    at: int | None = None,
    replaces: Reward | None = None,
) -> Reward:
    """A reward before it is kept, as its caps, its budget and the open findings have it."""
    hold = cost.hold or (None if replaces else await _over(act, lead, recipient, cost))
    doubts = await fraud.holding(act.db, act.campaign.id, lead.id, conversion_id)
    released_at = replaces.released_at if replaces else None
    status, reason = standing(doubts, hold, released_at)
    ripe = issue_after(rule, act.at if at is None else at, act.campaign.batch_day)
    return Reward(
        id=act.new_id("rwd"),
        campaign_id=act.campaign.id,
        lead_id=lead.id,
        referrer_id=lead.referrer_id,
        conversion_id=conversion_id,
        recipient=recipient,
        occasion=rule.occasion,
        rule_id=rule.id,
        rule_version=rule.version,
        amount=cost.amount,
        currency=cost.currency,
        status=status,
        reason=reason,
        issue_after=replaces.issue_after if replaces else ripe,
        created_at=act.at,
        unit=cost.unit,
        step=step,
        hold=hold,
        released_at=released_at,
        replaces=replaces.id if replaces else None,
    )


async def _over(act: Act, lead: Lead, recipient: Recipient, cost: Price) -> Reason | None:
    campaign, since = act.campaign, act.at - CAP_DAYS * DAY
    whose, most = (campaign.id, lead.referrer_id, recipient), campaign.cap
    recent = 0 if most is None else await rewards.recent(act.db, *whose, since, most)
    limited = campaign.budget is not None and cost.currency == campaign.currency
    spent = await rewards.spent(act.db, campaign.id, campaign.currency) if limited else 0
    return over(campaign, recent, spent, cost)


def paid_for(conversion: Conversion | None) -> Money | None:
    """What the buyer has paid and not got back; None when no amount is known."""
    if conversion is None or conversion.amount is None or conversion.currency is None:
        return None
    return Money(max(0, conversion.amount - conversion.refunded), conversion.currency)


async def weigh_again(act: Act, lead: Lead) -> None:
    """Holds or releases a lead's rewards, now that findings came or went."""
    for reward in await rewards.of_lead(act.db, act.campaign.id, lead.id):
        if reward.status in (RewardStatus.DUE, RewardStatus.HELD):
            await weigh(act, reward)


async def weigh(act: Act, reward: Reward) -> Reward:
    """The reward, held or due as the open findings and its own hold have it now."""
    status, reason = await stands(act, reward)
    if status is reward.status or reward.status is RewardStatus.FAILED:
        return reward
    return await move(act, reward, status, reason) or reward


async def stands(act: Act, reward: Reward) -> tuple[RewardStatus, Reason | None]:
    """Whether the reward would be due or held now, and why."""
    doubts = await fraud.holding(act.db, act.campaign.id, reward.lead_id, reward.conversion_id)
    return standing(doubts, reward.hold, reward.released_at)


async def restore(act: Act, reward: Reward) -> Reward | None:
    """Brings a cancelled reward back, with its first `issue_after`."""
    status, reason = await stands(act, reward)
    return await move(act, reward, status, reason)


async def cancel(
    act: Act, lead: Lead, reason: Reason, occasions: Iterable[Occasion] = tuple(Occasion)
) -> None:
    """Cancels what the lead earned and is not issued yet. Steps are their referrer's."""
    for reward in await rewards.of_lead(act.db, act.campaign.id, lead.id):
        if reward.occasion in occasions and reward.status in OPEN and not reward.step:
            await move(act, reward, RewardStatus.CANCELLED, reason)


async def take_back(
    act: Act, reward: Reward, amount: int, reason: Reason, note: str = ""
) -> Reward | None:
    """The companion row that reverses so much of an issued reward; None when nothing is left.
    A coupon code that nobody has seen goes back to its pool."""
    amount = min(amount, reward.left)
    if amount <= 0:
        return None
    reversal = Reward(
        id=act.new_id("rwd"),
        campaign_id=reward.campaign_id,
        lead_id=reward.lead_id,
        referrer_id=reward.referrer_id,
        conversion_id=reward.conversion_id,
        recipient=reward.recipient,
        occasion=reward.occasion,
        rule_id=reward.rule_id,
        rule_version=reward.rule_version,
        amount=-amount,
        currency=reward.currency,
        status=RewardStatus.ISSUED,
        reason=reason,
        issue_after=reward.issue_after,
        created_at=act.at,
        unit=reward.unit,
        step=reward.step,
        issued_at=act.at,
        reverses=reward.id,
        import_id=reward.import_id,
    )
    if not await rewards.take_back(act.db, reward, reversal):
        return None
    await log_reward(act, reversal, "reward.reversed", note=note)
    if amount == reward.left:
        await coupons.give_back(act.db, act.campaign.id, reward.id)
    return reversal


async def any_issued(act: Act, conversion: Conversion) -> bool:
    """Whether a reward that this conversion earned has gone out and stands."""
    if conversion.lead_id is None:
        return False
    found = await rewards.of_conversion(act.db, act.campaign.id, conversion.id)
    return any(
        reward.status is RewardStatus.ISSUED
        and is_live(reward)
        and reward.lead_id == conversion.lead_id
        for reward in found
    )


async def move(
    act: Act,
    reward: Reward,
    after: RewardStatus,
    reason: Reason | None,
    note: str = "",
    early: bool = False,
    **also: object,
) -> Reward | None:
    """The reward after the move, logged; None when it no longer was what it says."""
    moved = await rewards.move(act.db, reward, after, reason, **also)
    if moved is not None:
        await log_reward(act, moved, note=note, early=early)
    return moved


async def log_reward(
    act: Act, reward: Reward, type_: str = "", note: str = "", early: bool = False
) -> None:
    """One line of activity: `type_`, or else the status that the reward has come to. `early`
    marks what a person issued before its time."""
    said = {name: word for name, word in (("note", note), ("early", int(early))) if word}
    await act.log(
        type_ or f"reward.{reward.status}",
        referrer_id=reward.referrer_id,
        lead_id=reward.lead_id,
        conversion_id=reward.conversion_id,
        reward_id=reward.id,
        amount=str(reward.amount) if reward.unit else str(reward.money),
        currency=reward.currency or None,
        unit=reward.unit or None,
        recipient=reward.recipient,
        issue_after=reward.issue_after,
        step=reward.step or None,
        reason=reward.reason,
        **said,
    )
