"""`/p/...`: a mailed link opens a page whose button acts; what it opens is the referrer's alone."""

from __future__ import annotations

import re

import httpx
import pytest

from goodword.clock import HOUR
from goodword.credits import record as credits
from goodword.lifecycle.act import begin
from goodword.lifecycle.credit import decline_credit
from goodword.lifecycle.disable import set_disabled
from goodword.lifecycle.mailed import own_page_link, revoke_links
from goodword.lifecycle.set_up import NewCampaign, create_campaign, set_paused
from goodword.model import Letter, Referrer
from lifecycle.post import mails, switched
from lifecycle.world import DAY, World
from web.hosted_app import field_of, text_of, visiting, with_mail
from web.stage import one_engine


def mailed(w: World, referrer: Referrer | None = None) -> str:
    return own_page_link(w.context, referrer or w.ada)


async def enter(w: World, person: httpx.AsyncClient) -> httpx.Response:
    """Presses the button behind Ada's mailed link."""
    entered = await person.post(mailed(w))
    assert (entered.status_code, entered.headers["location"]) == (303, "/p/demo")
    return await person.get("/p/demo")


async def test_the_link_shows_a_button_and_only_the_button_opens_the_page(
    w: World, person: httpx.AsyncClient
) -> None:
    await w.buyer("1042", email="grace@example.org", name="Grace Hopper")
    for _ in range(3):  # a mail scanner, and the person after it
        shown = await person.get(mailed(w))
        assert "Open my page" in text_of(shown)
        assert "set-cookie" not in shown.headers
        assert "Ada" not in shown.text
    page = text_of(await enter(w, person))
    assert "Hello Ada" in page
    assert "Referrals 1 Referrals Successful 1" in page
    assert "Grace H. Successful" in page
    assert "10.00 EUR Can be issued from 18 Dec 2026 For a successful referral" in page


async def test_it_shows_every_way_to_share(w: World, person: httpx.AsyncClient) -> None:
    page = await enter(w, person)
    shared = f"https://go.shop.example/c/demo/{w.ada.code}"
    assert f'value="{shared}"' in page.text
    assert f"https://shop.example/?ref={w.ada.code}" in page.text
    assert f"https://go.shop.example/r/{w.ada.code}" in page.text
    links = re.findall(r'href="(mailto:|https://[^/"]+)', page.text)
    assert links[1:6] == [
        "mailto:",
        "https://wa.me",
        "https://x.com",
        "https://www.linkedin.com",
        "https://www.facebook.com",
    ]
    assert page.text.count('rel="noopener noreferrer"') == 4
    assert (await person.get(f"/c/demo/{w.ada.code}/qr.svg")).status_code == 200


async def test_no_address_stands_in_a_url_and_no_cache_keeps_the_page(
    w: World, person: httpx.AsyncClient
) -> None:
    entered = await person.post(mailed(w))
    cookie = entered.headers["set-cookie"]
    for part in ("__Secure-goodword-page=", "HttpOnly", "Secure", "SameSite=lax", "Path=/p/demo"):
        assert part in cookie
    page = await person.get("/p/demo")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "ada@example.com" not in page.text
    assert (
        "frame-ancestors https://shop.example https://www.shop.example"
        in (page.headers["content-security-policy"])
    )
    opening = await person.get(mailed(w))
    assert "frame-ancestors 'none'" in opening.headers["content-security-policy"]
    assert opening.headers["referrer-policy"] == "no-referrer"


async def test_a_link_that_is_forged_old_or_revoked_opens_nothing(
    w: World, person: httpx.AsyncClient
) -> None:
    old = mailed(w)
    w.wait(7 * DAY)
    revoked = mailed(w)
    async with begin(w.context, w.campaign, "boss@example.com") as act:
        await revoke_links(act, w.ada.id)
    for link in (old, revoked):
        for answer in (await person.get(link), await person.post(link)):
            assert answer.status_code == 404
            assert "no longer valid" in text_of(answer)
            assert "set-cookie" not in answer.headers
    for forged in (f"{revoked[:-2]}xx", "/p/x.y", "/p/.x", "/p/a.b.c", "/p/" + "x" * 3000 + ".y"):
        assert "nothing here" in text_of(await person.get(forged))


