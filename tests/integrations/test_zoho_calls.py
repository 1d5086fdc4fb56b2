"""Zoho CRM: the whole conversation with its double."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest

from doubles.zoho import Zoho as Double
from goodword.integrations.base import BadSignature, Failed, Trouble
from goodword.integrations.client import Connection, ask
from goodword.integrations.login import by_code, consent_url, tokens_of
from goodword.integrations.zoho import Zoho
from goodword.lifecycle.account import values_of
from goodword.lifecycle.connect import ask_consent, install, take_consent
from goodword.model import Ref, Snapshot
from goodword.outbound import Outbound
from integrations.calls import HOOK, LOOPBACK, connected, played, request_of
from lifecycle.world import world

SYSTEM = Zoho()
[LOGIN] = SYSTEM.logins
DAY = 24 * 3_600_000
CODE = ["Referral_code"]
ANN = {"Email": "ann@example.com", "Last_Name": "Lee", "Company": "[not provided]"}


@pytest.fixture
def there() -> Iterator[Double]:
    with played(Double()) as double:
        yield double


@asynccontextmanager
async def agreed(there: Double) -> AsyncIterator[Connection]:
    """Connected by a person's consent."""
    typed = there.credentials("oauth")
    url = consent_url(LOGIN, typed, f"{HOOK}/back", "state-1", "verifier-1")
    async with connected(SYSTEM, "oauth", there) as api, httpx.AsyncClient() as browser:
        back = httpx.URL((await browser.get(url)).headers["location"])
        host = {"token_host": back.params["accounts-server"]}
        known = typed | host
        asking = by_code(LOGIN, known, f"{HOOK}/back", back.params["code"], "")
        answer = await ask(api.outbound, asking)
        api.values = known | tokens_of(LOGIN, answer, host, there.now())
        yield api


@pytest.fixture
async def api(there: Double) -> AsyncIterator[Connection]:
    async with agreed(there) as connection:
        yield connection


# Connecting ----------------------------------------------------------------------------------


async def test_a_callback_that_names_no_data_centre_means_the_one_that_was_chosen(
    database_url: str, there: Double
) -> None:
    async with world(database_url) as w, Outbound(LOOPBACK) as outbound:
        typed = there.credentials("oauth")
        made = await install(w.context, w.campaign, SYSTEM, LOGIN, typed, "boss@example.com")
        asked = await ask_consent(w.context, made, "session-1")
        async with httpx.AsyncClient(trust_env=False) as browser:
            back = httpx.URL((await browser.get(asked)).headers["location"])
        told = {name: back.params[name] for name in ("code", "state")}
        known = await take_consent(w.context, outbound, "session-1", told)
        assert values_of(w.context, known)["token_host"] == "https://accounts.zoho.com"


async def test_tokens_come_from_the_data_centre_that_the_callback_names(
    api: Connection, there: Double
) -> None:
    assert await SYSTEM.check(api) == "Acme & Söhne"
    assert api.inputs["token_host"] == "https://accounts.zoho.eu"
    assert api.inputs["token_host"] in LOGIN.token_hosts
    assert api.inputs["api_domain"] == "https://www.zohoapis.eu"
    assert there.calls[-1].headers["authorization"].startswith("Zoho-oauthtoken 1000.")


async def test_the_refresh_token_is_kept_though_it_is_not_sent_again(
    api: Connection, there: Double
) -> None:
    for _ in range(2):
        there.oauth.expire()
        assert await SYSTEM.check(api)
    assert api.inputs["refresh_token"] in there.oauth.refreshers


async def test_too_many_tokens_are_waited_out_and_need_no_person(
    api: Connection, there: Double
) -> None:
    for _ in range(9):
        there.oauth.expire()
        assert await SYSTEM.check(api)
    there.oauth.expire()
    with pytest.raises(Failed) as failed:
        await SYSTEM.check(api)
    assert (failed.value.kind, failed.value.wait) == (Trouble.THROTTLED, 600)


async def test_a_consent_that_was_taken_back_needs_a_person(api: Connection, there: Double) -> None:
    there.oauth.expire()
    there.fail("invalid_grant")
    with pytest.raises(Failed) as failed:
        await SYSTEM.check(api)
    assert failed.value.kind is Trouble.AUTH


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("429", Trouble.THROTTLED), ("500", Trouble.SERVER), ("page", Trouble.SERVER)],
)
async def test_faults_are_named(api: Connection, there: Double, fault: str, kind: Trouble) -> None:
    there.fail(fault)
    with pytest.raises(Failed) as failed:
        await SYSTEM.check(api)
    assert failed.value.kind is kind


async def test_drop_downs_show_fields_statuses_and_stages(api: Connection) -> None:
    fields = {each.name: each for each in await SYSTEM.choices(api, "Leads")}
    assert ("Qualified", "Qualified") in fields["Lead_Status"].options
    assert fields["No_Calls"].options == (("true", "Yes"), ("false", "No"))
    stages = {each.name: each for each in await SYSTEM.choices(api, "Deals")}["Stage"]
    assert ("Closed Won", "Closed Won") in stages.options


