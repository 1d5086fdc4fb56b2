"""Set up: keys, campaigns, referrers. What the command line and the admin pages do."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.campaigns import record as campaigns
from goodword.campaigns.decide import (
    check_numbers,
    read_landing,
    read_name,
    read_origins,
    slug_of,
)
from goodword.campaigns.rules import check_rule
from goodword.clock import DAY, new_secret
from goodword.lifecycle.act import begin
from goodword.lifecycle.change import AS_IT_WAS, Changes, edit_campaign
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import keep_deed
from goodword.lifecycle.directory import bump
from goodword.lifecycle.lead import own_browser
from goodword.lifecycle.reseal import seal_anew
from goodword.model import (
    Campaign,
    CampaignStatus,
    Evidence,
    Mode,
    Money,
    Occasion,
    Recipient,
    Referrer,
    Rule,
    canonical_email,
    is_email,
)
from goodword.referrers import record as referrers
from goodword.referrers.decide import read_alias
from goodword.settings import Settings
from goodword.signing import CodeKind, fingerprint, mint_code, read_code, seal
from goodword.storage import Storage
from goodword.storage import installation as notes

_FINGERPRINTS = "key_fingerprints"
_ADDRESS = "served_at"
COMMAND_LINE = "command line"
"""Who acts where nobody is logged in: whoever may run commands on the server."""

DEFAULT_ADDRESS = "http://127.0.0.1:8000"
DEFAULT_WINDOW = 60 * DAY
DEFAULT_DELAY = 30 * DAY


class ForeignKeys(Exception):
    """The process brings none of the keys that this database was made with."""


class Refused(Exception):
    """A named refusal of something an admin asked for; `field` says which part."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


async def adopt_keys(settings: Settings, storage: Storage) -> None:
    """Refuses keys of another installation; seals anew when a newer key has come.

    `ForeignKeys` when none of the process's keys is known to the database.
    """
    ours = [fingerprint(key) for key in settings.secret_keys]
    async with storage.write() as db:
        known = (await notes.read(db, _FINGERPRINTS) or "").split()
        if known and not set(ours).intersection(known):
            raise ForeignKeys(
                "GOODWORD_SECRET_KEYS: these are not the keys that this database was made with;"
                " bring the old key too, as the last of the list"
            )
        if known[:1] == ours[:1]:
            return
        await seal_anew(db, settings.secret_keys)
        await notes.write(db, _FINGERPRINTS, " ".join(ours))
        await bump(db)


async def remember_address(context: Context) -> None:
    """Notes where this installation is served, for commands that print links."""
    async with context.storage.write() as db:
        await notes.write(db, _ADDRESS, context.settings.public_url)


async def remembered_address(storage: Storage) -> str:
    """Where this installation was served last, or would be by default."""
    async with storage.read() as db:
        return await notes.read(db, _ADDRESS) or DEFAULT_ADDRESS


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCampaign:
    """What an owner says of a new campaign; everything else has a default.

    `rule`, which brings what it says and no id, is owed instead of `reward`.
    """

    name: str
    origins: Sequence[str]
    landing: str = ""
    reward: Money | None = None
    recipients: tuple[Recipient, ...] = (Recipient.REFERRER,)
    occasion: Occasion = Occasion.QUALIFIED
    delay: int = DEFAULT_DELAY
    currency: str = "EUR"
    rule: Rule | None = None
    window: int = DEFAULT_WINDOW
    least_evidence: Evidence = Evidence.TOKEN
    paused: bool = False


async def create_campaign(context: Context, new: NewCampaign, actor: str) -> Campaign:
    """A campaign with its keys, its rule, and the referrer that test runs use.

    `BadCampaign` names the field that can't be used; `Refused` says that another campaign of
    this name is being made at the same moment.
    """
    try:
        return await _create(context, new, actor)
    except IntegrityError as error:
        message = "another campaign of this name is being made right now; try again"
        raise Refused("name", message) from error


async def _create(context: Context, new: NewCampaign, actor: str) -> Campaign:
    campaign = _campaign(context, new)
    rule = _rule(context, campaign, new)
    async with begin(context, campaign, actor) as act:
        db = act.db
        taken = [other.slug for other in await campaigns.load(db)]
        campaign = replace(campaign, slug=slug_of(campaign.name, taken))
        await campaigns.add(
            db,
            replace(campaign, code_key=seal(context.keys, campaign.code_key)),
            seal(context.keys, campaign.signing_secret.encode()),
        )
        if rule is not None:
            await campaigns.add_rule(db, rule)
        await referrers.add(db, _referrer(context, campaign, "", "Test", Mode.TEST))
        await act.log("campaign.created", name=campaign.name)
        await keep_deed(act, "create", "campaign", {campaign.id: AS_IT_WAS})
        await bump(db)
    await context.directory.load()
    return replace(campaign, rules=(rule,) if rule else ())