async def test_without_a_session_the_page_asks_for_an_address(
    w: World, person: httpx.AsyncClient
) -> None:
    assert "Hello Ada" not in text_of(await person.get("/p/demo"))
    person.cookies.set("__Secure-goodword-page", "forged.session")
    assert "Hello Ada" not in text_of(await person.get("/p/demo"))


async def test_the_session_ends_after_two_hours(w: World, person: httpx.AsyncClient) -> None:
    assert "Hello Ada" in text_of(await enter(w, person))
    w.wait(2 * HOUR)
    assert "Hello Ada" not in text_of(await person.get("/p/demo"))


async def test_leaving_forgets_the_browser_and_closing_ends_every_link(
    w: World, person: httpx.AsyncClient
) -> None:
    session = field_of(await enter(w, person), "session")
    left = await person.post("/p/demo", data={"session": session, "do": "leave"})
    assert 'goodword-page="";' in left.headers["set-cookie"]
    assert "Hello Ada" not in text_of(await person.get("/p/demo"))
    link = mailed(w)
    closed = await person.post("/p/demo", data={"session": session, "do": "close"})
    assert "open nothing any more" in text_of(closed)
    assert (await person.get(link)).status_code == 404
    again = await person.post("/p/demo", data={"session": session})
    assert (again.status_code, "Hello Ada" in text_of(again)) == (403, False)


async def test_nothing_is_done_without_the_forms_own_session(
    w: World, person: httpx.AsyncClient
) -> None:
    """A form on another site rides on the cookie, and has no session to send."""
    await enter(w, person)
    answer = await person.post("/p/demo", data={"do": "close"})
    assert answer.status_code == 403
    w.wait(1)
    assert (await person.get(mailed(w))).status_code == 200


async def test_in_a_frame_without_cookies_a_pasted_link_opens_the_page(
    w: World, person: httpx.AsyncClient
) -> None:
    page = await person.post("/p/demo", data={"link": f"  {mailed(w)}\n"})
    assert "Hello Ada" in text_of(page)
    assert "set-cookie" not in page.headers
    again = await person.post("/p/demo", data={"session": field_of(page, "session")})
    assert "Hello Ada" in text_of(again)
    for wrong in ("", "x", "https://evil.example/p/x.y", mailed(w)[:-1]):
        refused = await person.post("/p/demo", data={"link": wrong})
        assert (refused.status_code, "Hello Ada" in text_of(refused)) == (403, False)


@one_engine
async def test_a_link_of_one_campaign_opens_no_page_of_another(
    w: World, person: httpx.AsyncClient
) -> None:
    new = NewCampaign(name="Other", origins=("https://other.example",))
    await create_campaign(w.context, new, "test")
    answer = await person.post("/p/other", data={"link": mailed(w)})
    assert (answer.status_code, "Hello Ada" in text_of(answer)) == (403, False)


@one_engine
async def test_what_friends_typed_is_words_and_nothing_else(
    w: World, person: httpx.AsyncClient
) -> None:
    for name in ("<script>alert(1)</script>", "\"'><b onclick=x>", "{{7*7}}"):
        await w.sign_up(token=(await w.visit()).token, email=f"{len(name)}@a.co", name=name)
    page = await enter(w, person)
    assert "<script>alert" not in page.text
    assert "<b " not in page.text
    assert "49" not in page.text


@one_engine
async def test_a_disabled_referrer_sees_what_was_earned_and_no_link(
    w: World, person: httpx.AsyncClient
) -> None:
    await w.buyer("1")
    await set_disabled(w.context, w.campaign, [w.ada.id], True, "boss@example.com")
    page = await enter(w, person)
    assert "Your link is not in use" in text_of(page)
    assert w.ada.code not in page.text
    assert "10.00 EUR" in text_of(page)


