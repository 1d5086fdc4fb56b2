"""A signed test referral, walked through visit, lead and conversion, and what to fix on the way."""

from __future__ import annotations

from dataclasses import dataclass

from goodword.clock import HOUR, new_secret
from goodword.hits import record as hits
from goodword.leads import record as leads
from goodword.lifecycle.context import Context
from goodword.lifecycle.links import link
from goodword.model import Campaign, Hit, Lead, Reason, Report
from goodword.qualification import record as qualification
from goodword.signing import mint_test_code, read_code
from goodword.stats import refusals

LIFE = HOUR


@dataclass(frozen=True, slots=True)
class TestRun:
    """A test code and the landing link that carries it; it expires after an hour."""

    code: str
    link: str
    expires: int


@dataclass(frozen=True, slots=True)
class Tick:
    """One step of the way. `advice` says what to fix while it is not green."""

    name: str
    at: int | None
    text: str
    advice: str = ""

    @property
    def green(self) -> bool:
        return self.at is not None


@dataclass(frozen=True, slots=True)
class Progress:
    visit: Tick
    lead: Tick
    conversion: Tick

    @property
    def ticks(self) -> tuple[Tick, Tick, Tick]:
        return (self.visit, self.lead, self.conversion)

    @property
    def green(self) -> bool:
        return all(tick.green for tick in self.ticks)


async def start_test(context: Context, campaign: Campaign) -> TestRun:
    expires = context.now() + LIFE
    code = mint_test_code(campaign.code_key, new_secret(5), expires)
    return TestRun(code, link(campaign, code), expires)


async def progress(context: Context, campaign: Campaign, code: str) -> Progress:
    """How far a test run has come, and why not further."""
    read = read_code(campaign.code_key, code)
    since = (read.expires or 0) - LIFE if read else context.now() - LIFE
    async with context.storage.read() as db:
        hit = await hits.of_code(db, campaign.id, read.text, since) if read else None
        lead = await leads.by_hit(db, campaign.id, hit.id) if hit else None
        report = await qualification.conversion_of_test(db, campaign.id, lead.id) if lead else None
        seen = await refusals.since(db, campaign.id, since)
    return Progress(
        _visit(campaign, hit, seen), _lead(hit, lead), _conversion(hit, lead, report, seen)
    )


def _visit(campaign: Campaign, hit: Hit | None, seen: list[refusals.Refused]) -> Tick:
    if hit is not None:
        how = "the link hop" if hit.via == "hop" else "the tag"
        return Tick("visit", hit.created_at, f"recorded by {how}.")
    refused = [each for each in seen if each.event == "hit"]
    for each in refused:
        if each.reason == Reason.ORIGIN:
            advice = f"The tag works on {each.origin or 'a page'}, which is not one of this"
            return Tick("visit", None, "refused.", f"{advice} campaign's origins: allow it.")
    if any(each.reason == Reason.EXPIRED for each in refused):
        return Tick("visit", None, "refused.", "The test link has expired: start a new test.")
    if campaign.paused:
        return Tick("visit", None, "refused.", "The campaign is paused: resume it.")
    return Tick(
        "visit",
        None,
        "waiting for the tag.",
        "No call came yet: is the tag on the landing page, with this campaign's site key, and"
        " does the page's Content-Security-Policy let it load and connect?",
    )


def _lead(hit: Hit | None, lead: Lead | None) -> Tick:
    if lead is not None:
        how = "by the conversion" if lead.source == "conversion" else "by the sign-up"
        return Tick("lead", lead.joined_at, f"made {how}.")
    if hit is None:
        return Tick("lead", None, "comes after the visit.")
    return Tick(
        "lead",
        None,
        "waiting for a sign-up or a purchase.",
        "Leave an e-mail in your form, or buy: with the thank-you script alone, the conversion"
        " makes the lead.",
    )


def _conversion(
    hit: Hit | None, lead: Lead | None, report: Report | None, seen: list[refusals.Refused]
) -> Tick:
    if report is not None:
        why = f" ({report.reason})" if report.reason else ""
        return Tick("conversion", report.created_at, f"{report.status}{why}.")
    if hit is None:
        return Tick("conversion", None, "comes after the visit.")
    lost = any(
        each.event == "convert" and each.reason == Reason.NO_HIT and each.last_at > hit.created_at
        for each in seen
    )
    if lost:
        return Tick(
            "conversion",
            None,
            "a page reported without the token.",
            "Cookies and storage are blocked, or the thank-you page is on another host: name it"
            " in data-links on the shop's pages.",
        )
    return Tick(
        "conversion",
        None,
        "waiting for the thank-you page.",
        "Buy once. If this stays grey, the tag or thanks.js is not on the thank-you page.",
    )
