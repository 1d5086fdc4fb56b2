"""How hosted pages look and what they say is changed, and set back by Undo."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from goodword.campaigns import brands
from goodword.campaigns.colours import read_colour
from goodword.campaigns.decide import BadCampaign
from goodword.campaigns.picture import NoPicture, read_picture
from goodword.campaigns.texts import PLACES, read_text
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, Refusal, items_of, keep_deed
from goodword.model import Brand, Campaign, Deed, LinkTo, Logo


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandChanges:
    """What an owner wants: all of it, as typed. `logo` is a file's bytes; empty keeps the logo
    that there is, unless it is to be removed."""

    accent: str
    paper: str
    link_to: LinkTo
    texts: Mapping[str, str]
    logo: bytes = b""
    remove_logo: bool = False


async def brand_of(context: Context, campaign: Campaign) -> Brand:
    async with context.storage.read() as db:
        return await brands.of_campaign(db, campaign.id)


async def logo_of(context: Context, campaign: Campaign, logo_id: str) -> Logo | None:
    async with context.storage.read() as db:
        return await brands.logo(db, campaign.id, logo_id)


def wanted_brand(current: Brand, changes: BrandChanges) -> tuple[Brand, Logo | None]:
    """The brand with the changes, and the picture that is new. `BadCampaign` names the field."""
    texts = {place: read_text(place, changes.texts.get(place, "")) for place in PLACES}
    logo = read_logo(current.campaign_id, changes.logo) if changes.logo else None
    kept = "" if changes.remove_logo else current.logo
    brand = replace(
        current,
        accent=read_colour("accent", changes.accent),
        paper=read_colour("paper", changes.paper),
        logo=logo.id if logo else kept,
        link_to=changes.link_to,
        texts={place: text for place, text in texts.items() if text},
    )
    return brand, logo


def read_logo(campaign_id: str, content: bytes) -> Logo:
    """The picture by its bytes, whatever its name says; `BadCampaign` for what is none."""
    try:
        picture = read_picture(content)
    except NoPicture as error:
        raise BadCampaign("logo", str(error)) from error
    return Logo(
        campaign_id=campaign_id,
        id=f"{sha256(content).hexdigest()[:32]}-{picture.width}x{picture.height}",
        kind=picture.kind,
        width=picture.width,
        height=picture.height,
        content=content,
        created_at=0,
    )


async def edit_brand(
    context: Context, campaign: Campaign, changes: BrandChanges, actor: str
) -> Done:
    """Makes the changes together or not at all; done without a deed when they change nothing.

    `BadCampaign` names the field that can't be used.
    """
    async with begin(context, campaign, actor) as act:
        current = await brands.of_campaign(act.db, campaign.id)
        wanted, logo = wanted_brand(current, changes)
        if logo is not None:
            await brands.add_logo(act.db, replace(logo, created_at=act.at))
        changed = await _apply(act, current, wanted)
        items = {campaign.id: changed} if changed else {}
        return Done(await keep_deed(act, "change", "brand", items), tuple(items))


async def undo_brand(act: Act, deed: Deed) -> Done:
    """Sets back what a deed changed; what was changed again since is refused.

    Who calls it keeps the deed of it.
    """
    current = await brands.of_campaign(act.db, act.campaign.id)
    said: dict[str, dict[str, str]] = json.loads(items_of(deed)[act.campaign.id])
    now, before, after = _facts(current), said["before"], said["after"]
    again = [name for name in before if now[name] != after[name]]
    back = {name: value for name, value in before.items() if name not in again}
    changed = await _apply(act, current, _brand(current.campaign_id, now | back))
    refused = [
        Refusal(current.campaign_id, f"{BRAND_PARTS[name]} was changed again since.")
        for name in again
    ]
    return Done(None, (current.campaign_id,) if changed else (), tuple(refused))


BRAND_PARTS = {
    "accent": "The colour of buttons and links",
    "paper": "The colour of the page",
    "logo": "The logo",
    "link_to": "Where shared links lead to",
    "join_headline": "The headline of the join page",
    "join_offer": "The offer of the join page",
    "join_button": "The button of the join page",
    "invitation_headline": "The headline of the invitation",
    "invitation_offer": "The offer of the invitation",
    "invitation_button": "The button of the invitation",
    "message": "The message that goes with a link",
}
"""What an owner may set of a brand, and what it is called."""


def _facts(brand: Brand) -> dict[str, str]:
    own = {"accent": brand.accent, "paper": brand.paper, "logo": brand.logo}
    texts = {place: brand.texts.get(place, "") for place in PLACES}
    return own | {"link_to": brand.link_to.value} | texts


def _brand(campaign_id: str, facts: Mapping[str, str]) -> Brand:
    return Brand(
        campaign_id=campaign_id,
        accent=facts["accent"],
        paper=facts["paper"],
        logo=facts["logo"],
        link_to=LinkTo(facts["link_to"]),
        texts={place: facts[place] for place in PLACES if facts[place]},
    )


async def _apply(act: Act, current: Brand, wanted: Brand) -> str:
    """Writes and logs what is otherwise; what a deed keeps of it, or nothing where nothing is."""
    before, after = _facts(current), _facts(wanted)
    changed = [name for name in BRAND_PARTS if before[name] != after[name]]
    if not changed:
        return ""
    await brands.put(act.db, wanted)
    await act.log("campaign.brand_changed", changed=" ".join(changed))
    items = {
        "before": {name: before[name] for name in changed},
        "after": {name: after[name] for name in changed},
    }
    return json.dumps(items)