@one_engine
async def test_while_paused_the_page_is_there(w: World, person: httpx.AsyncClient) -> None:
    await set_paused(w.context, w.campaign, True, "boss@example.com")
    assert "taking a break" in text_of(await enter(w, person))


@one_engine
@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.org", " Ada+x@Example.com"])
async def test_asking_for_a_link_says_the_same_whoever_it_is(w: World, email: str) -> None:
    async with visiting(with_mail(w)) as person:
        answers = [await person.post("/p/demo", data={"email": each}) for each in (email, "a@b.co")]
        assert answers[0].content == answers[1].content
        assert answers[0].status_code == 200
        assert "we have mailed you a link" in text_of(answers[0])
        assert "example.com" not in answers[0].text
        refused = await person.post("/p/demo", data={"email": "<b>ada"})
        assert refused.status_code == 422
        assert "&lt;b&gt;ada" in refused.text


@one_engine
async def test_without_a_mail_server_nobody_is_promised_a_mail(
    w: World, person: httpx.AsyncClient
) -> None:
    page = text_of(await person.get("/p/demo"))
    assert "Demo sends you the link to your page" in page
    assert "mail me" not in page.lower()


async def test_a_missing_friend_is_asked_for_and_answered_alike_whoever_is_named(
    w: World, person: httpx.AsyncClient
) -> None:
    await w.buyer("1042", w.bob, email="grace@example.org")
    session = field_of(await enter(w, person), "session")
    told = []
    for named in ("grace@example.org", "nobody@example.org", "grace@example.org", "1042"):
        said = {"session": session, "do": "missing", "named": named, "said": "In <b>May</b>"}
        answer = await person.post("/p/demo", data=said)
        assert answer.status_code == 200
        told.append(re.sub(r"\S+@example.org|1042|\d{3,}", "", text_of(answer)).split("Asked")[0])
        assert "The answer appears here".lower() in text_of(answer).lower()
    assert len(set(told)) == 1
    assert await w.count("credit_claims") == 3
    assert "Bob" not in answer.text


async def test_of_missing_friends_so_many_may_wait_and_the_answer_is_read(
    w: World, person: httpx.AsyncClient
) -> None:
    session = field_of(await enter(w, person), "session")
    asking = {"session": session, "do": "missing"}
    empty = await person.post("/p/demo", data=asking | {"named": " ", "said": "In <b>May</b>"})
    assert (empty.status_code, field_of(empty, "said")) == (422, "In <b>May</b>")
    for n in range(5):
        last = await person.post("/p/demo", data=asking | {"named": f"order-{n}"})
    assert "please wait for an answer" in text_of(last)
    more = await person.post("/p/demo", data=asking | {"named": "order-9"})
    assert more.status_code == 422
    assert await w.count("credit_claims") == 5
    async with w.context.storage.read() as db:
        claim = (await credits.of_referrer(db, w.campaign.id, w.ada.id))[0]
    await decline_credit(w.context, w.campaign, claim.id, "Bought before", "boss@example.com")
    page = text_of(await person.get("/p/demo"))
    assert "order-4 Not counted" in page
    assert "“Bought before”" in page


async def test_a_friend_is_invited_by_e_mail_where_the_owner_has_switched_it_on(
    w: World, person: httpx.AsyncClient
) -> None:
    assert "invitation by e-mail" not in text_of(await enter(w, person))
    await switched(w, Letter.FRIEND_INVITATION, on=True)
    async with visiting(with_mail(w)) as friendly:
        page = await enter(w, friendly)
        inviting = {"session": field_of(page, "session"), "do": "invite"}
        assert "Let us send an invitation" in text_of(page)
        for friend in ("grace@example.org", "bob@example.com", "grace@example.org"):
            answer = await friendly.post("/p/demo", data=inviting | {"friend": friend})
            assert "We write to your friend once" in text_of(answer)
        wrong = await friendly.post("/p/demo", data=inviting | {"friend": "grace"})
        assert (wrong.status_code, "no e-mail address" in text_of(wrong)) == (422, True)
        assert field_of(wrong, "friend") == "grace"
    assert len(await mails(w)) == 1