# Fields --------------------------------------------------------------------------------------


async def test_missing_fields_are_made_once_and_the_code_is_unique(
    api: Connection, there: Double
) -> None:
    words = ("code", "link", "referrals", "referrer_email")
    made = await SYSTEM.ensure_fields(api, "Leads", words)
    assert made == {
        "code": "Referral_code",
        "link": "Referral_link",
        "referrals": "Referrals",
        "referrer_email": "Referred_by_email",
    }
    assert there.unique == {"Referral_code"}
    assert there.fields["Leads"]["Referrals"] == ("Referrals", "integer")
    writes = there.writes
    assert await SYSTEM.ensure_fields(api, "Leads", words) == made
    assert there.writes == writes


async def test_an_edition_without_unique_fields_gets_a_plain_one(
    api: Connection, there: Double
) -> None:
    there.most_unique = 0
    assert await SYSTEM.ensure_fields(api, "Leads", ("code",)) == {"code": "Referral_code"}
    assert there.unique == set()


# Sending -------------------------------------------------------------------------------------


@pytest.mark.parametrize("object_", ["Leads", "Contacts"])
async def test_a_record_is_made_found_and_changed(
    api: Connection, there: Double, object_: str
) -> None:
    """Numbers and truths are sent as such, which Zoho asks for one by one."""
    await SYSTEM.ensure_fields(api, object_, ("code", "referrals"))
    there.fields[object_]["No_Calls"] = ("No Calls", "boolean")
    values = {"Email": "o'neil+x@example.com", "Last_Name": "O'Neil", "Referral_code": "C1"}
    values |= {"Referrals": "2", "No_Calls": "true"}
    company = {"Company": "x"} if object_ == "Leads" else {}
    ref = await SYSTEM.create(api, object_, values | company)
    found = await SYSTEM.find(api, object_, "O'NEIL+x@example.com", "C1", CODE)
    assert found is not None
    assert (found.ref, found.fields["Referral_code"]) == (ref, "C1")
    assert found.created_at == there.records[ref.id].created_at // 1000 * 1000
    await SYSTEM.update(api, ref, {"Referrals": "3"})
    [now] = await SYSTEM.read(api, [ref], ["Referrals", "No_Calls"])
    assert (now.fields["Referrals"], now.fields["No_Calls"]) == ("3", "true")


async def test_what_is_no_number_is_refused_and_not_tried_for_ever(
    api: Connection, there: Double
) -> None:
    await SYSTEM.ensure_fields(api, "Leads", ("referrals",))
    with pytest.raises(Failed, match="Referrals, integer") as failed:
        await SYSTEM.create(api, "Leads", ANN | {"Referrals": "many"})
    assert failed.value.kind is Trouble.REJECTED


async def test_an_older_customer_is_found_among_contacts(api: Connection, there: Double) -> None:
    there.person("ann@example.com", at=2_000)
    old = there.contact("ann@example.com", at=1_000)
    found = await SYSTEM.find(api, "Leads", "ann@example.com", "", [])
    assert found is not None
    assert (found.ref, found.created_at) == (Ref("Contacts", old), 1_000)


async def test_a_converted_lead_makes_its_contact_as_old_as_itself(
    api: Connection, there: Double
) -> None:
    there.convert(there.person("ann@example.com", at=1_000))
    found = await SYSTEM.find(api, "Leads", "ann@example.com", "", [])
    assert found is not None
    assert (found.ref.object, found.created_at) == ("Contacts", 1_000)


async def test_our_own_record_comes_before_an_older_one(api: Connection, there: Double) -> None:
    await SYSTEM.ensure_fields(api, "Leads", ("code",))
    there.contact("ann@example.com", at=1_000)
    ours = there.person("new@example.com", at=2_000, Referral_code="C1")
    found = await SYSTEM.find(api, "Leads", "ann@example.com", "C1", CODE)
    assert found is not None
    assert found.ref == Ref("Leads", ours)
    found = await SYSTEM.find(api, "Leads", "", "C1", CODE)
    assert found is not None
    assert found.ref == Ref("Leads", ours)


async def test_a_create_that_loses_the_race_says_whom_it_met(
    api: Connection, there: Double
) -> None:
    """Inside an answer with a status of success."""
    there.unique.add("Email")
    id_ = there.person("ann@example.com")
    there.fail("race")
    assert await SYSTEM.find(api, "Leads", "ann@example.com", "", []) is None
    with pytest.raises(Failed) as failed:
        await SYSTEM.create(api, "Leads", ANN)
    assert (failed.value.kind, failed.value.ref) == (Trouble.DUPLICATE, Ref("Leads", id_))


async def test_a_lost_answer_makes_no_second_record_though_the_search_is_behind(
    api: Connection, there: Double
) -> None:
    await SYSTEM.ensure_fields(api, "Leads", ("code",))
    there.fail("lag", 9)
    there.fail("lost")
    with pytest.raises(Failed):
        await SYSTEM.create(api, "Leads", ANN | {"Referral_code": "C1"})
    assert await SYSTEM.find(api, "Leads", "ann@example.com", "C1", CODE) is None
    with pytest.raises(Failed) as failed:
        await SYSTEM.create(api, "Leads", ANN | {"Referral_code": "C1"})
    [lead] = there.live("Leads")
    assert (failed.value.kind, failed.value.ref) == (Trouble.DUPLICATE, Ref("Leads", lead.id))


