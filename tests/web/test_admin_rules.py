"""Set-up by request: settings, rules and coupons are changed, refused beside the field, undone."""

from __future__ import annotations

import re
from html import unescape

import httpx

from goodword.clock import DAY
from goodword.lifecycle.rule import change_rule
from goodword.model import Campaign, CampaignStatus, Evidence, Kind, Method, Occasion, Rule
from goodword.rewards import coupons
from web.admin_app import Browsing

PLAIN = {
    "kind": "fixed",
    "amount": "5",
    "currency": "EUR",
    "for": "lead",
    "qualified": "yes",
    "delay": "0",
    "method": "hand",
    "pace": "each",
}
SETTINGS = {
    "name": "Spring",
    "site": "https://shop.example\r\nhttps://blog.example",
    "landing": "",
    "window": "30",
    "least_evidence": "2",
    "cap": "",
    "budget": "500,00",
    "batch_day": "1",
    "second_eyes": "99.5",
    "currency": "usd",
}


async def current(admin: Browsing) -> Campaign:
    found = await admin.world.context.directory.by_id(admin.world.campaign.id)
    assert found is not None
    return found


async def send(admin: Browsing, path: str, **fields: str) -> httpx.Response:
    return await admin.post(path, campaign=admin.world.campaign.id, **fields)


async def rules(admin: Browsing) -> tuple[Rule, ...]:
    return (await current(admin)).rules


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def test_the_rules_are_plain_sentences(admin: Browsing) -> None:
    page = text_of(await admin.get("/admin/rules"))
    assert (
        "10.00 EUR to the referrer for each qualified referral, issued 30 days later, by hand."
        in page
    )


async def test_a_rule_is_added_changed_and_retired(admin: Browsing) -> None:
    [first] = await rules(admin)
    added = await send(admin, "/admin/rules", **PLAIN)
    page = text_of(await admin.get(added.headers["location"]))
    assert "Added the rule" in page
    assert "5.00 EUR to the lead for each qualified referral, issued at once" in page
    [_, second] = await rules(admin)
    form = await admin.get(f"/admin/rules/{second.id}")
    assert 'name="amount" type="text" value="5.00"' in form
    await send(admin, f"/admin/rules/{second.id}", **PLAIN | {"amount": "7.50"})
    [_, changed] = await rules(admin)
    assert (changed.id, changed.version, changed.amount) == (second.id, 2, 750)
    retired = await send(admin, f"/admin/rules/{first.id}/retire")
    assert "Ended the rule" in text_of(await admin.get(retired.headers["location"]))
    assert [rule.id for rule in await rules(admin)] == [second.id]
    for answer in (
        await send(admin, f"/admin/rules/{first.id}/retire"),
        await send(admin, f"/admin/rules/{first.id}", **PLAIN),
        await admin.client.get(f"/admin/rules/{first.id}"),
    ):
        assert (answer.status_code, "Show all rules" in answer.text) == (404, True)


async def test_without_rules_the_page_says_so_and_what_to_do(admin: Browsing) -> None:
    [rule] = await rules(admin)
    await send(admin, f"/admin/rules/{rule.id}/retire")
    page = await admin.get("/admin/rules")
    assert "a qualified lead pays nothing" in page
    assert "/admin/rules/new?campaign=" in page


async def test_saving_what_stands_changes_nothing(admin: Browsing) -> None:
    [rule] = await rules(admin)
    same = PLAIN | {"amount": "10.00", "for": "referrer", "delay": "30"}
    answer = await send(admin, f"/admin/rules/{rule.id}", **same)
    assert "nothing was changed" in await admin.get(answer.headers["location"])
    assert await rules(admin) == (rule,)


async def test_what_can_not_be_is_said_beside_its_field_and_kept(admin: Browsing) -> None:
    [rule] = await rules(admin)
    for path in ("/admin/rules", f"/admin/rules/{rule.id}"):
        answer = await send(admin, path, **PLAIN | {"amount": "<b>"})
        assert answer.status_code == 422
        assert 'aria-describedby="amount-error"' in answer.text
        assert 'value="&lt;b&gt;"' in answer.text
    assert await rules(admin) == (rule,)


