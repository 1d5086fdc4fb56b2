"""Campaigns: read, made with a key of the whole installation, changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from goodword import model
from goodword.campaigns.decide import LAST_BATCH_DAY, LONGEST_WINDOW, MOST_REWARDS
from goodword.clock import DAY
from goodword.lifecycle import change, set_up
from goodword.lifecycle.set_up import NewCampaign
from goodword.model import Evidence, Kind, Method, Money, Occasion, read_amount, read_currency
from goodword.web.api.call import ACTOR, Answer, Call, Nothing, Operation, act, read
from goodword.web.api.campaign_rule import (
    RECIPIENTS,
    CampaignRule,
    Decimal,
    For,
    days,
    for_whom,
    shape_rule,
)
from goodword.web.api.lists import ListQuery, Page, page
from goodword.web.api.problems import bad_field
from goodword.web.api.words import Address, Currency, Line, Time, Title, moment

T = TypeVar("T")
Origins = Annotated[
    list[Line], Meta(min_length=1, max_length=100, examples=[["https://shop.example"]])
]
_LONGEST_DELAY = 3650
Limit = Annotated[int, Meta(ge=1, le=MOST_REWARDS)]
Day = Annotated[int, Meta(ge=1, le=LAST_BATCH_DAY)]
Window = Annotated[int, Meta(ge=1, le=LONGEST_WINDOW)]
Grade = Literal["E1", "E2", "E3", "E4"]


class CampaignReward(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a referral earns; `amount` is a decimal string, or an integer of minor units."""

    amount: str | int
    currency: Currency
    for_: For = msgspec.field(default="referrer", name="for")
    on: Literal["qualified", "joined"] = "qualified"
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
    """`reward` is the one rule where that is a plain amount by hand; `rules` are all of them.

    More than `cap` rewards of a referrer in 30 days are held, as are those beyond the `budget`;
    with a `batch_day` all of a month may go out on that day; from `second_eyes` on two people
    issue. Amounts are of `currency`; null means none.
    """

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
    rules: list[CampaignRule]
    window_days: int
    least_evidence: str
    currency: str
    cap: int | None
    budget: Decimal | None
    batch_day: int | None
    second_eyes: Decimal | None


class CampaignMade(Campaign):
    """With the secret that signs thank-you pages, which is not told again."""

    signing_secret: str


class NewCampaignBody(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: Title
    origins: Origins
    landing: Address = ""
    reward: CampaignReward | None = None


class CampaignChanges(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is not there stays. A reward takes the place of every rule, one of null means that
    nothing is owed from now on; any other null means none. `budget` and `second_eyes` are decimal
    strings, or integers of minor units, of the campaign's currency: with another `currency` they
    are said anew, or null. Rules and rewards keep the currency that they have."""

    name: Title | UnsetType = UNSET
    status: model.CampaignStatus | UnsetType = UNSET
    origins: Origins | UnsetType = UNSET
    landing: Address | UnsetType = UNSET
    reward: CampaignReward | None | UnsetType = UNSET
    window_days: Window | UnsetType = UNSET
    least_evidence: Grade | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    cap: Limit | None | UnsetType = UNSET
    budget: str | int | None | UnsetType = UNSET
    batch_day: Day | None | UnsetType = UNSET
    second_eyes: str | int | None | UnsetType = UNSET


class CampaignsQuery(ListQuery, kw_only=True):
    status: model.CampaignStatus | None = None


async def list_campaigns(call: Call[Nothing, CampaignsQuery]) -> Answer:
    query, seen = call.query, await call.seen(call.query.campaign_id)
    after = query.cursor
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
    currency = _currency(campaign, body)
    changes = change.Changes(
        name=_said(body.name),
        status=_said(body.status),
        origins=_said(body.origins),
        landing=_said(body.landing),
        window=None if body.window_days is UNSET else body.window_days * DAY,
        least_evidence=None if body.least_evidence is UNSET else _grade(body.least_evidence),
        cap=body.cap,
        budget=_minor(currency, "budget", body.budget),
        batch_day=body.batch_day,
        second_eyes=_minor(currency, "second_eyes", body.second_eyes),
        currency=currency,
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
        reward=_reward(campaign.rules),
        rules=list(map(shape_rule, campaign.rules)),
        window_days=days(campaign.window),
        least_evidence=f"E{campaign.least_evidence.value}",
        currency=campaign.currency,
        cap=campaign.cap,
        budget=_decimal(campaign, campaign.budget),
        batch_day=campaign.batch_day,
        second_eyes=_decimal(campaign, campaign.second_eyes),
    )


def _decimal(campaign: model.Campaign, minor: int | None) -> str | None:
    return None if minor is None else str(Money(minor, campaign.currency))


def _currency(campaign: model.Campaign, body: CampaignChanges) -> str:
    """The currency from now on; a limit that was set in another one does not stand silently."""
    if body.currency is UNSET:
        return campaign.currency
    currency = read_currency(body.currency)
    if currency is None:
        raise bad_field("currency", 'write three letters of ISO 4217, such as "EUR"')
    for field in ("budget", "second_eyes") if currency != campaign.currency else ():
        if getattr(campaign, field) is not None and getattr(body, field) is UNSET:
            raise bad_field(field, f"it is in {campaign.currency}: write it in {currency}, or null")
    return currency


def _minor(currency: str, field: str, said: str | int | None | UnsetType) -> int | None | UnsetType:
    if said is None or said is UNSET:
        return said
    amount = read_amount(said, currency)
    if amount.money is None or not amount.money.minor:
        raise bad_field(field, 'write an amount above zero, such as "500.00", or null')
    return amount.money.minor


def _grade(said: str) -> Evidence:
    return Evidence(int(said[1:]))


def _reward(rules: tuple[model.Rule, ...]) -> CampaignReward | None:
    """None where `rules` alone can tell."""
    if len(rules) != 1:
        return None
    [rule] = rules
    if rule.occasion is Occasion.CONVERTED or rule.stepped:
        return None
    if rule.kind is not Kind.FIXED or rule.method is not Method.HAND:
        return None
    return CampaignReward(
        amount=str(rule.money),
        currency=rule.currency,
        for_=for_whom(rule),
        on="joined" if rule.occasion is Occasion.JOINED else "qualified",
        delay_days=days(rule.delay),
    )


def _new(body: NewCampaignBody) -> NewCampaign:
    new = NewCampaign(name=body.name, origins=body.origins, landing=body.landing)
    if body.reward is None:
        return new
    return replace(
        new,
        reward=body.reward.money(),
        recipients=RECIPIENTS[body.reward.for_],
        occasion=Occasion(body.reward.on),
        delay=body.reward.delay_days * DAY,
    )


def _terms(reward: CampaignReward | None) -> change.Terms:
    if reward is None:
        return change.Terms(money=None)
    return change.Terms(
        money=reward.money(),
        recipients=RECIPIENTS[reward.for_],
        occasion=Occasion(reward.on),
        delay=reward.delay_days * DAY,
    )


def _said(value: T | UnsetType) -> T | None:
    return None if value is UNSET else value