async def test_a_converted_lead_is_written_to_as_its_contact(
    api: Connection, there: Double
) -> None:
    lead = there.person("ann@example.com")
    there.convert(lead)
    await SYSTEM.update(api, Ref("Leads", lead), {"Last_Name": "Lee"})
    [contact] = there.live("Contacts")
    assert contact.fields["Last_Name"] == "Lee"
    there.delete(lead)
    with pytest.raises(Failed) as failed:
        await SYSTEM.update(api, Ref("Leads", lead), {"Last_Name": "Lee"})
    assert failed.value.kind is Trouble.GONE


# Looking -------------------------------------------------------------------------------------


@pytest.mark.parametrize("listed", [True, False])
async def test_a_lead_leads_to_its_deal_and_back(
    api: Connection, there: Double, listed: bool
) -> None:
    """Also where only the single record says what it became."""
    there.lists_conversion = listed
    converted, without, still = (there.person(f"{name}@example.com") for name in "abc")
    deal = Ref("Deals", str(there.convert(converted)))
    there.convert(without, deal=False)
    never = Ref("Leads", "9")
    refs = [Ref("Leads", id_) for id_ in (converted, without, still)]
    first, second, third, none = await SYSTEM.read(api, [*refs, never], ["Lead_Status"])
    assert deal in first.links
    assert {link.object for link in second.links} == {"Contacts"}
    assert (third.links, third.fields["Lead_Status"]) == ((), "Not Contacted")
    assert none == Snapshot(never, gone=True)
    there.move_deal(deal.id, "Closed Won")
    [shown] = await SYSTEM.read(api, [deal], ["Stage", "Amount", "Currency"])
    assert (shown.fields["Stage"], shown.fields["Amount"]) == ("Closed Won", "1200")
    assert "Currency" not in shown.fields
    assert refs[0] in shown.links


async def test_a_contact_leads_to_its_deals_and_back(api: Connection, there: Double) -> None:
    refs = [Ref("Contacts", there.contact(f"{number}@example.com")) for number in range(60)]
    deals = [Ref("Deals", there.deal(ref.id, "Qualification")) for ref in (refs[0], refs[-1])]
    read = await SYSTEM.read(api, refs, [])
    assert [read[0].links, read[1].links, read[-1].links] == [(deals[0],), (), (deals[1],)]
    [deal] = await SYSTEM.read(api, deals[:1], [])
    assert deal.links == (refs[0],)


# Hearing -------------------------------------------------------------------------------------


async def test_a_channel_tells_of_changes_until_it_is_over(api: Connection, there: Double) -> None:
    now = there.now()
    made = await SYSTEM.subscribe(api, HOOK, "secret-1", "", now)
    assert made is not None
    assert made.expires_at is not None
    assert 6 * DAY < made.expires_at - now <= 7 * DAY
    lead = there.person("ann@example.com")
    there.change(lead, "Lead_Status", "Qualified")
    deal = str(there.convert(lead))
    told = [delivery for _, delivery in there.deliveries(there.pending)]
    heard = [SYSTEM.heard(request_of(each, now), "secret-1", {}).hints for each in told]
    assert [hint.ref for [hint] in heard] == [Ref("Leads", lead), Ref("Deals", deal)]
    with pytest.raises(BadSignature):
        SYSTEM.heard(request_of(told[0], now), "another", {})
    there.now = lambda: now + 7 * DAY
    assert there.deliveries(there.pending) == []


async def test_a_channel_is_renewed_and_made_again_when_it_is_over(
    api: Connection, there: Double
) -> None:
    now = there.now()
    first = await SYSTEM.subscribe(api, HOOK, "secret-1", "", now)
    assert first is not None
    there.now = lambda: now + 4 * DAY
    second = await SYSTEM.subscribe(api, HOOK, "secret-1", first.data, now + 4 * DAY)
    assert second is not None
    assert second.data == first.data
    assert (second.expires_at or 0) > (first.expires_at or 0)
    there.now = lambda: now + 20 * DAY
    third = await SYSTEM.subscribe(api, HOOK, "secret-1", second.data, now + 20 * DAY)
    assert third is not None
    assert (third.expires_at or 0) > now + 26 * DAY
    assert [call.method for call in there.calls if call.path.endswith("watch")] == [
        "POST",
        "PUT",
        "PUT",
        "POST",
    ]


async def test_the_screen_converts_a_lead(there: Double) -> None:
    id_ = there.person("ann@example.com")
    async with httpx.AsyncClient(base_url=there.url, follow_redirects=True) as browser:
        page = await browser.post("/screen", data={"id": id_, "act": "Convert", "field": ""})
    assert "Deals" in page.text
    assert there.records[id_].fields["Converted__s"] == "true"
