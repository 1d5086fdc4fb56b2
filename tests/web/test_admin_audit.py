"""The audit trail as it reads: what was done, by whom, to what, and the way back."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from itertools import count

import pytest

from goodword.access import deeds
from goodword.clock import DAY
from goodword.lifecycle import undo as undo_verb
from goodword.lifecycle.act import begin
from goodword.lifecycle.admit import create_admin
from goodword.lifecycle.appoint import change_role, undo_role
from goodword.lifecycle.by_hand import review_many
from goodword.lifecycle.deed import keep_deed
from goodword.lifecycle.set_up import create_referrer, set_paused
from goodword.model import Deed, Role
from goodword.referrers import record as referrers
from goodword.web.audit_words import actor_text, before_names, deed_text
from lifecycle.world import World
from web.admin_app import EMAIL, Browsing
from web.stage import one_engine

HERE, BOB = "/admin/audit", "bob@shop.example"


def deed(verb: str, subject: str, *items: str, said: str = "") -> Deed:
    return Deed(
        id="deed_1",
        campaign_id=None,
        actor=BOB,
        verb=verb,
        subject=subject,
        items=json.dumps(dict.fromkeys(items or ("x_1",), said)),
        note="",
        created_at=0,
    )


def paid(**numbers: int) -> Deed:
    """Rewards that were issued together, so many of each kind."""
    words = [word for word, number in numbers.items() for _ in range(number)]
    items = json.dumps({f"rwd_{place}": word for place, word in enumerate(words)})
    return replace(deed("issue", "reward"), items=items)


def changed(**after: object) -> str:
    return json.dumps({"before": {}, "after": after})


@pytest.mark.parametrize(
    ("kept", "text"),
    [
        (deed("qualify", "lead"), "qualified the lead "),
        (deed("qualify", "lead", *map(str, range(1200))), "qualified 1,200 leads: "),
        (deed("issue", "reward"), "issued the reward for "),
        (deed("issue", "reward", said="early"), "issued the reward before its time for "),
        (deed("issue", "reward", "a", "b", said="early"), "issued 2 rewards before their time: "),
        (deed("issue", "reward", said="approve"), "approved the reward for "),
        (deed("issue", "reward", "a", "b", said="approve"), "approved 2 rewards: "),
        (
            paid(issue=3, early=2, approve=1),
            "issued 5 rewards (2 of them early) and approved 1: ",
        ),
        (deed("refund", "refund"), "recorded the refund of "),
        (deed("retire", "rule"), "ended the rule "),
        (deed("change", "letter"), "changed the letter "),
        (deed("create", "key"), "made the API key "),
        (deed("add", "coupon"), "added codes to the coupon pool "),
        (deed("upload", "customer", "upload", said="1200"), "uploaded 1,200 customers "),
        (deed("change_secret", "webhook"), "changed the secret of the webhook "),
        (deed("change", "campaign", said=changed(status="paused")), "paused the campaign "),
        (deed("change", "campaign", said=changed(status="active")), "resumed the campaign "),
        (
            deed("change", "campaign", said=changed(name="x", fresh_setting=1)),
            "changed the campaign (its name, fresh setting) ",
        ),
        (deed("add", "admin", said="- reader a@b.cd"), "added a@b.cd as read-only "),
        (deed("remove", "admin", said="owner - a@b.cd"), "removed a@b.cd, who was an owner "),
        (
            deed("change_role", "admin", said="reader manager a@b.cd"),
            "changed the role of a@b.cd from read-only to manager ",
        ),
        (deed("invite", "admin", said="- reader a@b.cd"), "made a new set-up link for a@b.cd "),
        (deed("paint", "wall", "a", "b"), "paint 2 wall: "),
        (deed("turn_over", "leaf"), "turn over the leaf "),
        (deed("turn_over", "admin", said="king queen a@b.cd"), "turn over a@b.cd "),
    ],
)
def test_a_deed_reads_as_a_sentence_and_an_unknown_word_as_it_is(kept: Deed, text: str) -> None:
    assert deed_text(kept) + before_names(kept) == text


def test_who_did_it_is_a_person_or_a_door() -> None:
    assert [actor_text(actor) for actor in (BOB, "api", "command line")] == [
        BOB,
        "the API",
        "the command line",
    ]


async def lines(admin: Browsing, query: str = "") -> list[str]:
    """What each line says, as text."""
    page = await admin.get(HERE + query)
    rows = re.findall(r'<tr>\s*<th scope="row">(.*?)</th>', page, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in rows]


async def lead_of(w: World, email: str) -> str:
    arrived = await w.visit()
    await w.sign_up(token=arrived.token, email=email, name=email.partition("@")[0].title())
    return next(lead.id for lead in await w.leads() if lead.email == email)


async def test_every_manual_act_is_there_newest_first(admin: Browsing) -> None:
    w = admin.world
    for paused in (True, False):
        w.wait(1000)
        await set_paused(w.context, w.campaign, paused, EMAIL)
    w.wait(1000)
    await create_referrer(w.context, w.campaign, "cleo@example.com", "Cleo", EMAIL)
    assert (await lines(admin))[:3] == [
        "Added the referrer Cleo",
        "Resumed the campaign",
        "Paused the campaign",
    ]
    assert f"Added {EMAIL} as an owner" in await lines(admin)


async def test_a_line_names_three_things_and_links_to_them(admin: Browsing) -> None:
    w = admin.world
    ids = [await lead_of(w, f"friend{n}@example.com") for n in range(5)]
    async with begin(w.context, w.campaign, EMAIL) as act:
        await keep_deed(act, "qualify", "lead", dict.fromkeys(ids, "pending"), "as agreed")
    told = (await lines(admin))[0]
    assert told == "Qualified 5 leads: Friend0 , Friend1 , Friend2 and 2 more “as agreed”"
    page = await admin.get(HERE)
    for id_ in ids[:3]:
        assert f'href="/admin/leads/{id_}?campaign={w.campaign.id}"' in page
        assert (await admin.client.get(f"/admin/leads/{id_}")).status_code == 200


async def test_a_thing_that_is_gone_is_counted_and_not_named(admin: Browsing) -> None:
    w = admin.world
    async with begin(w.context, w.campaign, EMAIL) as act:
        await keep_deed(act, "reject", "lead", {"lead_gone": "pending"})
    assert (await lines(admin))[0] == "Rejected the lead"


async def test_what_has_no_page_of_its_own_is_named_and_an_address_of_others_is_not(
    admin: Browsing,
) -> None:
    w = admin.world
    async with begin(w.context, w.campaign, EMAIL) as act:
        await keep_deed(act, "add", "coupon", {"spring": "1 20"})
        await keep_deed(act, "add", "webhook", {"wh_1": "https://hooks.example/secret"})
    assert (await lines(admin))[:2] == [
        "Added the webhook",
        "Added codes to the coupon pool spring",
    ]


async def test_who_was_added_is_disabled_by_undo(admin: Browsing) -> None:
    w = admin.world
    cleo, _ = await create_referrer(w.context, w.campaign, "cleo@example.com", "", EMAIL)
    [done] = re.findall(r'name="deed" value="([^"]+)"', await admin.get(f"{HERE}?subject=referrer"))
    undone = await admin.post("/admin/undo", campaign=w.campaign.id, deed=done, back=HERE)
    assert undone.headers["location"].startswith(HERE)
    page = await admin.get(undone.headers["location"])
    assert "Undone: added the referrer." in page
    assert f"Undone by {EMAIL}, " in page
    async with w.context.storage.read() as db:
        found = await referrers.by_id(db, w.campaign.id, cleo.id)
    assert found is not None
    assert found.disabled_at == w.clock[0]


async def test_what_was_undone_says_by_whom_and_offers_undo_no_more(admin: Browsing) -> None:
    w = admin.world
    bob, _ = await create_admin(w.context, BOB, None, Role.READER)
    w.wait(1000)
    done = await change_role(w.context, bob.id, Role.OWNER, EMAIL)
    assert done is not None
    button = f'name="deed" value="{done.id}"'
    assert button in await admin.get(HERE)
    w.wait(DAY)
    await undo_role(w.context, done.id, BOB)
    page = await admin.get(HERE)
    assert button not in page
    assert f"Undone by {BOB}, " in page
    assert (await lines(admin))[0] == (f"Undid: changed the role of {BOB} from read-only to owner")


async def test_what_is_undone_while_time_goes_on_says_by_whom(admin: Browsing) -> None:
    """No two looks at a clock say the same: between them the database is written."""
    w = admin.world
    bob, _ = await create_admin(w.context, BOB, None, Role.READER)
    done = await change_role(w.context, bob.id, Role.OWNER, EMAIL)
    assert done is not None
    ticking = count(w.clock[0] + DAY)
    await undo_role(replace(w.context, now=lambda: next(ticking)), done.id, BOB)
    assert f"Undone by {BOB}, " in await admin.get(HERE)


async def test_what_is_undone_in_parts_says_by_whom(admin: Browsing) -> None:
    w = admin.world
    ids = [await lead_of(w, f"friend{n}@example.com") for n in range(3)]
    done = await review_many(w.context, w.campaign, "qualify", ids, EMAIL)
    assert done.deed is not None
    ticking = count(w.clock[0] + DAY)
    later = replace(w.context, now=lambda: next(ticking))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(undo_verb, "PART", 1)
        await undo_verb.undo(later, w.campaign, done.deed.id, BOB)
    assert f"Undone by {BOB}, " in await admin.get(HERE)


async def test_who_only_looks_gets_no_undo(admin: Browsing) -> None:
    w = admin.world
    bob, _ = await create_admin(w.context, BOB, None, Role.OWNER)
    await change_role(w.context, bob.id, Role.MANAGER, EMAIL)
    async with begin(w.context, w.campaign, EMAIL) as act:
        await keep_deed(act, "issue", "reward", {"rwd_1": "due"})
    assert (await admin.get(HERE)).count('name="deed"') == 2
    await change_role(w.context, bob.id, Role.OWNER, EMAIL)
    for role, offered in ((Role.MANAGER, 1), (Role.READER, 0)):
        await change_role(w.context, admin.session.admin_id, role, BOB)
        assert (await admin.get(HERE)).count('name="deed"') == offered


async def test_the_trail_is_narrowed_to_a_person_and_to_a_thing(admin: Browsing) -> None:
    w = admin.world
    await set_paused(w.context, w.campaign, True, BOB)
    await set_paused(w.context, w.campaign, False, EMAIL)
    assert await lines(admin, f"?actor={BOB}") == ["Paused the campaign"]
    assert await lines(admin, f"?actor={EMAIL}&subject=campaign") == ["Resumed the campaign"]
    assert await lines(admin, "?subject=admin") == [f"Added {EMAIL} as an owner"]
    assert f'<option value="{BOB}" selected>' in await admin.get(f"{HERE}?actor={BOB}")
    assert "Nothing like that was done" in await admin.get(f"{HERE}?actor=nobody")


async def test_every_deed_is_on_one_page_of_the_trail(admin: Browsing) -> None:
    w = admin.world
    for n in range(120):
        w.wait(1 if n % 3 else 0)
        async with begin(w.context, w.campaign, EMAIL) as act:
            await keep_deed(act, "hold", "reward", {f"rwd_{n}": "due"}, note=f"note {n}")
    seen: list[str] = []
    path = f"{HERE}?subject=reward"
    while path:
        page = await admin.get(path)
        seen += re.findall(r"note (\d+)”", page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = unescape(following.group(1)) if following else ""
    assert seen == [str(n) for n in reversed(range(120))]


async def test_the_trail_of_one_campaign_tells_nothing_of_another(admin: Browsing) -> None:
    w = admin.world
    made = await admin.post(
        "/admin/campaigns",
        **{"site": "new.example", "reward": "5", "currency": "EUR", "for": "both", "delay": "1"},
    )
    assert made.status_code == 303
    other = w.context.directory.all()[-1]
    await set_paused(w.context, w.campaign, True, EMAIL)
    assert "Paused the campaign" not in await lines(admin, f"?campaign={other.id}")
    assert (await lines(admin, f"?campaign={other.id}"))[0] == "Made the campaign"


@one_engine
async def test_what_was_typed_is_shown_escaped(admin: Browsing) -> None:
    w = admin.world
    async with begin(w.context, w.campaign, EMAIL) as act:
        await keep_deed(act, "hold", "reward", {"rwd_1": ""}, note="<script>alert(1)</script>")
        await deeds.add(
            act.db, replace(deed("<b>", "<i>"), campaign_id=w.campaign.id, created_at=act.at)
        )
    page = await admin.get(f"{HERE}?actor=%3Cscript%3E&before=%00")
    page += await admin.get(HERE)
    assert "<script>alert" not in page
    assert "<b>" not in page
