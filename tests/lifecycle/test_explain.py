"""Every lead explains itself: what was seen, what was said, what is missing, what comes next."""

from __future__ import annotations

import pytest

from goodword.clock import DAY
from goodword.lifecycle.explain import explain
from goodword.lifecycle.story import REASONS
from goodword.model import Reason
from lifecycle.post import mailing
from lifecycle.world import World
from mail_server import OK, receiving


async def test_a_paid_lead_tells_its_story_in_order(w: World) -> None:
    visit = await w.visit()
    w.wait(1000)
    await w.sign_up(token=visit.token, email="cy@example.org", name="Cy")
    w.wait(1000)
    await w.convert(token=visit.token, order="1042", email="cy@example.org", sign=True)
    found = await w.explain((await w.only_lead()).id)
    titles = [moment.title for moment in found.timeline]
    assert [title for title in titles if title != "E-mail written"] == [
        f"Visit through the code {w.ada.code}",
        "Lead made",
        "Conversion counted",
        "Lead qualified",
        "Reward due",
    ]
    told = {moment.title: moment.detail for moment in found.timeline}
    assert "signed by your server" in told["Conversion counted"]
    assert {check.name for check in found.checks} >= {"Self referral", "Same browser"}
    assert [check.finding for check in found.checks] == [None] * len(found.checks)
    assert found.missing == []
    step, *_ = found.next
    assert step.at == w.clock[0] + 30 * DAY
    assert step.text == "10.00 EUR to the referrer may be issued."
    assert [rule.version for rule in found.rules] == [1]
    w.wait(30 * DAY)
    step, *_ = (await w.explain(found.lead.id)).next
    assert (step.at, step.text) == (None, "10.00 EUR to the referrer may be issued now.")


async def test_a_lead_says_which_mails_were_written_and_what_became_of_them(w: World) -> None:
    visit = await w.visit()
    await w.sign_up(token=visit.token, email="cy@example.org", name="Cy")
    lead = await w.only_lead()
    found = await w.explain(lead.id)
    assert {each.detail for each in found.timeline if each.title == "E-mail written"} == {
        "“Welcome” to the lead.",
        "“New referral” to the referrer.",
    }
    waits = "The e-mail “Welcome” to the lead waits in the outbox: no mail server is set."
    assert waits in [each.text for each in found.next]
    async with receiving() as box:
        box.answers = lambda stage, to: "550 no" if to == "cy@example.org" else OK
        await mailing(w, box).round()
    found = await w.explain(lead.id)
    told = {each.title: each.detail for each in found.timeline}
    assert told["E-mail could not be delivered"] == "“Welcome” to the lead."
    assert told["E-mail sent"] == "“New referral” to the referrer."
    assert not [each for each in found.next if "e-mail" in each.text]


async def test_a_pending_lead_says_what_is_missing(w: World) -> None:
    visit = await w.visit()
    await w.sign_up(token=visit.token, email="cy@example.org")
    found = await w.explain((await w.only_lead()).id)
    assert found.missing == ["No conversion has been reported yet."]
    assert "qualifies" in found.next[0].text


async def test_a_claim_says_which_evidence_is_asked_for(w: World) -> None:
    visit = await w.visit()
    answer = await w.sign_up(token=visit.token, email="cy@example.org")
    await w.convert(code=answer.code, order="1042")
    found = await w.explain(answer.id)
    [missing] = found.missing
    assert "reported by the browser" in missing


async def test_a_held_reward_names_the_doubt(w: World) -> None:
    visit = await w.visit()
    await w.convert(token=visit.token, order="1042", sig="v1=00")
    found = await w.explain((await w.only_lead()).id)
    assert any("signature" in missing for missing in found.missing)
    assert "Check bad signature: holds the rewards" in [m.title for m in found.timeline]


async def test_a_rejected_lead_says_why(w: World) -> None:
    visit = await w.visit()
    await w.sign_up(token=visit.token, email="ada@example.com")
    found = await w.explain((await w.only_lead()).id)
    assert "the e-mail is the referrer's own" in found.missing[0]


async def test_what_was_reported_again_is_in_the_story(w: World) -> None:
    visit = await w.visit()
    await w.convert(token=visit.token, order="1042")
    await w.convert(token=visit.token, order="1042")
    found = await w.explain((await w.only_lead()).id)
    assert "Conversion reported again" in [moment.title for moment in found.timeline]


@pytest.mark.parametrize(
    ("via", "url", "caught_by"),
    [
        ("tag", "/?ref=CODE", "the tag on the page"),
        ("hop", "/r/CODE", "the link through this server"),
        ("hop", "/c/shop/CODE", "the invitation page"),
    ],
)
async def test_a_lead_says_by_which_link_its_visit_was_captured(
    w: World, via: str, url: str, caught_by: str
) -> None:
    visit = await w.visit(via=via, url=url)
    await w.sign_up(token=visit.token, email="cy@example.org", way="form")
    found = await w.explain((await w.only_lead()).id)
    assert [(each.what, each.how) for each in found.captured] == [
        ("Visit", f"a referral link, by {caught_by}"),
        ("Sign-up", "a token from a form, or from your server"),
    ]


async def test_an_unknown_lead_has_no_story(w: World) -> None:
    assert await explain(w.context, w.campaign, "lead_none") is None


def test_every_reason_is_told_in_words() -> None:
    assert set(REASONS) == set(Reason)
