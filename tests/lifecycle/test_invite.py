"""A friend who accepts an invitation is a visit and a lead, as if the tag had reported both."""

from __future__ import annotations

from goodword.lifecycle.arrive import Arrival
from goodword.lifecycle.invite import Accepted, accept
from goodword.lifecycle.report import Sent
from goodword.model import LeadStatus, Reason, RewardStatus
from lifecycle.world import CHROME, World


async def accepted(w: World, email: str = "cy@example.org", **more: object) -> Accepted:
    """A friend of Ada's presses the button."""
    said: dict[str, object] = {"key": f"page:{email}", "token": "", "honeypot": False} | more
    arrival = Arrival(
        campaign=w.campaign,
        code=w.ada.code,
        via="hop",
        token=str(said.pop("token")),
        url=f"/c/demo/{w.ada.code}",
        user_agent=str(said.pop("user_agent", CHROME)),
        address="203.0.113.9",
    )
    sent = Sent(door="page", code=w.ada.code, email=email, name="Cy Young", **said)  # type: ignore[arg-type]
    return await accept(w.context, w.campaign, arrival, sent)


async def test_it_makes_one_visit_and_one_lead(w: World) -> None:
    took = await accepted(w)
    lead = await w.only_lead()
    assert (lead.code, lead.name, lead.referrer_id) == (took.lead_code, "Cy Young", w.ada.id)
    assert await w.count("hits") == 1
    story = await w.explain(lead.id)
    assert "Recorded by the invitation page." in [each.detail for each in story.timeline]


async def test_the_sites_tag_goes_on_with_the_token_and_counts_no_second_visit(w: World) -> None:
    took = await accepted(w)
    landing = await w.visit(token=took.token, lead_code=took.lead_code)
    assert (landing.token, landing.lead_code) == (took.token, took.lead_code)
    await w.convert(token=landing.token, order="1042")
    assert (await w.only_lead()).status is LeadStatus.QUALIFIED
    assert await w.count("hits") == 1


async def test_on_another_site_the_code_in_the_address_finds_the_lead(w: World) -> None:
    took = await accepted(w)
    landing = await w.visit(lead_code=took.lead_code)
    await w.convert(token=landing.token, order="1042")
    assert (await w.only_lead()).status is LeadStatus.QUALIFIED


async def test_a_field_that_no_person_sees_holds_the_reward_and_not_the_friend(w: World) -> None:
    took = await accepted(w, honeypot=True)
    assert took.lead_code
    await w.convert(token=took.token, order="1042")
    lead = await w.only_lead()
    assert lead.status is LeadStatus.QUALIFIED
    [reward] = await w.rewards(lead.id)
    assert (reward.status, reward.reason) == (RewardStatus.HELD, Reason.HONEYPOT)


async def test_an_address_that_is_a_lead_already_is_told_nothing_of_it(w: World) -> None:
    await accepted(w)
    other = await accepted(w, key="page:another form")
    assert other.token
    assert other.lead_code == ""
    assert len(await w.leads()) == 1


async def test_the_same_browser_finds_its_own_lead_again(w: World) -> None:
    first = await accepted(w)
    again = await accepted(w, key="page:another form", token=first.token)
    assert again == first


async def test_one_form_sent_twice_leads_on_with_the_same_code(w: World) -> None:
    first, second = await accepted(w), await accepted(w)
    assert second.lead_code == first.lead_code != ""
    assert len(await w.leads()) == 1


async def test_the_key_of_a_form_brings_nobody_the_code_of_another_address(w: World) -> None:
    await accepted(w, key="page:one")
    await accepted(w, email="di@example.org")
    assert (await accepted(w, email="di@example.org", key="page:one")).lead_code == ""


async def test_who_refers_themselves_goes_on_without_a_code(w: World) -> None:
    took = await accepted(w, email="ada@example.com")
    assert (took.lead_code, (await w.only_lead()).status) == ("", LeadStatus.REJECTED)


async def test_a_program_makes_neither_visit_nor_lead(w: World) -> None:
    took = await accepted(w, user_agent="Googlebot/2.1 (+http://www.google.com/bot.html)")
    assert took == Accepted()
    assert (await w.count("hits"), await w.count("leads")) == (0, 0)
