"""Campaigns: read, made with a key of the whole installation, changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from goodword import model
from goodword.clock import DAY
from goodword.lifecycle import change, set_up
from goodword.lifecycle.set_up import NewCampaign
from goodword.model import Money, Occasion, Recipient, read_amount
from goodword.web.api.call import ACTOR, Answer, Call, Nothing, Operation, act, read
from goodword.web.api.lists import ListQuery, Page, page, read_cursor
from goodword.web.api.problems import bad_field
from goodword.web.api.words import Address, Currency, Line, Time, Title, moment

T = TypeVar("T")
For = Literal["referrer", "lead", "both"]
RECIPIENTS: dict[For, tuple[Recipient, ...]] = {
    "referrer": (Recipient.REFERRER,),
    "lead": (Recipient.LEAD,),
    "both": (Recipient.REFERRER, Recipient.LEAD),
}
Origins = Annotated[
    list[Line], Meta(min_length=1, max_length=100, examples=[["https://shop.example"]])
]
_LONGEST_DELAY = 3650


class CampaignReward(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a referral earns; `amount` is a decimal string, or an integer of minor units."""

    amount: str | int
    currency: Currency
    for_: For = msgspec.field(default="referrer", name="for")
    on: Occasion = Occasion.QUALIFIED
    delay_days: Annotated[int, Meta(ge=0, le=_LONGEST_DELAY)] = 30

    def money(self) -> Money:
        """`Problem` when it is no amount of that currency above zero."""
        amount = read_amount(self.amount, self.currency)
        if read_amount("1", self.currency).unreadable:
            raise bad_field("reward.currency", "it is no ISO 4217 currency such as EUR")
        if amount.money is None or not amount.money.minor:
            raise bad_field("reward.amount", 'write an amount above zero, such as "10.00"')
        return amount.money


class Campaign(msgspec.Struct):
    id: str
    campaign_id: str
    created_at: Time
    status: model.CampaignStatus
    name: str
    slug: str
    site_key: str
    origins: list[str]
    landing: str
    reward: CampaignReward | None


class CampaignMade(Campaign):
    """With the secret that signs thank-you pages, which is not told again."""

    signing_secret: str


class NewCampaignBody(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: Title
    origins: Origins
    landing: Address = ""
    reward: CampaignReward | None = None


class CampaignChanges(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is not there stays; a reward of null means that nothing is owed from now on."""

    name: Title | UnsetType = UNSET
    status: model.CampaignStatus | UnsetType = UNSET
    origins: Origins | UnsetType = UNSET
    landing: Address | UnsetType = UNSET
    reward: CampaignReward | None | UnsetType = UNSET


class CampaignsQuery(ListQuery, kw_only=True):
    status: model.CampaignStatus | None = None


async def list_campaigns(call: Call[Nothing, CampaignsQuery]) -> Answer:
    query, seen = call.query, await call.seen(call.query.campaign_id)
    after = read_cursor(query.cursor)
    there = [
        each
        for each in sorted(call.context.directory.all(), key=lambda c: c.id, reverse=True)
        if seen in (None, each.id)
        and query.status in (None, each.status)
        and (after is None or each.id < after)
    ]
    shown = there[: query.limit]
    return Answer(200, page(list(map(shape, shown)), shown[-1].id if there != shown else None))


async def get_campaign(call: Call[Nothing, Nothing]) -> Answer:
    return Answer(200, shape(await call.campaign(call.id)))


async def create_campaign(call: Call[NewCampaignBody, Nothing]) -> Answer:
    call.check_is_for_all()
    made = await set_up.create_campaign(call.context, _new(call.body), ACTOR)
    fields = msgspec.structs.asdict(shape(made))
    return Answer(201, CampaignMade(**fields, signing_secret=made.signing_secret))


async def change_campaign(call: Call[CampaignChanges, Nothing]) -> Answer:
    campaign, body = await call.campaign(call.id), call.body
    changes = change.Changes(
        name=_said(body.name),
        status=_said(body.status),
        origins=_said(body.origins),
        landing=_said(body.landing),
        terms=None if body.reward is UNSET else _terms(body.reward),
    )
    changed = await change.change_campaign(call.context, campaign, changes, ACTOR)
    return Answer(200, shape(changed))


OPERATIONS: list[Operation[Any, Any]] = [
    read("/campaigns", list_campaigns, Page[Campaign], CampaignsQuery, "List campaigns"),
    act(
        "POST",
        "/campaigns",
        create_campaign,
        CampaignMade,
        NewCampaignBody,
        "Make a campaign, with a key of the whole installation",
        status=201,
    ),
    read("/campaigns/{id}", get_campaign, Campaign, Nothing, "Read a campaign"),
    act(
        "PATCH",
        "/campaigns/{id}",
        change_campaign,
        Campaign,
        CampaignChanges,
        "Change a campaign; leads that have joined keep the reward they joined under",
    ),
]


def shape(campaign: model.Campaign) -> Campaign:
    return Campaign(
        id=campaign.id,
        campaign_id=campaign.id,
        created_at=moment(campaign.created_at),
        status=campaign.status,
        name=campaign.name,
        slug=campaign.slug,
        site_key=campaign.site_key,
        origins=list(campaign.origins),
        landing=campaign.landing,
        reward=_reward(campaign.rules[0]) if campaign.rules else None,
    )


def _reward(rule: model.Rule) -> CampaignReward:
    for_ = next(word for word, who in RECIPIENTS.items() if set(who) == set(rule.recipients))
    return CampaignReward(
        amount=str(rule.money),
        currency=rule.currency,
        for_=for_,
        on=rule.occasion,
        delay_days=-(-rule.delay // DAY),
    )


def _new(body: NewCampaignBody) -> NewCampaign:
    new = NewCampaign(name=body.name, origins=body.origins, landing=body.landing)
    if body.reward is None:
        return new
    return replace(
        new,
        reward=body.reward.money(),
        recipients=RECIPIENTS[body.reward.for_],
        occasion=body.reward.on,
        delay=body.reward.delay_days * DAY,
    )


def _terms(reward: CampaignReward | None) -> change.Terms:
    if reward is None:
        return change.Terms(money=None)
    return change.Terms(
        money=reward.money(),
        recipients=RECIPIENTS[reward.for_],
        occasion=reward.on,
        delay=reward.delay_days * DAY,
    )


def _said(value: T | UnsetType) -> T | None:
    return None if value is UNSET else value
