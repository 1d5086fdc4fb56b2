"""The admin's pages by request: what they show, to whom, and how safely."""

from __future__ import annotations

import json
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from goodword.clock import DAY
from goodword.lifecycle.context import open_context
from goodword.lifecycle.set_up import NewCampaign, create_campaign
from goodword.storage import Storage
from lifecycle.world import settings_for
from web.admin_app import FORMS, Browsing, app_of, logged_in
from web.stage import one_engine

PAGES = (
    "/admin/",
    "/admin/visits",
    "/admin/leads",
    "/admin/referrers",
    "/admin/rewards",
    "/admin/set-up",
    "/admin/tag",
    "/admin/pages",
    "/admin/rules",
    "/admin/rules/new",
    "/admin/coupons",
    "/admin/campaigns/new",
)


async def earn(admin: Browsing, email: str = "grace@example.com", order: str = "1042") -> str:
    """A friend of Ada's comes, signs up and buys; the id of the lead."""
    arrived = await admin.world.visit()
    answer = await admin.world.sign_up(token=arrived.token, email=email, name="Grace Hopper")
    await admin.world.convert(token=arrived.token, order=order, sign=True)
    return answer.id or ""


@pytest.mark.parametrize("path", ["/", "/admin"])
async def test_the_short_addresses_lead_to_the_pages(admin: Browsing, path: str) -> None:
    answer = await admin.client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/")


async def test_who_is_not_logged_in_sees_no_page_and_sends_no_form(admin: Browsing) -> None:
    transport = httpx.ASGITransport(app_of(admin.world.context))
    async with httpx.AsyncClient(transport=transport, base_url="https://go.shop.example") as nobody:
        for path in (*PAGES, "/admin/leads/lead_1", "/admin/tag/test/x"):
            answer = await nobody.get(path)
            assert (answer.status_code, urlsplit(answer.headers["location"]).path) == (
                303,
                "/login",
            )
        for path in FORMS:
            assert (await nobody.post(path, data={"csrf": "x"})).status_code == 403


async def test_before_there_is_a_campaign_every_page_offers_to_make_one(
    storage: Storage, database_url: str
) -> None:
    context = await open_context(settings_for(database_url), storage)
    async with logged_in(context) as (client, session):
        for path in PAGES:
            answer = await client.get(path)
            assert answer.status_code == 200, path
            assert "campaign" in answer.text
        assert "Start with a campaign" in (await client.get("/admin/leads")).text
        assert (await client.get("/admin/leads/lead_1")).status_code == 404
        form = {"csrf": session.csrf, "site": "shop.example", "for": "lead", "delay": "30"}
        made = await client.post("/admin/campaigns", data=form)
        assert "The campaign is made" in (await client.get(made.headers["location"])).text


async def test_every_page_of_an_empty_campaign_says_what_to_do_next(admin: Browsing) -> None:
    for path in PAGES:
        page = await admin.get(path)
        assert re.search(r'class="button|<form', page), path
    assert "Nothing has come in yet" in await admin.get("/admin/")
    assert "No leads yet" in await admin.get("/admin/leads")


async def test_nothing_on_a_page_is_inline_or_from_another_host(admin: Browsing) -> None:
    lead = await earn(admin)
    for path in (*PAGES, f"/admin/leads/{lead}"):
        page = await admin.get(path)
        assert re.findall(r"<script(?![^>]* src=| type=\"application/json\")", page) == []
        assert re.findall(r"<style|\sstyle=|\son[a-z]+=", page) == []
        loaded = re.findall(r'<(?:script|link|img)[^>]* (?:src|href)="([^"]+)"', page)
        assert loaded
        assert [url for url in loaded if not re.match(r"/[a-z]", url)] == []


async def test_the_first_numbers_are_of_this_month(admin: Browsing) -> None:
    await earn(admin)
    tiles = re.findall(
        r'class="label">([^<]+)</span>\s*<a class="big[^"]*" href="[^"]+">([^<]+)</a>',
        await admin.get("/admin/"),
    )
    assert tiles == [
        ("Referrals", "1"),
        ("Successful referrals", "1"),
        ("Due", "10.00 EUR"),
        ("Issued", "0"),
        ("Visits", "1"),
    ]


async def test_each_number_links_to_its_rows(admin: Browsing) -> None:
    lead = await earn(admin)
    page = await admin.get("/admin/")
    links = [unescape(link) for link in re.findall(r'<a class="big[^"]*" href="([^"]+)"', page)]
    referrals, successful, due, _, visits = [await admin.get(link) for link in links]
    assert visits.count("<tr>") == 2
    assert all(f"/admin/leads/{lead}?" in rows for rows in (referrals, successful, due))


async def test_the_chart_has_thirty_days_and_so_has_its_table(admin: Browsing) -> None:
    await earn(admin)
    page = await admin.get("/admin/")
    [data] = re.findall(r'id="chart-data">(.+?)</script>', page)
    columns = json.loads(data)
    assert [len(column) for column in columns] == [30] * 4
    assert [column[-1] for column in columns[1:]] == [1, 1, 1]
    assert page.count('<th scope="row"><time') == 30


async def test_leads_are_sorted_by_the_heading_that_is_pressed(admin: Browsing) -> None:
    await earn(admin, "one@example.com", "1")
    admin.world.wait(DAY)
    await earn(admin, "two@example.com", "2")
    page = await admin.get("/admin/leads")
    assert page.index("two@") < page.index("one@")
    assert 'aria-sort="descending"' in page
    [joined] = re.findall(r'aria-sort="descending"><a href="([^"]+)"', page)
    page = await admin.get(unescape(joined))
    assert page.index("one@") < page.index("two@")
    assert 'aria-sort="ascending"' in page


