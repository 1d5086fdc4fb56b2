"""Who joins on the hosted page is a referrer, and their browser is known to be theirs."""

from __future__ import annotations

import pytest

from goodword.lifecycle.enrol import enrol
from goodword.lifecycle.set_up import Refused
from goodword.model import LeadStatus, Mode, Reason, Referrer, Status
from goodword.referrers import record as referrers
from lifecycle.world import World


async def known(w: World, email: str) -> Referrer | None:
    async with w.context.storage.read() as db:
        return await referrers.by_email(db, w.campaign.id, Mode.LIVE, email)


async def test_a_new_e_mail_becomes_a_referrer(w: World) -> None:
    await enrol(w.context, w.campaign, "cy@example.org", "  Cy   Young ", "")
    made = await known(w, "cy@example.org")
    assert made is not None
    assert made.name == "Cy Young"
    assert await w.count("deeds") == 1  # that of the campaign: nobody's hand did this


async def test_a_known_e_mail_stays_who_it_is(w: World) -> None:
    await enrol(w.context, w.campaign, "ADA+x@example.com", "Mallory", "")
    assert (await known(w, "ada@example.com")) == w.ada
    assert await w.count("referrers") == 3  # with the one of test runs


async def test_what_is_no_address_is_refused(w: World) -> None:
    with pytest.raises(Refused):
        await enrol(w.context, w.campaign, "cy@example", "Cy", "")


async def test_the_browser_that_carries_the_campaigns_token_is_the_referrers_own(w: World) -> None:
    """Cy came by Ada's link, joins, and then buys by Cy's own link in the same browser."""
    visit = await w.visit()
    await enrol(w.context, w.campaign, "cy@example.org", "Cy", visit.token)
    cy = await known(w, "cy@example.org")
    assert cy is not None
    own = await w.visit(cy, token=visit.token)
    answer = await w.sign_up(token=own.token, email="made-up@example.org")
    assert (answer.status, answer.reason) == (Status.HELD, Reason.SAME_BROWSER)


async def test_a_known_referrer_who_joins_again_is_looked_at_in_that_browser(w: World) -> None:
    visit = await w.visit()
    await w.sign_up(token=visit.token, email="made-up@example.org")
    await enrol(w.context, w.campaign, "ada@example.com", "", visit.token)
    lead = await w.only_lead()
    checks = (await w.explain(lead.id)).findings
    assert [(each.check, lead.status) for each in checks] == [
        (Reason.SAME_BROWSER, LeadStatus.PENDING)
    ]


async def test_a_token_that_is_forged_or_of_a_test_run_says_nothing(w: World) -> None:
    for token in ("", "x", "A" * 108):
        await enrol(w.context, w.campaign, "cy@example.org", "Cy", token)
    assert await w.count("own_visitors") == 0
