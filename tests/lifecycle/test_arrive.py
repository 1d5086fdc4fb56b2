"""Visits: one row each, fresh tokens, visitors kept, and refusals with their names."""

from __future__ import annotations

import pytest

from goodword.clock import MINUTE, new_secret
from goodword.lifecycle.set_up import NewCampaign, create_campaign, create_referrer
from goodword.lifecycle.test_run import progress, start_test
from goodword.lifecycle.tick import tick
from goodword.model import Mode, Reason, Status
from goodword.signing import CodeKind, mint_code, read_token
from lifecycle.world import CHROME, DAY, World


async def test_a_visit_is_one_row_and_one_token(w: World) -> None:
    visit = await w.visit()
    assert len(visit.token) <= 120
    assert (visit.code, visit.name, await w.count("hits")) == (w.ada.code, "Ada", 1)


async def test_a_fresh_token_of_the_same_code_is_no_second_hit(w: World) -> None:
    first = await w.visit()
    w.wait(4 * MINUTE)
    again = await w.visit(token=first.token)
    assert (again.token, await w.count("hits")) == (first.token, 1)


async def test_a_later_visit_is_another_hit_of_the_same_visitor(w: World) -> None:
    first = await w.visit()
    w.wait(6 * MINUTE)
    second = await w.visit(token=first.token)
    tokens = [read_token(w.context.keys, each.token) for each in (first, second)]
    assert await w.count("hits") == 2
    assert tokens[0] is not None
    assert tokens[1] is not None
    assert tokens[0].visitor == tokens[1].visitor


async def test_a_stale_token_from_an_address_makes_no_two_strangers_one(w: World) -> None:
    first = await w.visit()
    w.wait(6 * MINUTE)
    second = await w.visit(token=first.token, carried=True)
    tokens = [read_token(w.context.keys, each.token) for each in (first, second)]
    assert tokens[0] is not None
    assert tokens[1] is not None
    assert tokens[0].visitor != tokens[1].visitor


async def test_a_fresh_token_of_another_code_is_another_hit(w: World) -> None:
    first = await w.visit()
    await w.visit(w.bob, token=first.token)
    assert await w.count("hits") == 2


async def test_a_known_code_is_a_hit_without_reading_the_database(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await w.visit()

    def read() -> None:
        raise AssertionError("the database was read")

    monkeypatch.setattr(w.context.storage, "read", read)
    assert (await w.visit()).token


async def test_codes_are_taken_in_any_spelling(w: World) -> None:
    code = w.ada.code
    spelled = f"{code[:4]} {code[4:8]}-{code[8:]}".lower()
    assert (await w.visit(code=spelled)).code == code


async def test_what_is_no_code_of_the_campaign_makes_no_hit(w: World) -> None:
    foreign = mint_code(new_secret(32), CodeKind.REFERRER, new_secret(5))
    lead_code = mint_code(w.campaign.code_key, CodeKind.LEAD, new_secret(5))
    for code in ("", "producthunt", foreign, w.ada.code[:-1], "A" * 10_000, lead_code, "é" * 16):
        assert (await w.visit(code=code)).reason is Reason.BAD_CODE
    assert await w.count("hits") == 0


async def test_bots_and_prefetches_make_no_hit(w: World) -> None:
    assert (await w.visit(user_agent="WhatsApp/2.23.20.0 A")).reason is Reason.BOT
    assert (await w.visit(prefetch=True)).reason is Reason.PREFETCH


async def test_a_headless_browser_counts_on_its_developers_own_machine_alone(
    w: World,
) -> None:
    headless = CHROME.replace("Chrome/", "HeadlessChrome/")
    assert (await w.visit(user_agent=headless)).reason is Reason.BOT
    new = NewCampaign(name="Local", origins=["http://localhost:*", "http://127.0.0.1:8001"])
    local = await create_campaign(w.context, new, "test")
    ada, _ = await create_referrer(w.context, local, "ada@example.com", "Ada", "test")
    assert (await w.visit(ada, campaign=local, user_agent=headless)).token
    assert (await w.visit(ada, campaign=local, user_agent="curl/8.0")).reason is Reason.BOT


async def test_a_private_visit_keeps_no_address_and_no_browser(w: World) -> None:
    visit = await w.visit(gpc=True)
    await w.convert(token=visit.token)
    hit = (await w.explain((await w.only_lead()).id)).hit
    assert hit is not None
    assert (hit.address, hit.user_agent, hit.gpc) == ("", "", 1)


async def test_only_the_network_of_an_address_is_kept(w: World) -> None:
    visit = await w.visit(address="203.0.113.77", url="https://shop.example/?ref=x&email=a@b.c#top")
    await w.convert(token=visit.token)
    hit = (await w.explain((await w.only_lead()).id)).hit
    assert hit is not None
    assert (hit.address, hit.url) == ("203.0.113.0/24", "https://shop.example/?ref=x")


async def test_a_test_run_goes_through_everything_and_never_pays(w: World) -> None:
    started = await start_test(w.context, w.campaign)
    visit = await w.visit(code=started.code)
    assert visit.test
    answer = await w.convert(token=visit.token, order="1042", email="ada@example.com")
    assert answer.status is Status.COUNTED
    seen = await progress(w.context, w.campaign, started.code)
    assert [each.green for each in seen.ticks] == [True, True, True]
    lead = await w.only_lead()
    assert (lead.mode, await w.rewards(lead.id), await w.count("visits")) == (Mode.TEST, [], 0)
    real = await w.visit()
    assert (await w.convert(token=real.token, order="1042")).status is Status.COUNTED


async def test_a_test_run_is_gone_after_a_day(w: World) -> None:
    started = await start_test(w.context, w.campaign)
    visit = await w.visit(code=started.code)
    await w.convert(token=visit.token, order="1042", sig="v1=00")
    w.wait(DAY + 1)
    await tick(w.context)
    tables = ("hits", "leads", "conversions", "reports", "findings")
    assert [await w.count(each) for each in tables] == [0] * len(tables)


async def test_a_test_code_expires_after_an_hour(w: World) -> None:
    started = await start_test(w.context, w.campaign)
    w.wait(61 * MINUTE)
    assert (await w.visit(code=started.code)).reason is Reason.EXPIRED


async def test_a_waiting_test_run_says_what_to_do(w: World) -> None:
    started = await start_test(w.context, w.campaign)
    seen = await progress(w.context, w.campaign, started.code)
    assert not seen.green
    assert "tag" in seen.visit.advice
