"""Connection, actions and search against a live server, and what they say when it refuses."""

from __future__ import annotations

import pytest

from receiver import Receiver, answer
from zapier.app import App, Refused, definition
from zapier.conftest import Live
from zapier.test_triggers import fields, referred


async def test_the_connection_is_labelled_by_what_it_reaches(app: App, live: Live) -> None:
    host = f"127.0.0.1:{live.server.port}"
    assert await app.run("authentication.test") == {"label": f"Shop at {host}"}
    for spelling in (f"{app.url}/", f" {app.url}/api/v1 "):
        named = await app.connected(spelling, app.key).run("authentication.test")
        assert named == {"label": f"Shop at {host}"}


async def test_the_label_of_the_connection_is_what_the_test_gives(app: App, node: str) -> None:
    assert definition(node)["authentication"]["connectionLabel"] == "{{bundle.inputData.label}}"


async def test_a_wrong_key_asks_to_reconnect_and_is_not_shown(app: App) -> None:
    with pytest.raises(Refused) as refused:
        await app.connected(app.url, "gwk_wrong_key_of_mine").run("authentication.test")
    assert refused.value.name == "ExpiredAuthError"
    assert "reconnect" in refused.value.said
    assert "gwk_wrong" not in str(refused.value)


@pytest.mark.parametrize("url", ["go.shop.example", "http://go.shop.example", "", "https://"])
async def test_an_address_has_to_be_https(app: App, url: str) -> None:
    with pytest.raises(Refused) as refused:
        await app.connected(url, app.key).run("authentication.test")
    assert "https://go.shop.example" in refused.value.said


async def test_another_server_is_no_goodword(app: App, hooks: Receiver) -> None:
    hooks.answers = lambda _: answer(200, "<html>Hello</html>", content_type="text/html")
    with pytest.raises(Refused) as refused:
        await app.connected(hooks.url.removesuffix("/hook"), app.key).run("authentication.test")
    assert refused.value.said == "No goodword answers at this address"


@pytest.mark.parametrize(("status", "seconds"), [(429, 7), (503, 7), (502, 60)])
async def test_what_can_be_asked_later_is_asked_later(
    app: App, hooks: Receiver, status: int, seconds: int
) -> None:
    wish = {} if status == 502 else {"retry_after": str(seconds)}
    hooks.answers = lambda _: answer(status, "{}", content_type="application/json", **wish)
    elsewhere = app.connected(hooks.url.removesuffix("/hook"), app.key)
    with pytest.raises(Refused) as refused:
        await elsewhere.create("add_referrer", email="ada@example.com")
    assert (refused.value.name, refused.value.facts["delay"]) == ("ThrottledError", seconds)


async def test_a_user_is_qualified_by_code_id_or_email(app: App, live: Live, node: str) -> None:
    for name in ("code", "id", "email"):
        lead = referred(live)
        done = await app.create("qualify_user", **{name: lead[name]})
        assert (done["id"], done["status"]) == (lead["id"], "qualified")
        assert await app.create("qualify_user", **{name: lead[name]}) == done
        assert done == live.api("GET", f"/leads/{lead['id']}")
        assert fields(definition(node)["creates"]["qualify_user"]["operation"]["sample"]) == fields(
            done
        )


async def test_of_several_names_the_code_counts(app: App, live: Live) -> None:
    lead, other = referred(live), referred(live)
    done = await app.create("qualify_user", code=lead["code"], email=other["email"], id="")
    assert done["id"] == lead["id"]


async def test_a_user_who_can_t_be_qualified_is_refused_in_words(app: App, live: Live) -> None:
    lead = referred(live)
    live.api("POST", f"/leads/{lead['id']}/reject")
    for said, status, words in (
        ({"code": "NONSENSE"}, 404, "code: there is no lead 'NONSENSE'"),
        (
            {"code": lead["referrer"]["code"]},
            400,
            "code: this is a referrer's code; send the lead's own",
        ),
        ({"id": lead["id"]}, 409, "rejected"),
        ({}, None, "Name the lead by its code, its ID or its email"),
    ):
        with pytest.raises(Refused) as refused:
            await app.create("qualify_user", **said)
        assert refused.value.facts.get("status") == status
        assert words in refused.value.said


async def test_a_referrer_is_added_once(app: App, live: Live, node: str) -> None:
    email, code = live.email("ada"), live.email("ada").partition("@")[0]
    made = await app.create("add_referrer", email=email, name="Ada Lovelace", code=code)
    assert (made["email"], made["code"]) == (email, code)
    assert (await app.create("add_referrer", email=email, name=""))["id"] == made["id"]
    assert fields(definition(node)["creates"]["add_referrer"]["operation"]["sample"]) == fields(
        made
    )
    with pytest.raises(Refused, match="code: "):
        await app.create("add_referrer", email=live.email("bob"), code=code)


async def test_a_lead_is_added_by_code_or_id_and_once(app: App, live: Live, node: str) -> None:
    ada = live.api("POST", "/referrers", {"email": live.email("ada")})
    email = live.email("cy")
    made = await app.create("add_lead", referral_code=ada["code"], email=email, name="Cy")
    assert (made["referrer_id"], made["email"], made["status"]) == (ada["id"], email, "pending")
    assert await app.create("add_lead", referrer_id=ada["id"], email=email) == made
    assert fields(definition(node)["creates"]["add_lead"]["operation"]["sample"]) == fields(made)
    with pytest.raises(Refused, match="Name the referrer"):
        await app.create("add_lead", email=email)
    with pytest.raises(Refused, match="referral_code: it is no referrer's code"):
        await app.create("add_lead", referral_code="nobody", email=email)


async def test_a_lead_is_found_by_code_or_email(app: App, live: Live, node: str) -> None:
    lead = referred(live)
    known = live.api("GET", f"/leads/{lead['id']}")
    assert await app.find_lead(code=lead["code"].lower()) == [known]
    assert await app.find_lead(email=lead["email"].upper()) == [known]
    assert await app.find_lead(email="nobody@example.org") == []
    assert await app.find_lead(code="NONSENSE") == []
    assert fields(definition(node)["searches"]["find_lead"]["operation"]["sample"]) == fields(known)
    with pytest.raises(Refused, match="Name the lead"):
        await app.find_lead()


async def test_a_key_of_every_campaign_chooses_one(app: App, live: Live) -> None:
    other = {"name": "Other", "origins": ["https://other.example"]}
    second = live.api("POST", "/campaigns", other, live.key_of_all)
    everywhere = app.connected(app.url, live.key_of_all)
    assert (await everywhere.run("authentication.test"))["label"].startswith("every campaign at ")
    listed = await everywhere.run("triggers.campaign.operation.perform")
    assert {"id": second["id"], "name": "Other"} in listed
    with pytest.raises(Refused, match="campaign_id: the key is for every campaign"):
        await everywhere.create("add_referrer", email=live.email("ada"))
    made = await everywhere.create(
        "add_referrer", email=live.email("ada"), campaign_id=second["id"]
    )
    assert made["campaign_id"] == second["id"]