def _campaign(context: Context, new: NewCampaign) -> Campaign:
    now = context.now()
    name, origins = read_name(new.name), read_origins(new.origins)
    campaign = Campaign(
        id=context.new_id("camp", now),
        slug="",
        name=name,
        status=CampaignStatus.PAUSED if new.paused else CampaignStatus.ACTIVE,
        site_key=base64.b32encode(new_secret(10)).decode().lower(),
        origins=origins,
        landing=read_landing(new.landing, origins[0]),
        window=new.window,
        least_evidence=new.least_evidence,
        currency=_currency(new),
        code_key=new_secret(32),
        signing_secret="gws_" + base64.urlsafe_b64encode(new_secret(24)).decode(),
        paused_at=now if new.paused else None,
        created_at=now,
    )
    return check_numbers(campaign)


def _currency(new: NewCampaign) -> str:
    owed = new.rule or new.reward
    return owed.currency if owed else new.currency


def _rule(context: Context, campaign: Campaign, new: NewCampaign) -> Rule | None:
    owed = new.rule or (None if new.reward is None else _plain(new, new.reward))
    if owed is None:
        return None
    return replace(
        check_rule(owed),
        id=context.new_id("rule", campaign.created_at),
        campaign_id=campaign.id,
        version=1,
        created_at=campaign.created_at,
    )


def _plain(new: NewCampaign, reward: Money) -> Rule:
    return Rule(
        id="",
        campaign_id="",
        version=1,
        recipients=new.recipients,
        occasion=new.occasion,
        amount=reward.minor,
        currency=reward.currency,
        delay=new.delay,
        created_at=0,
    )


async def set_paused(context: Context, campaign: Campaign, paused: bool, actor: str) -> bool:
    """Pauses or resumes; whether anything changed. Paused: no new hit, lead or referrer."""
    status = CampaignStatus.PAUSED if paused else CampaignStatus.ACTIVE
    done = await edit_campaign(context, campaign, Changes(status=status), actor)
    return done.deed is not None


async def allow_origin(context: Context, campaign: Campaign, origin: str, actor: str) -> None:
    """Adds an origin to the campaign. `BadCampaign` when it is none."""
    await edit_campaign(context, campaign, Changes(one_more_origin=origin), actor)


async def create_referrer(
    context: Context,
    campaign: Campaign,
    email: str,
    name: str,
    actor: str,
    vanity: str | None = None,
    visitor: str | None = None,
    *,
    welcome: bool = False,
) -> tuple[Referrer, bool]:
    """The referrer of that e-mail, and whether it is new. `vanity` is a code of their choice,
    `visitor` the browser they came with, which is their own; `welcome` says that they asked for
    it: a new one is written to.

    `Refused` for what is no e-mail, a vanity code that is taken, or a paused campaign.
    """
    alias = _vanity(campaign, vanity)
    if not is_email(email):
        raise Refused("email", f"{email!r} is no e-mail address")
    async with begin(context, campaign, actor) as act:
        known = await referrers.by_email(act.db, campaign.id, Mode.LIVE, canonical_email(email))
        if known is None and campaign.paused:
            raise Refused("campaign", "the campaign is paused: it takes no new referrers")
        made = _referrer(context, campaign, email, name, Mode.LIVE)
        referrer = known or replace(made, asked_at=act.at if welcome else None)
        if known is None:
            await referrers.add(act.db, referrer)
            await act.log("referrer.joined", referrer_id=referrer.id)
            if is_email(actor) or actor == COMMAND_LINE:
                # Before, their codes did not work: Undo goes back to that.
                await keep_deed(act, "add", "referrer", {referrer.id: "disabled"})
        if alias and not await _add_alias(act.db, referrer, alias, act.at):
            raise Refused("code", f"the code {alias!r} is taken in this campaign")
        if visitor is not None:
            await own_browser(act, referrer, visitor)
        return replace(referrer, alias=alias or referrer.alias), known is None


def _vanity(campaign: Campaign, text: str | None) -> str | None:
    if text is None:
        return None
    alias = read_alias(text)
    if alias is None or read_code(campaign.code_key, text) is not None:
        raise Refused("code", "a code has 2 to 40 of a-z, 0-9, hyphen and underscore")
    return alias


async def _add_alias(db: AsyncConnection, referrer: Referrer, alias: str, at: int) -> bool:
    if await referrers.add_alias(db, referrer.campaign_id, alias, referrer.id, at):
        return True
    owner = await referrers.by_alias(db, referrer.campaign_id, alias)
    return owner is not None and owner.id == referrer.id


def _referrer(context: Context, campaign: Campaign, email: str, name: str, mode: Mode) -> Referrer:
    now = context.now()
    return Referrer(
        id=context.new_id("ref", now),
        campaign_id=campaign.id,
        email=email.strip(),
        email_canonical=canonical_email(email) if email else "",
        name=" ".join(name.split())[:200],
        code=mint_code(campaign.code_key, CodeKind.REFERRER, new_secret(5)),
        alias=None,
        mode=mode,
        created_at=now,
    )


def https_advice(public_url: str, campaign: Campaign) -> str | None:
    """What to set when pages are HTTPS and this server's address is not."""
    if public_url.startswith("https://") or not campaign.origins[0].startswith("https://"):
        return None
    return (
        f"{campaign.origins[0]} is HTTPS and its browsers will refuse a script from"
        f" {public_url}; set GOODWORD_PUBLIC_URL=https://go.shop.example (your host)"
        " and put an HTTPS proxy in front"
    )
