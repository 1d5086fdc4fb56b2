"""How a reward and its standing read to the referrer whose it is. Data in, text out."""

from __future__ import annotations

from goodword.credits.decide import Filing
from goodword.lifecycle.invite_friend import Invited
from goodword.model import CreditStatus, Occasion, RewardStatus, day_of
from goodword.stats.own import OwnReward

_STANDING = {
    RewardStatus.HELD: "Being checked",
    RewardStatus.FAILED: "Delayed, we are looking into it",
    RewardStatus.CANCELLED: "Cancelled",
}

CLAIM_STATE = {
    CreditStatus.OPEN: "Being looked into",
    CreditStatus.CREDITED: "Counted for you",
    CreditStatus.DECLINED: "Not counted",
}
"""What became of what the referrer asked."""

NOT_ASKED = {
    Filing.UNREADABLE: "Write an order number or an e-mail address.",
    Filing.TOO_MANY: "What you asked before comes first: please wait for an answer.",
}
"""Why a question is not taken. Nothing here depends on who was named."""

NOT_INVITED = {
    Invited.NO_ADDRESS: "That is no e-mail address.",
    Invited.TOO_MANY: "These were enough for today: please try again tomorrow.",
    Invited.OFF: "Invitations are not sent at the moment: please send your link yourself.",
}
"""Why no invitation goes out. Nothing here depends on whose address it is."""


def standing(reward: OwnReward, now: int) -> str:
    """Where a reward is, and when it can be issued; never why it is not."""
    if reward.status is RewardStatus.ISSUED:
        verb = "Taken back" if reward.takes_back else "Issued"
        return f"{verb} on {day_of(reward.issued_at or reward.created_at)}"
    if reward.status is RewardStatus.DUE:
        later = reward.issue_after > now
        return f"Can be issued from {day_of(reward.issue_after)}" if later else "Can be issued now"
    return _STANDING[reward.status]


def occasion(reward: OwnReward) -> str:
    """What it is for. Never whose order it was: a share of it would tell how large that was."""
    if reward.step:
        return f"For {reward.step} successful {'referral' if reward.step == 1 else 'referrals'}"
    return {
        Occasion.JOINED: "For a friend who joined",
        Occasion.QUALIFIED: "For a successful referral",
        Occasion.CONVERTED: "For an order of a friend",
    }[reward.occasion]
