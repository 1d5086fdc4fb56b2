"""A campaign in a form: a new one by four answers, and the settings of one. Data in, data out."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from goodword.campaigns.decide import LAST_BATCH_DAY, LONGEST_WINDOW, MOST_REWARDS, origin_of
from goodword.clock import DAY
from goodword.lifecycle.change import Changes
from goodword.lifecycle.set_up import DEFAULT_WINDOW, NewCampaign
from goodword.model import Campaign, Evidence, Kind, Money
from goodword.web.admin_forms import Form, read_currency, read_money, read_whole
from goodword.web.rule_form import empty_rule, read_rule, type_rule

_NEW = ("site", "reward", "name", "landing", "origins", "window", "least_evidence")
_SETTINGS = (
    *("name", "site", "landing", "window", "least_evidence"),
    *("currency", "cap", "budget", "batch_day", "second_eyes", "params"),
)
_WINDOW = f"write a number of days from 1 to {LONGEST_WINDOW}"


def empty_campaign() -> Form:
    """A new campaign before anything was typed."""
    chosen = {"window": str(DEFAULT_WINDOW // DAY), "least_evidence": "1", "paused": False}
    return Form(dict.fromkeys(_NEW, "") | chosen | empty_rule("EUR"))


def typed_campaign(sent: Mapping[str, str]) -> Form:
    form = empty_campaign()
    _type(form, sent, _NEW)
    type_rule(form, sent)
    form.values["paused"] = sent.get("paused") == "yes"
    return form


def read_campaign(form: Form) -> NewCampaign | None:
    """The campaign that was asked for; None when a field is refused."""
    values = form.values
    origin, page = _site(form)
    only_counts = values["kind"] == Kind.FIXED and not values["reward"]
    rule = None if only_counts else read_rule(form, "reward")
    currency = read_currency(form) if only_counts else values["currency"].upper()
    window = read_whole(form, "window", _WINDOW)
    grade = _grade(form)
    if form.errors or window is None or grade is None:
        return None
    return NewCampaign(
        name=values["name"] or (urlsplit(origin).hostname or origin).replace("*.", ""),
        origins=(origin, *values["origins"].split()),
        landing=values["landing"] or page,
        rule=rule,
        currency=currency,
        window=window * DAY,
        least_evidence=grade,
        paused=values["paused"],
    )


def settings_of(campaign: Campaign) -> Form:
    """The settings as they stand."""
    values = {
        "name": campaign.name,
        "site": "\n".join(campaign.origins),
        "landing": campaign.landing,
        "window": str(-(-campaign.window // DAY)),
        "least_evidence": str(campaign.least_evidence.value),
        "currency": campaign.currency,
        "cap": str(campaign.cap or ""),
        "batch_day": str(campaign.batch_day or ""),
        "params": ", ".join(campaign.params),
    }
    for name, minor in (("budget", campaign.budget), ("second_eyes", campaign.second_eyes)):
        values[name] = "" if minor is None else str(Money(minor, campaign.currency))
    return Form(values)


def typed_settings(sent: Mapping[str, str], campaign: Campaign) -> Form:
    form = settings_of(campaign)
    _type(form, sent, _SETTINGS)
    return form


def read_settings(form: Form) -> Changes | None:
    """What is to be set; None when a field is refused. An empty limit is none. Amounts are of the
    currency that was typed with them."""
    values = form.values
    window, grade = read_whole(form, "window", _WINDOW), _grade(form)
    currency = read_currency(form)
    changes = Changes(
        name=values["name"],
        origins=values["site"].split(),
        landing=values["landing"],
        window=(window or 0) * DAY,
        least_evidence=grade,
        cap=_limit(form, "cap", f"write a number from 1 to {MOST_REWARDS:,}, or nothing"),
        budget=read_money(form, "budget", currency),
        batch_day=_limit(form, "batch_day", f"write a day from 1 to {LAST_BATCH_DAY}, or nothing"),
        second_eyes=read_money(form, "second_eyes", currency),
        currency=currency,
        params=values["params"].replace(",", " ").split(),
    )
    return None if form.errors else changes


def _type(form: Form, sent: Mapping[str, str], names: tuple[str, ...]) -> None:
    for name in names:
        if name in sent:
            form.values[name] = sent[name].replace("\r\n", "\n").strip()[:5000]


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


def _grade(form: Form) -> Evidence | None:
    """Never a bare code: what a browser says without a visit is no evidence."""
    known = {str(grade.value): grade for grade in Evidence if grade > Evidence.BARE}
    grade = known.get(form.values["least_evidence"])
    if grade is None:
        form.refuse("least_evidence", "choose one of these")
    return grade


def _limit(form: Form, name: str, message: str) -> int | None:
    return read_whole(form, name, message) if form.values[name] else None
