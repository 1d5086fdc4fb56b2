"""What an admin typed into a form, read or refused field by field. Data in, data out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from goodword.campaigns.decide import origin_of
from goodword.clock import DAY
from goodword.lifecycle.set_up import NewCampaign
from goodword.model import Money, Occasion, Recipient, read_amount

_LONGEST_DELAY = 3650
_FOR = {
    "referrer": (Recipient.REFERRER,),
    "lead": (Recipient.LEAD,),
    "both": (Recipient.REFERRER, Recipient.LEAD),
}
_FIELD_OF = {"origin": "site"}


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed, and what is wrong with it; both are shown again."""

    values: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)

    def refuse(self, name: str, message: str) -> None:
        """Notes what is wrong with a field, as a sentence."""
        text = message[:1].upper() + message[1:]
        self.errors[_FIELD_OF.get(name, name)] = text if text.endswith(".") else f"{text}."


def empty_campaign() -> Form:
    """A new campaign before anything was typed."""
    names = ("site", "reward", "name", "landing")
    chosen = {"currency": "EUR", "for": "referrer", "delay": "30", "qualified": True}
    return Form(dict.fromkeys(names, "") | chosen)


def typed_campaign(sent: Mapping[str, str]) -> Form:
    form = empty_campaign()
    for name in form.values:
        form.values[name] = sent.get(name, "").strip()[:500]
    form.values["qualified"] = sent.get("qualified") == "yes"
    return form


def read_campaign(form: Form) -> NewCampaign | None:
    """The campaign that was asked for; None when a field is refused."""
    values = form.values
    origin, page = _site(form)
    reward, recipients = _reward(form), _FOR.get(values["for"])
    if recipients is None:
        form.refuse("for", "choose for whom the reward is")
    delay = _delay(form)
    if form.errors or recipients is None:
        return None
    return NewCampaign(
        name=values["name"] or (urlsplit(origin).hostname or origin).replace("*.", ""),
        origins=(origin,),
        landing=values["landing"] or page,
        reward=reward,
        recipients=recipients,
        occasion=Occasion.QUALIFIED if values["qualified"] else Occasion.JOINED,
        delay=delay * DAY,
        currency=reward.currency if reward else "EUR",
    )


def _site(form: Form) -> tuple[str, str]:
    """The origin, and the page where an address of one was typed: `shop.example/welcome`."""
    typed = form.values["site"]
    address = typed if "://" in typed else f"https://{typed}"
    if not typed or "*" in address:
        if not typed:
            form.refuse("site", "say where your site is, such as https://shop.example")
        return address, ""
    origin = origin_of(address)
    if origin is None:
        form.refuse("site", f"{typed!r} is no address such as https://shop.example")
        return address, ""
    path = urlsplit(address).path
    return origin, address.partition("#")[0] if path not in ("", "/") else ""


def _reward(form: Form) -> Money | None:
    typed, currency = form.values["reward"].replace(",", "."), form.values["currency"]
    amount = read_amount(typed, currency)
    if amount.unreadable:
        if read_amount("1", currency).unreadable:
            form.refuse("currency", "write three letters of a currency, such as EUR or USD")
        else:
            form.refuse("reward", "write an amount such as 10 or 10.00")
    return amount.money


def _delay(form: Form) -> int:
    typed = form.values["delay"]
    if not (typed.isascii() and typed.isdecimal()) or int(typed) > _LONGEST_DELAY:
        form.refuse("delay", f"write a number of days from 0 to {_LONGEST_DELAY}")
        return 0
    return int(typed)