async def test_the_form_warns_of_fraud_where_joining_is_rewarded(admin: Browsing) -> None:
    form = text_of(await admin.get("/admin/rules/new"))
    assert "Reward only for qualified referrals" in form
    assert "We don't recommend" in form
    assert "it can lead to fraud" in form
    joined = {name: value for name, value in PLAIN.items() if name != "qualified"}
    await send(admin, "/admin/rules", **joined)
    assert (await rules(admin))[1].occasion is Occasion.JOINED
    assert 'class="warn">We don&#39;t recommend' in await admin.get("/admin/rules")


async def test_who_edits_a_rule_is_asked_about_the_pending_leads(admin: Browsing) -> None:
    w, [rule] = admin.world, await rules(admin)
    assert "now pending" not in await admin.get(f"/admin/rules/{rule.id}")
    arrived = await w.visit()
    await w.sign_up(token=arrived.token, email="cy@example.org")
    w.wait(DAY)
    form = await admin.get(f"/admin/rules/{rule.id}")
    assert "Also for the 1 lead now pending?" in form
    assert 'name="pending" value="no" checked' in form
    await send(admin, f"/admin/rules/{rule.id}", **PLAIN, pending="no")
    [changed] = await rules(admin)
    assert changed.holds_from == w.clock[0]
    page = text_of(await admin.get("/admin/rules"))
    assert "Leads that joined before" in page
    assert "keep: 10.00 EUR to the referrer" in page
    await send(admin, f"/admin/rules/{rule.id}", **PLAIN, pending="yes")
    [changed] = await rules(admin)
    assert (changed.version, changed.holds_from) == (3, 0)
    assert "keep: 10.00 EUR" not in text_of(await admin.get("/admin/rules"))


async def test_auto_issue_is_switched_on_only_after_it_said_what_it_would_do(
    admin: Browsing,
) -> None:
    w, [rule] = admin.world, await rules(admin)
    for order, sign in (("1", True), ("2", False)):
        arrived = await w.visit()
        await w.convert(token=arrived.token, order=order, sign=sign)
    wanted = PLAIN | {"method": "webhook", "auto": "yes"}
    path = f"/admin/rules/{rule.id}"
    answer = await send(admin, path, **wanted)
    assert answer.status_code == 200
    assert (
        "Of 2 rewards in the last 30 days, Auto Issue would have issued 1; 1 lacks evidence"
        " (reported by the browser only)." in text_of(answer.text)
    )
    assert await rules(admin) == (rule,)
    await send(admin, path, **wanted, auto_seen="yes")
    [switched] = await rules(admin)
    assert (switched.auto, switched.method) == (True, Method.WEBHOOK)
    again = await send(admin, path, **wanted | {"amount": "6"})
    assert again.status_code == 303
    assert "Auto Issue is on" in await admin.get("/admin/rules")


async def test_settings_are_saved_with_one_button(admin: Browsing) -> None:
    answer = await send(admin, "/admin/set-up", **SETTINGS)
    assert answer.status_code == 303, answer.text
    saved = await current(admin)
    assert (saved.name, saved.origins) == (
        "Spring",
        ("https://shop.example", "https://blog.example"),
    )
    assert (saved.landing, saved.window) == ("https://shop.example/", 30 * DAY)
    assert (saved.least_evidence, saved.cap, saved.budget) == (Evidence.SIGNED, None, 500_00)
    assert (saved.batch_day, saved.second_eyes) == (1, 99_50)
    assert saved.currency == "USD"
    page = await admin.get(answer.headers["location"])
    assert "Changed the campaign" in text_of(page)
    assert 'value="99.50"' in page
    same = await send(admin, "/admin/set-up", **SETTINGS)
    assert "Nothing was changed" in await admin.get(same.headers["location"])


async def test_each_wrong_setting_is_said_beside_its_field(admin: Browsing) -> None:
    before = await current(admin)
    wrong = {
        "name": " ",
        "site": "nonsense",
        "landing": "javascript:1",
        "window": "401",
        "least_evidence": "0",
        "cap": "0",
        "budget": "0",
        "batch_day": "29",
        "second_eyes": "x",
        "currency": "euro",
    }
    for field, value in wrong.items():
        answer = await send(admin, "/admin/set-up", **SETTINGS | {field: value})
        assert answer.status_code == 422, field
        assert f'id="{field}-error"' in answer.text, field
    assert await current(admin) is before


