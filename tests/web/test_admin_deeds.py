"""What the forms of the admin's pages do, and what they refuse."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

from goodword.clock import DAY
from goodword.lifecycle.mailed import own_page_link
from goodword.model import Campaign, CampaignStatus, Reason
from web.admin_app import FORMS, Browsing
from web.hosted_app import visiting


async def test_a_form_without_its_proof_changes_nothing(admin: Browsing) -> None:
    for path in FORMS:
        answer = await admin.client.post(path, data={"campaign": admin.world.campaign.id})
        assert answer.status_code == 403
    assert not (await current(admin)).paused


async def test_a_campaign_is_paused_and_resumed(admin: Browsing) -> None:
    mine = admin.world.campaign.id
    paused = await admin.post("/admin/set-up/pause", campaign=mine)
    assert (await current(admin)).status is CampaignStatus.PAUSED
    page = await admin.get(paused.headers["location"])
    assert "Paused the campaign" in page
    assert "/admin/set-up/resume" in page
    await admin.post("/admin/set-up/resume", campaign=mine)
    assert (await current(admin)).status is CampaignStatus.ACTIVE


async def test_a_new_campaign_leads_to_its_tag(admin: Browsing) -> None:
    answer = await admin.post(
        "/admin/campaigns",
        **{"site": "new.example", "reward": "5", "currency": "gbp", "for": "both", "delay": "45"},
        qualified="yes",
    )
    page = await admin.get(answer.headers["location"])
    made = admin.world.context.directory.all()[-1]
    assert made.origins == ("https://new.example",)
    assert f"data-site=&#34;{made.site_key}&#34;" in page
    [rule] = made.rules
    assert (rule.amount, rule.currency, rule.delay) == (500, "GBP", 45 * DAY)


async def test_a_campaign_that_will_not_do_is_asked_for_again(admin: Browsing) -> None:
    answer = await admin.post(
        "/admin/campaigns",
        **{"site": "<b>no", "reward": "5", "currency": "EUR", "for": "both", "delay": "45"},
    )
    assert answer.status_code == 422
    assert 'value="&lt;b&gt;no"' in answer.text
    assert 'aria-describedby="site-error"' in answer.text
    assert len(admin.world.context.directory.all()) == 1


async def test_a_form_that_names_no_campaign_changes_none(admin: Browsing) -> None:
    for path in FORMS:
        for named in ("", "camp_nobody"):
            if path != "/admin/campaigns":
                answer = await admin.post(path, campaign=named, origin="https://x.example")
                assert (answer.status_code, answer.headers["location"]) == (303, "/admin/")
    assert await current(admin) is admin.world.context.directory.all()[-1]
    assert (await current(admin)).origins == ("https://shop.example",)
    assert not (await current(admin)).paused


async def test_a_referrer_is_added_and_their_link_is_shown(admin: Browsing) -> None:
    mine = admin.world.campaign.id
    added = await admin.post(
        "/admin/referrers", campaign=mine, email="eve@example.com", name="Eve", code="eve"
    )
    assert "eve%40" not in added.headers["location"]
    page = await admin.get(added.headers["location"])
    assert "https://shop.example/?ref=eve" in page
    again = await admin.post("/admin/referrers", campaign=mine, email="EVE@example.com")
    assert "already" in await admin.get(again.headers["location"])
    refused = await admin.post(
        "/admin/referrers", campaign=mine, email="mallory@example.com", code="eve"
    )
    assert refused.status_code == 422
    assert "is taken" in refused.text


async def test_a_refused_origin_can_be_allowed(admin: Browsing) -> None:
    context, campaign = admin.world.context, admin.world.campaign
    for origin in ("https://staging.shop.example", ""):
        context.refuse(campaign, "hit", Reason.ORIGIN, origin)
    context.refuse(campaign, "hit", Reason.BOT)
    await admin.world.visit()
    page = await admin.get("/admin/tag")
    assert 'name="origin" value="https://staging.shop.example"' in page
    assert "1 visit: a program sent it, not a person" in page
    await admin.post(
        "/admin/tag/allow", campaign=campaign.id, origin="https://staging.shop.example"
    )
    assert "https://staging.shop.example" in (await current(admin)).origins
    assert 'name="origin"' not in await admin.get("/admin/tag")


async def test_what_is_no_origin_is_not_allowed(admin: Browsing) -> None:
    answer = await admin.post(
        "/admin/tag/allow", campaign=admin.world.campaign.id, origin="<script>"
    )
    assert answer.status_code == 422
    assert "<script>" not in answer.text.partition("<main")[2]


async def test_a_test_run_turns_green_step_by_step(admin: Browsing) -> None:
    world = admin.world
    started = await admin.post("/admin/tag/test", campaign=world.campaign.id)
    page = await admin.get(started.headers["location"])
    [path] = re.findall(r'data-progress="([^"]+)"', page)
    code = parse_qs(urlsplit(started.headers["location"]).query)["test"][0]
    assert await states(admin, path) == ["waiting", "waiting", "waiting"]
    arrived = await world.visit(code=code)
    assert await states(admin, path) == ["green", "waiting", "waiting"]
    await world.sign_up(token=arrived.token, email="me@example.com")
    assert await states(admin, path) == ["green", "green", "waiting"]
    await world.convert(token=arrived.token, order="1")
    assert await states(admin, path) == ["green", "green", "green"]
    assert "data-done hidden" not in await admin.get(started.headers["location"])


async def test_a_code_that_is_no_test_code_has_no_test_run(admin: Browsing) -> None:
    for code in (admin.world.ada.code, "x", "%00"):
        assert (await admin.client.get(f"/admin/tag/test/{code}")).status_code == 404
        assert "Make a test link" in await admin.get(f"/admin/tag?test={code}")


async def states(admin: Browsing, path: str) -> list[str]:
    answer = await admin.client.get(unescape(path))
    return [tick["state"] for tick in answer.json().values()]


async def current(admin: Browsing) -> Campaign:
    """The world's campaign as it is now."""
    found = await admin.world.context.directory.by_id(admin.world.campaign.id)
    assert found is not None
    return found


