"""HubSpot: the whole conversation with its double, which its own client library reads too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from hubspot import HubSpot as Client
from hubspot.crm.contacts import PublicObjectSearchRequest, SimplePublicObjectInputForCreate
from hubspot.utils.signature import Signature

from doubles.hubspot import HubSpot as Double
from doubles.hubspot_calls import KEY
from doubles.oauth import CLIENT_SECRET
from goodword.integrations.base import Failed, Trouble
from goodword.integrations.client import Connection, ask
from goodword.integrations.hubspot import HubSpot
from goodword.integrations.login import by_code, consent_url, tokens_of
from goodword.model import Ref, Snapshot
from house.tree import ROOT
from integrations.calls import HOOK, connected, played, request_of

APP = ROOT / "server/docs/integrations/hubspot-app"
SYSTEM = HubSpot()
SECRETS = {"client_secret": CLIENT_SECRET}
ODD = "o'neil+ü%40@bücher.example"


@pytest.fixture
def there() -> Iterator[Double]:
    with played(Double()) as double:
        yield double


@pytest.fixture
async def api(there: Double) -> AsyncIterator[Connection]:
    async with connected(SYSTEM, "key", there) as connection:
        yield connection


# The conversation ----------------------------------------------------------------------------


async def test_a_connection_names_the_account(api: Connection) -> None:
    assert await SYSTEM.check(api) == "HubSpot account 62515"


async def test_a_wrong_key_is_refused(there: Double) -> None:
    async with connected(SYSTEM, "key", there, token="pat-wrong") as api:
        with pytest.raises(Failed) as failed:
            await SYSTEM.check(api)
    assert failed.value.kind is Trouble.AUTH


async def test_drop_downs_show_properties_and_the_stages_of_every_pipeline(
    api: Connection,
) -> None:
    fields = {each.name: each for each in await SYSTEM.choices(api, "contacts")}
    assert fields["hs_lead_status"].label == "Lead Status"
    assert ("CONNECTED", "Connected") in fields["hs_lead_status"].options
    assert not fields["createdate"].writable
    stages = {each.name: each for each in await SYSTEM.choices(api, "deals")}["dealstage"].options
    assert ("closedwon", "Sales Pipeline: Closed Won") in stages
    assert ("27508242", "Partners: Closed Won") in stages
    assert len(dict(stages)) == len(stages)


WORDS = ("code", "link", "referrals", "referrals_successful", "referrer_name", "referrer_email")


async def test_missing_properties_are_made_once(api: Connection, there: Double) -> None:
    made = await SYSTEM.ensure_fields(api, "contacts", WORDS)
    assert made["code"] == "referral_code"
    assert there.properties["contacts"][made["referrals"]].type == "number"
    writes = [call for call in there.calls if call.method == "POST"]
    assert await SYSTEM.ensure_fields(api, "contacts", WORDS) == made
    assert [call for call in there.calls if call.method == "POST"] == writes


async def _ready(api: Connection) -> None:
    await SYSTEM.ensure_fields(api, "contacts", WORDS)


async def test_a_lead_is_made_found_and_changed(api: Connection, there: Double) -> None:
    await _ready(api)
    values = {"email": ODD, "firstname": "Ü", "referral_code": "C1", "hs_lead_status": "NEW"}
    ref = await SYSTEM.create(api, "contacts", values)
    found = await SYSTEM.find(api, "contacts", ODD, "C1", ["referral_code"])
    assert found is not None
    assert (found.ref, found.fields["referral_code"]) == (ref, "C1")
    assert found.created_at == there.records[ref.id].created_at
    await SYSTEM.update(api, ref, {"referral_code": "C2"})
    [now] = await SYSTEM.read(api, [ref], ["referral_code", "company", "no_such_property"])
    assert now.fields["referral_code"] == "C2"
    assert now.fields["company"] == ""
    assert "no_such_property" not in now.fields


async def test_nobody_is_found(api: Connection) -> None:
    await _ready(api)
    assert await SYSTEM.find(api, "contacts", "no@example.com", "C1", ["referral_code"]) is None
    assert await SYSTEM.find(api, "contacts", "no@example.com", "C1", []) is None


async def test_who_has_another_address_by_now_is_found_by_our_code(
    api: Connection, there: Double
) -> None:
    await _ready(api)
    ref = await SYSTEM.create(api, "contacts", {"email": "a@example.com", "referral_code": "C1"})
    there.change(ref.id, "email", "b@example.com")
    for email in ("a@example.com", ""):
        found = await SYSTEM.find(api, "contacts", email, "C1", ["referral_code"])
        assert found is not None
        assert found.ref == ref


@pytest.mark.parametrize("newer", [False, True])
async def test_a_create_that_loses_the_race_says_whom_it_met(
    api: Connection, there: Double, newer: bool
) -> None:
    there.newer_conflict = newer
    id_ = there.person("ann@example.com")
    there.fail("race")
    assert await SYSTEM.find(api, "contacts", "ann@example.com", "", []) is None
    with pytest.raises(Failed) as failed:
        await SYSTEM.create(api, "contacts", {"email": "Ann@Example.com"})
    assert (failed.value.kind, failed.value.ref) == (Trouble.DUPLICATE, Ref("contacts", id_))


async def test_an_answer_that_is_lost_leaves_the_record(api: Connection, there: Double) -> None:
    there.fail("lost")
    with pytest.raises(Failed) as failed:
        await SYSTEM.create(api, "contacts", {"email": "ann@example.com"})
    assert failed.value.kind is Trouble.SERVER
    found = await SYSTEM.find(api, "contacts", "ann@example.com", "", [])
    assert found is not None
    assert len(there.found("ann@example.com")) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("401", Trouble.AUTH),
        ("429", Trouble.THROTTLED),
        ("500", Trouble.SERVER),
        ("page", Trouble.SERVER),
    ],
)
async def test_faults_are_named(api: Connection, there: Double, fault: str, kind: Trouble) -> None:
    there.fail(fault)
    with pytest.raises(Failed) as failed:
        await SYSTEM.check(api)
    assert failed.value.kind is kind
    assert await SYSTEM.check(api)


async def test_a_missing_scope_is_named(api: Connection, there: Double) -> None:
    ref = Ref("contacts", there.person("ann@example.com"))
    there.granted.discard("deals")
    with pytest.raises(Failed, match=r"crm\.objects\.deals\.read") as failed:
        await SYSTEM.read(api, [ref], [])
    assert failed.value.kind is Trouble.REJECTED


async def test_contacts_lead_to_their_deals_and_back_page_by_page(
    api: Connection, there: Double
) -> None:
    there.page = 1
    one, none = there.person("one@example.com"), there.person("none@example.com")
    deals = [there.convert(one), there.convert(one, "closedwon")]
    refs = [Ref("contacts", one), Ref("contacts", none)]
    with_deals, without = await SYSTEM.read(api, refs, [])
    assert with_deals.links == tuple(Ref("deals", str(deal)) for deal in deals)
    assert without.links == ()
    first, second = await SYSTEM.read(api, list(with_deals.links), ["dealstage", "amount"])
    assert (first.fields["dealstage"], second.fields["dealstage"]) == (
        "appointmentscheduled",
        "closedwon",
    )
    assert second.fields["amount"] == "1200"
    assert first.links == (Ref("contacts", one),)


async def test_a_merged_contact_is_followed_and_a_deleted_one_is_gone(
    api: Connection, there: Double
) -> None:
    loser, winner, third = (there.person(f"{name}@example.com") for name in "abc")
    deal = there.convert(loser)
    merged = there.merge(loser, winner)
    there.change(merged, "hs_lead_status", "CONNECTED")
    there.delete(third)
    refs = [Ref("contacts", id_) for id_ in (loser, winner, third)]
    first, second, gone = await SYSTEM.read(api, refs, ["hs_lead_status"])
    for each, ref in ((first, refs[0]), (second, refs[1])):
        assert (each.ref, each.merged) == (ref, Ref("contacts", merged))
        assert each.fields["hs_lead_status"] == "CONNECTED"
        assert each.links == (Ref("deals", str(deal)),)
    assert gone == Snapshot(refs[2], gone=True)


async def test_a_deal_is_made_in_the_pipeline_of_its_stage(api: Connection, there: Double) -> None:
    ref = Ref("contacts", there.person("ann@example.com"))
    deal = await SYSTEM.create_deal(api, ref, "Ann (referred)", "27508241")
    assert deal is not None
    assert there.records[deal.id].fields["pipeline"] == "75e28846"
    [contact] = await SYSTEM.read(api, [ref], [])
    assert contact.links == (deal,)


async def test_a_lifecycle_stage_is_not_moved_back(api: Connection, there: Double) -> None:
    ref = Ref("contacts", there.person("ann@example.com", lifecyclestage="customer"))
    await SYSTEM.update(api, ref, {"lifecyclestage": "lead", "firstname": "Ann"})
    [now] = await SYSTEM.read(api, [ref], ["lifecyclestage", "firstname"])
    assert now.fields["lifecyclestage"] == "customer"
    assert now.fields["firstname"] == "Ann"


async def test_only_the_newest_paths_are_called(api: Connection, there: Double) -> None:
    await _ready(api)
    ref = await SYSTEM.create(api, "contacts", {"email": "a@example.com"})
    await SYSTEM.read(api, [ref], [])
    await SYSTEM.choices(api, "deals")
    assert [call.path for call in there.calls if "/2026-09" not in call.path] == []


async def test_oauth_connects_and_an_old_token_is_renewed_once(there: Double) -> None:
    login = SYSTEM.logins[2]
    typed = there.credentials("oauth")
    url = consent_url(login, typed, f"{HOOK}/back", "state-1", "verifier-1")
    async with connected(SYSTEM, "oauth", there) as api, httpx.AsyncClient() as browser:
        back = httpx.URL((await browser.get(url)).headers["location"])
        assert back.params["state"] == "state-1"
        asking = by_code(login, typed, f"{HOOK}/back", back.params["code"], "verifier-1")
        answer = await ask(api.outbound, asking)
        api.values = dict(typed) | tokens_of(login, answer, {}, there.now())
        assert await SYSTEM.check(api)
        there.oauth.expire()
        assert await SYSTEM.check(api)
        assert there.oauth.refreshed == 1
        there.oauth.expire()
        there.fail("invalid_grant")
        with pytest.raises(Failed) as failed:
            await SYSTEM.check(api)
    assert failed.value.kind is Trouble.AUTH


# The double ----------------------------------------------------------------------------------


def test_hubspots_own_client_reads_the_double(there: Double) -> None:
    client = Client(access_token=KEY)
    basic, search = client.crm.contacts.basic_api, client.crm.contacts.search_api
    for part in (basic, search):
        part.api_client.configuration.host = there.url
    made_for = "ann@example.com"
    made = basic.create(
        simple_public_object_input_for_create=SimplePublicObjectInputForCreate(
            properties={"email": made_for}
        )
    )
    got = basic.get_by_id(made.id, properties=["email", "lifecyclestage"])
    assert got.properties["lifecyclestage"] == "lead"
    assert got.archived is False
    assert got.created_at.timestamp() * 1000 == pytest.approx(there.records[made.id].created_at)
    found = search.do_search(
        public_object_search_request=PublicObjectSearchRequest(
            filter_groups=[
                {
                    "filters": [
                        {"propertyName": "email", "operator": "EQ", "value": "ann@example.com"}
                    ]
                }
            ]
        )
    )
    assert [each.id for each in found.results] == [made.id]


def test_the_double_signs_as_hubspots_own_client_verifies(there: Double) -> None:
    there.install(APP, HOOK)
    there.change(there.person("ann@example.com"), "hs_lead_status", "CONNECTED")
    [(_, sent)] = there.deliveries(there.pending)
    for version in ("v1", "v3"):
        header = "x-hubspot-signature" + ("-v3" if version == "v3" else "")
        assert Signature.is_valid(
            sent.headers[header],
            CLIENT_SECRET,
            sent.body.decode(),
            HOOK,
            "POST",
            version,
            sent.headers["x-hubspot-request-timestamp"],
        )


async def test_the_app_that_we_ship_is_told_what_happens(there: Double) -> None:
    there.install(APP, HOOK)
    loser, winner = there.person("a@example.com"), there.person("b@example.com")
    there.change(loser, "hs_lead_status", "CONNECTED")
    there.change(loser, "firstname", "Ann")
    deal = there.convert(winner)
    there.move_deal(str(deal), "closedwon")
    merged = there.merge(loser, winner)
    [(again, sent)] = there.deliveries(there.pending)
    heard = SYSTEM.heard(request_of(sent, there.now()), "", SECRETS)
    assert [(hint.ref.id, hint.said) for hint in heard.hints] == [
        (loser, "hs_lead_status = CONNECTED"),
        (deal, "creation"),
        (deal, "dealstage = closedwon"),
        (merged, "merge"),
        (winner, "merge"),
        (loser, "merge"),
    ]
    assert {each["attemptNumber"] for each in again} == {1}


def test_a_service_key_alone_is_told_nothing(there: Double) -> None:
    there.change(there.person("ann@example.com"), "hs_lead_status", "CONNECTED")
    assert there.pending == []


async def test_the_screen_shows_records_and_changes_them(there: Double) -> None:
    id_ = there.person("<b>@example.com")
    async with httpx.AsyncClient(base_url=there.url, follow_redirects=True) as browser:
        form = {"id": id_, "act": "Set lead status", "field": "hs_lead_status"}
        page = await browser.post("/screen", data=form | {"value": "CONNECTED"})
    assert "&lt;b&gt;@example.com" in page.text
    assert there.records[id_].fields["hs_lead_status"] == "CONNECTED"
