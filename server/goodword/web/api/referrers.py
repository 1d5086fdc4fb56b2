"""Referrers: read with what they brought, made, renamed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from goodword import model
from goodword.lifecycle.change import rename_referrer
from goodword.lifecycle.context import Context
from goodword.lifecycle.disable import set_disabled
from goodword.lifecycle.erase import erase_referrer
from goodword.lifecycle.links import code_of, hop_link, link
from goodword.lifecycle.mailed import own_page_link
from goodword.lifecycle.set_up import create_referrer as make_referrer
from goodword.model import canonical_email
from goodword.referrers.decide import read_alias
from goodword.signing import MAILED_LIFE, read_code
from goodword.stats import api_read
from goodword.stats.api_read import Brought
from goodword.web.api.call import ACTOR, Answer, Call, Nothing, Operation, act, read
from goodword.web.api.lists import ListQuery, Page, page, wanted
from goodword.web.api.problems import bad_field, missing
from goodword.web.api.words import Email, Id, Line, Time, moment, one_line


class Referrer(msgspec.Struct, kw_only=True):
    """`link` leads to the campaign's page, `hop_link` by way of this server; `referrals` are
    the leads that were not rejected. `status` is `active`, or `disabled`: no new visit or lead
    comes through the codes."""

    id: str
    campaign_id: str
    created_at: Time
    status: Literal["active", "disabled"]
    email: str
    name: str
    code: str
    link: str
    hop_link: str
    referrals: int
    referrals_successful: int


class NewReferrer(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`code` is a vanity code of their choice; without one they get a signed code."""

    email: Email
    name: Line = ""
    code: Line | None = None
    campaign_id: Id | None = None


class ReferrerChanges(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is; `disabled` stops or opens their codes."""

    name: Line | msgspec.UnsetType = msgspec.UNSET
    disabled: bool | msgspec.UnsetType = msgspec.UNSET


class OwnPageLink(msgspec.Struct, kw_only=True):
    """`url` opens the referrer's own page until then, for whoever has it."""

    id: str
    url: str
    expires_at: Time


class ReferrersQuery(ListQuery, kw_only=True):
    email: Email | None = None


async def list_referrers(call: Call[Nothing, ReferrersQuery]) -> Answer:
    email = call.query.email
    asked = await wanted(call, email_canonical=canonical_email(email) if email else None)
    async with call.context.storage.read() as db:
        found = await api_read.referrers(db, asked)
        brought = await api_read.brought(db, found.rows)
    shown = await _shapes(call.context, found.rows, brought)
    return Answer(200, page(shown, found.next))


async def get_referrer(call: Call[Nothing, Nothing]) -> Answer:
    return Answer(200, await _shown(call, await find(call)))


async def create_referrer(call: Call[NewReferrer, Nothing]) -> Answer:
    """201 for a new one; 200 for the one that has this e-mail already."""
    body = call.body
    campaign = await call.campaign(body.campaign_id)
    if body.code is not None:
        _check_vanity(campaign, body.code)
    made, new = await make_referrer(
        call.context,
        campaign,
        body.email.strip(),
        one_line(body.name),
        ACTOR,
        body.code,
        welcome=True,
    )
    return Answer(201 if new else 200, await _shown(call, made))


async def change_referrer(call: Call[ReferrerChanges, Nothing]) -> Answer:
    found, name, disabled = await find(call), call.body.name, call.body.disabled
    campaign = await call.campaign(found.campaign_id)
    if name is not msgspec.UNSET:
        await rename_referrer(call.context, campaign, found.id, one_line(name), ACTOR)
    if disabled is not msgspec.UNSET:
        await set_disabled(call.context, campaign, [found.id], disabled, ACTOR)
    return Answer(200, await _shown(call, await find(call)))


async def link_to_own_page(call: Call[Nothing, Nothing]) -> Answer:
    """For who is logged in at the site: to be led there, or shown the page in a frame."""
    found = await find(call)
    url, ends = own_page_link(call.context, found), call.context.now() + MAILED_LIFE
    return Answer(200, OwnPageLink(id=found.id, url=url, expires_at=moment(ends)))


async def delete_referrer(call: Call[Nothing, Nothing]) -> Answer:
    """Erases the person: the ledger stays under a pseudonym. It can't be undone."""
    found = await find(call)
    campaign = await call.campaign(found.campaign_id)
    return Answer(
        200, await _shown(call, await erase_referrer(call.context, campaign, found, ACTOR))
    )


OPERATIONS: list[Operation[Any, Any]] = [
    read("/referrers", list_referrers, Page[Referrer], ReferrersQuery, "List referrers"),
    act(
        "POST",
        "/referrers",
        create_referrer,
        Referrer,
        NewReferrer,
        "Make a referrer; the one with this e-mail is answered with 200",
        status=201,
        also=(200,),
    ),
    read("/referrers/{id}", get_referrer, Referrer, Nothing, "Read a referrer"),
    act(
        "PATCH",
        "/referrers/{id}",
        change_referrer,
        Referrer,
        ReferrerChanges,
        "Rename a referrer, or disable their codes",
    ),
    act(
        "POST",
        "/referrers/{id}/page",
        link_to_own_page,
        OwnPageLink,
        Nothing,
        "Get a link to the referrer's own page, for who is logged in at your site",
    ),
    act(
        "DELETE",
        "/referrers/{id}",
        delete_referrer,
        Referrer,
        Nothing,
        "Erase a referrer's person: the ledger stays under a pseudonym",
    ),
]


async def find(call: Call[Any, Any]) -> model.Referrer:
    """The referrer that the path names; `Problem` 404."""
    async with call.context.storage.read() as db:
        found = await api_read.referrer(db, call.key.campaign_id, call.id)
    if found is None:
        raise missing("referrer", call.id)
    return found


def _check_vanity(campaign: model.Campaign, code: str) -> None:
    if read_alias(code) is None or read_code(campaign.code_key, code) is not None:
        raise bad_field("code", "a code has 2 to 40 of a-z, 0-9, hyphen and underscore")


async def _shown(call: Call[Any, Any], referrer: model.Referrer) -> Referrer:
    async with call.context.storage.read() as db:
        brought = await api_read.brought(db, [referrer])
    [shown] = await _shapes(call.context, [referrer], brought)
    return shown


async def _shapes(
    context: Context, people: Sequence[model.Referrer], brought: dict[str, Brought]
) -> list[Referrer]:
    found = [(each, await context.directory.by_id(each.campaign_id)) for each in people]
    return [
        _shape(context, campaign, each, brought.get(each.id, Brought()))
        for each, campaign in found
        if campaign is not None
    ]


def _shape(
    context: Context, campaign: model.Campaign, referrer: model.Referrer, brought: Brought
) -> Referrer:
    return Referrer(
        id=referrer.id,
        campaign_id=referrer.campaign_id,
        created_at=moment(referrer.created_at),
        status="active" if referrer.disabled_at is None else "disabled",
        email=referrer.email,
        name=referrer.name,
        code=code_of(referrer),
        link=link(campaign, code_of(referrer)),
        hop_link=hop_link(context.settings.public_url, campaign, referrer),
        referrals=brought.referrals,
        referrals_successful=brought.successful,
    )