async def test_filters_and_search_stay_while_one_of_them_changes(admin: Browsing) -> None:
    await earn(admin)
    page = await admin.get("/admin/leads?status=qualified&q=grace&sort=converted")
    [pending] = re.findall(r'href="([^"]+)"[^>]*>Pending</a>', page)
    asked = parse_qs(urlsplit(unescape(pending)).query)
    assert (asked["status"], asked["q"], asked["sort"]) == (["pending"], ["grace"], ["converted"])
    assert "No lead matches" in await admin.get(unescape(pending))


@pytest.mark.parametrize(
    "query",
    [
        "status=x&sort=x&order=x&joined=x&converted=2026-99&cursor=x",
        "q=%00%ff&referrer=%00&cursor=%00",
        f"q={'x' * 3000}",
        "campaign=nobody",
    ],
)
async def test_what_an_address_says_wrongly_is_as_if_it_were_not_there(
    admin: Browsing, query: str
) -> None:
    for path in PAGES:
        await admin.get(f"{path}?{query}")


@pytest.mark.parametrize("lead", ["lead_nobody", "%00", "é", "x" * 500])
async def test_a_lead_that_is_not_there_is_a_page_that_leads_on(admin: Browsing, lead: str) -> None:
    answer = await admin.client.get(f"/admin/leads/{lead}")
    assert answer.status_code == 404
    assert "Show all leads" in answer.text


@one_engine
async def test_an_address_that_no_page_has_leads_back_into_the_menu(admin: Browsing) -> None:
    answer = await admin.client.get("/admin/nothing/here?campaign=none")
    assert answer.status_code == 404
    assert "There is no page at this address." in answer.text
    assert 'href="/admin/leads?campaign=' in answer.text


async def test_a_lead_explains_itself_in_words(admin: Browsing) -> None:
    page = await admin.get(f"/admin/leads/{await earn(admin)}")
    story = [unescape(title) for title in re.findall(r'class="title">([^<]+)<', page)]
    assert [title for title in story if title != "E-mail written"] == [
        f"Visit through the code {admin.world.ada.code}",
        "Lead made",
        "Conversion counted",
        "Lead qualified",
        "Reward due",
    ]
    assert "igned by your server" in page
    assert re.search(r"\bE[0-4]\b", re.sub(r"<[^>]+>", "", page)) is None
    assert "10.00 EUR" in page
    assert "Issue from" in page
    assert "Rule version 1" in page


async def test_a_rejected_lead_is_listed_with_its_reason_and_counts_nowhere(
    admin: Browsing,
) -> None:
    arrived = await admin.world.visit()
    await admin.world.sign_up(token=arrived.token, email="ada@example.com")
    page = await admin.get("/admin/leads?status=rejected")
    assert unescape(page).count("The e-mail is the referrer's own") == 1
    assert "No lead matches" in await admin.get("/admin/leads?status=accepted")


async def test_pages_show_the_newest_campaign_or_the_one_that_is_named(admin: Browsing) -> None:
    old = admin.world.campaign
    new = NewCampaign(name="Second", origins=("https://second.example",))
    second = await create_campaign(admin.world.context, new, "test")
    assert second.site_key in await admin.get("/admin/set-up")
    named = await admin.get(f"/admin/set-up?campaign={old.id}")
    assert old.site_key in named
    assert second.site_key not in named


async def test_a_campaign_without_a_rule_says_so_in_red(admin: Browsing) -> None:
    new = NewCampaign(name="Second", origins=("https://second.example",))
    await create_campaign(admin.world.context, new, "test")
    for path in ("/admin/", "/admin/leads", "/admin/set-up"):
        assert re.search(r'class="bad[^"]*">[^<]*reward rule', await admin.get(path), re.I), path


async def test_the_tag_is_the_one_to_paste(admin: Browsing) -> None:
    page = unescape(await admin.get("/admin/tag"))
    key = admin.world.campaign.site_key
    host = "https://go.shop.example"
    assert f'<script async src="{host}/gw.js" data-site="{key}"></script>' in page
    assert f'<script async src="{host}/thanks.js" data-site="{key}"></script>' in page
    assert re.search(rf'src="{host}/gw\.[\d.]+\.js".*integrity="sha384-', page)


async def test_a_file_is_kept_for_a_year_under_its_version_alone(admin: Browsing) -> None:
    [url] = re.findall(r'href="(/static/admin\.css[^"]+)"', await admin.get("/admin/"))
    versioned, bare = await admin.client.get(url), await admin.client.get("/static/admin.css")
    assert "immutable" in versioned.headers["cache-control"]
    assert bare.headers["cache-control"] == "no-cache"
    again = await admin.client.get(url, headers={"if-none-match": versioned.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await admin.client.get("/static/../admin.py")).status_code == 404
    icon = await admin.client.get("/favicon.ico")
    assert (icon.status_code, icon.headers["content-type"]) == (200, "image/svg+xml")


async def test_what_strangers_wrote_is_shown_as_text(admin: Browsing) -> None:
    nasty = "</script><img src=x onerror=alert(1)>'\"{{7*7}}"
    arrived = await admin.world.visit(url=f"https://shop.example/{nasty}", http_referrer=nasty)
    said: dict[str, object] = {"email": "x@example.com", "name": nasty, "customer": nasty[:50]}
    answer = await admin.world.sign_up(token=arrived.token, **said)
    await admin.world.convert(token=arrived.token, event=nasty, order=nasty)
    for path in (*PAGES, f"/admin/leads/{answer.id}", f"/admin/leads?q={nasty}"):
        page = await admin.get(path)
        assert "<img src=x" not in page
        assert "onerror=alert(1)&gt;" in page or "onerror" not in page