async def test_a_link_to_a_referrers_page_is_shown_once_and_in_no_address(
    admin: Browsing,
) -> None:
    mine, ada = admin.world.campaign.id, admin.world.ada.id
    shown = await admin.post("/admin/referrers/page", campaign=mine, referrer=ada)
    assert shown.status_code == 200
    [link] = set(re.findall(r"https://go\.shop\.example(/p/[^<]+)", shown.text))
    async with visiting(admin.world.context) as person:
        assert "Open my page" in (await person.get(link)).text
        deed = re.search(r'name="deed" value="([^"]+)"', shown.text)
        assert deed
        await admin.post("/admin/undo", campaign=mine, deed=deed[1])
        assert (await person.get(link)).status_code == 404
    unknown = await admin.post("/admin/referrers/page", campaign=mine, referrer="ref_nobody")
    assert unknown.headers["location"] == f"/admin/referrers?campaign={mine}"


async def test_mailed_links_are_revoked_by_a_button_and_open_again_by_undo(
    admin: Browsing,
) -> None:
    w, mine, ada = admin.world, admin.world.campaign.id, admin.world.ada
    link = own_page_link(w.context, ada).removeprefix(w.context.settings.public_url)
    async with visiting(w.context) as person:
        done = await admin.post("/admin/referrers/revoke", campaign=mine, referrer=ada.id)
        page = await admin.get(done.headers["location"])
        assert "Revoked the links mailed to the referrer." in unescape(page)
        assert (await person.get(link)).status_code == 404
        deed = re.search(r'name="deed" value="([^"]+)"', page)
        assert deed
        await admin.post("/admin/undo", campaign=mine, deed=deed[1])
        assert (await person.get(link)).status_code == 200
    unknown = await admin.post("/admin/referrers/revoke", campaign=mine, referrer="ref_nobody")
    assert "no such referrer" in unescape(await admin.get(unknown.headers["location"]))