async def test_a_new_campaign_may_start_paused_with_a_rule_of_any_kind(admin: Browsing) -> None:
    new = {"site": "new.example", "kind": "custom", "quantity": "1", "unit": "free month"}
    new |= {"for": "referrer", "delay": "30", "qualified": "yes", "paused": "yes"}
    new |= {"currency": "SEK", "pace": "milestones", "milestones": "1, 3"}
    answer = await admin.post("/admin/campaigns", **new)
    assert answer.status_code == 303, answer.text
    made = admin.world.context.directory.all()[-1]
    [rule] = made.rules
    assert (made.status, made.currency) == (CampaignStatus.PAUSED, "SEK")
    assert (rule.kind, rule.unit, rule.milestones) == (Kind.CUSTOM, "free month", "1,3")


async def upload(admin: Browsing, pool: str, content: bytes, **fields: str) -> httpx.Response:
    form = {"csrf": admin.session.csrf, "campaign": admin.world.campaign.id, "pool": pool}
    file = {"file": ("codes.csv", content, "text/csv")}
    return await admin.client.post("/admin/coupons", data=form | fields, files=file)


async def left(admin: Browsing) -> list[coupons.Pool]:
    async with admin.world.context.storage.read() as db:
        return await coupons.pools(db, admin.world.campaign.id)


async def test_codes_are_uploaded_and_what_was_left_out_is_told(admin: Browsing) -> None:
    assert "No coupon codes yet" in await admin.get("/admin/coupons")
    answer = await upload(admin, " spring ", b"Code\nA\nB\nA\n\n")
    page = text_of(await admin.get(answer.headers["location"]))
    assert "2 codes added. Left out: 1 twice in the file, 1 empty." in page
    assert "Added codes to the coupon pool" in page
    again = await upload(admin, "spring", b"A\nB\nC")
    page = text_of(await admin.get(again.headers["location"]))
    assert "1 code added. Left out: 2 in the pool already." in page
    assert await left(admin) == [("spring", 3, 0)]


async def test_codes_can_be_pasted(admin: Browsing) -> None:
    await upload(admin, "spring", b"", codes="A\r\nB")
    assert await left(admin) == [("spring", 2, 0)]


async def test_a_file_without_codes_is_refused_beside_its_field(admin: Browsing) -> None:
    for content in (b"", b"\n\n", b"\x80\x81"):
        answer = await upload(admin, "spring", content)
        assert answer.status_code == 422
        assert 'id="file-error"' in answer.text
    unnamed = await upload(admin, " ", b"A")
    assert (unnamed.status_code, 'id="pool-error"' in unnamed.text) == (422, True)
    assert await left(admin) == []


async def test_a_file_that_is_too_large_is_not_read(admin: Browsing) -> None:
    answer = await upload(admin, "spring", b"A\n" * (1 << 19))
    assert answer.status_code == 413
    assert "in parts" in answer.text
    assert await left(admin) == []


async def test_a_file_of_a_stranger_or_without_its_proof_is_refused(admin: Browsing) -> None:
    answer = await upload(admin, "spring", b"A", csrf="forged")
    assert answer.status_code == 403
    admin.client.cookies.clear()
    answer = await upload(admin, "spring", b"A")
    assert answer.status_code == 403
    assert await left(admin) == []


async def test_a_pool_that_runs_low_says_so(admin: Browsing) -> None:
    coupon = PLAIN | {"kind": "coupon", "pool": "spring", "method": "coupon"}
    await send(admin, "/admin/rules", **coupon)
    for page in ("/admin/rules", "/admin/coupons"):
        assert "spring" in await admin.get(page)
    assert "has 0 codes left" in text_of(await admin.get("/admin/rules"))
    await upload(admin, "spring", "\n".join(f"C{n}" for n in range(9)).encode())
    assert "fewer than 10 codes" in text_of(await admin.get("/admin/coupons"))
    await upload(admin, "spring", b"ONE-MORE")
    assert "fewer than" not in text_of(await admin.get("/admin/coupons"))


async def test_a_rule_that_another_admin_retires_meanwhile_is_missed(admin: Browsing) -> None:
    w, [rule] = admin.world, await rules(admin)
    await change_rule(w.context, w.campaign, rule.id, rule, "test")
    answer = await send(admin, "/admin/rules/rule_nobody", **PLAIN)
    assert answer.status_code == 404
