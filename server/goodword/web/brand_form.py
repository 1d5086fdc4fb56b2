"""The look and the texts of hosted pages in a form. Data in, data out."""

from __future__ import annotations

from collections.abc import Mapping

from goodword.campaigns.texts import PLACES, default_texts
from goodword.lifecycle.brand import BrandChanges
from goodword.model import Brand, Campaign, LinkTo
from goodword.web.admin_forms import Form

_OWN = ("accent", "paper", "link_to")
_LONGEST = 2_000


def brand_form(brand: Brand) -> Form:
    """The brand as it stands; a text that follows the rules is empty."""
    texts = {place: brand.texts.get(place, "") for place in PLACES}
    own = {"accent": brand.accent, "paper": brand.paper, "link_to": brand.link_to.value}
    return Form(texts | own | {"remove_logo": False, "logo": ""})


def typed_brand(sent: Mapping[str, str], brand: Brand) -> Form:
    form = brand_form(brand)
    for name in (*_OWN, *PLACES):
        if name in sent:
            form.values[name] = sent[name].strip()[:_LONGEST]
    form.values["remove_logo"] = sent.get("remove_logo") == "yes"
    return form


def read_brand(form: Form, logo: bytes) -> BrandChanges | None:
    """What is to be set; None where nothing that could be meant was chosen."""
    values = form.values
    if values["link_to"] not in list(LinkTo):
        form.refuse("link_to", "choose one of these")
        return None
    return BrandChanges(
        accent=values["accent"],
        paper=values["paper"],
        link_to=LinkTo(values["link_to"]),
        texts={place: values[place] for place in PLACES},
        logo=logo,
        remove_logo=values["remove_logo"],
    )


def placeholders(campaign: Campaign) -> dict[str, str]:
    """What each text says while its field is empty, variables and all."""
    return default_texts(campaign)
