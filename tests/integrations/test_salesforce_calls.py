"""Salesforce: the whole conversation with its double, which simple_salesforce reads too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from simple_salesforce.api import Salesforce as Client
from simple_salesforce.exceptions import SalesforceMalformedRequest

from doubles.base import Delivery
from doubles.oauth import CLIENT_ID, CLIENT_SECRET
from doubles.salesforce import Salesforce as Double
from doubles.salesforce_calls import ORGANIZATION
from doubles.salesforce_schema import Column, record_id
from goodword.integrations.base import Failed, Trouble
from goodword.integrations.client import Connection, ask
from goodword.integrations.login import by_code, consent_url, tokens_of
from goodword.integrations.salesforce import Salesforce
from goodword.model import Ref, Snapshot
from integrations.calls import HOOK, connected, played, request_of

SYSTEM = Salesforce()
ODD = r"o'neil\+ü%@bücher.example"
CODE = ["Referral_Code__c"]
ANN = {"Email": "ann@example.com", "LastName": "Lee", "Company": "[not provided]"}


@pytest.fixture
def there() -> Iterator[Double]:
    with played(Double()) as double:
        yield double


@pytest.fixture
async def api(there: Double) -> AsyncIterator[Connection]:
    async with connected(SYSTEM, "client", there) as connection:
        yield connection


# Connecting ----------------------------------------------------------------------------------


async def test_a_connection_names_the_organization(api: Connection) -> None:
    assert await SYSTEM.check(api) == "Acme & Söhne"
    assert api.inputs["id"].split("/")[-2] == ORGANIZATION


async def test_a_session_that_expired_is_renewed_once(api: Connection, there: Double) -> None:
    await SYSTEM.check(api)
    there.oauth.expire()
    assert await SYSTEM.check(api)
    tokens = [call for call in there.calls if call.path.endswith("/token")]
    assert len(tokens) == 2


async def test_a_wrong_secret_is_refused(there: Double) -> None:
    async with connected(SYSTEM, "client", there, client_secret="wrong") as api:
        with pytest.raises(Failed) as failed:
            await SYSTEM.check(api)
    assert failed.value.kind is Trouble.AUTH


async def test_oauth_rotates_its_refresh_token(there: Double) -> None:
    login = SYSTEM.logins[1]
    typed = there.credentials("oauth")
    url = consent_url(login, typed, f"{HOOK}/back", "state-1", "verifier-1")
    async with connected(SYSTEM, "oauth", there) as api, httpx.AsyncClient() as browser:
        back = httpx.URL((await browser.get(url)).headers["location"])
        asking = by_code(login, typed, f"{HOOK}/back", back.params["code"], "verifier-1")
        answer = await ask(api.outbound, asking)
        assert "expires_in" not in answer.data
        api.values = dict(typed) | tokens_of(login, answer, {}, there.now())
        first = api.values["refresh_token"]
        for _ in range(2):
            there.oauth.expire()
            assert await SYSTEM.check(api)
        assert api.values["refresh_token"] != first
        assert first not in there.oauth.refreshers
        there.oauth.expire()
        there.fail("invalid_grant")
        with pytest.raises(Failed) as failed:
            await SYSTEM.check(api)
    assert failed.value.kind is Trouble.AUTH


async def test_a_code_without_its_verifier_is_worth_nothing(there: Double) -> None:
    login, typed = SYSTEM.logins[1], there.credentials("oauth")
    url = consent_url(login, typed, HOOK, "state-1", "verifier-1")
    async with connected(SYSTEM, "oauth", there) as api, httpx.AsyncClient() as browser:
        back = httpx.URL((await browser.get(url)).headers["location"])
        asking = by_code(login, typed, HOOK, back.params["code"], "another")
        answer = await ask(api.outbound, asking)
    assert answer.data["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("429", Trouble.THROTTLED), ("500", Trouble.SERVER), ("page", Trouble.SERVER)],
)
async def test_faults_are_named(api: Connection, there: Double, fault: str, kind: Trouble) -> None:
    there.fail(fault)
    with pytest.raises(Failed) as failed:
        await SYSTEM.check(api)
    assert failed.value.kind is kind
    assert await SYSTEM.check(api)


async def test_drop_downs_show_fields_statuses_and_stages(api: Connection) -> None:
    fields = {each.name: each for each in await SYSTEM.choices(api, "Lead")}
    assert ("Qualified", "Qualified") in fields["Status"].options
    assert fields["Do_Not_Refer__c"].options == (("true", "Yes"), ("false", "No"))
    assert not fields["IsConverted"].writable
    assert "Address" not in fields
    stages = {each.name: each for each in await SYSTEM.choices(api, "Opportunity")}["StageName"]
    assert ("Closed Won", "Closed Won") in stages.options


# Sending -------------------------------------------------------------------------------------


@pytest.mark.parametrize("object_", ["Lead", "Contact"])
async def test_a_record_is_made_found_and_changed(
    api: Connection, there: Double, object_: str
) -> None:
    values = {"Email": ODD, "LastName": "O'Neil", "Referral_Code__c": "C1", "Referrals__c": "2"}
    ref = await SYSTEM.create(
        api, object_, values | ({"Company": "x"} if object_ == "Lead" else {})
    )
    found = await SYSTEM.find(api, object_, ODD.upper(), "C1", CODE)
    assert found is not None
    assert (found.ref, found.fields["Referral_Code__c"]) == (ref, "C1")
    assert found.created_at == there.records[ref.id].created_at
    await SYSTEM.update(api, ref, {"Referrals__c": "3"})
    [now] = await SYSTEM.read(api, [ref], ["Referrals__c", "Do_Not_Refer__c", "Phone"])
    assert (now.fields["Referrals__c"], now.fields["Do_Not_Refer__c"]) == ("3", "false")
    assert now.fields["Phone"] == ""


async def test_an_address_can_not_break_out_of_the_query(api: Connection, there: Double) -> None:
    there.person("ann@example.com")
    assert await SYSTEM.find(api, "Lead", "' OR Email = 'ann@example.com", "", []) is None
    assert await SYSTEM.find(api, "Lead", "\\", "", []) is None


async def test_an_older_customer_is_found_among_contacts(api: Connection, there: Double) -> None:
    there.person("ann@example.com", at=2_000)
    old = there.contact("ann@example.com", at=1_000)
    found = await SYSTEM.find(api, "Lead", "ann@example.com", "C1", CODE)
    assert found is not None
    assert (found.ref, found.created_at) == (Ref("Contact", old), 1_000)


async def test_our_own_record_comes_before_an_older_one(api: Connection, there: Double) -> None:
    there.contact("ann@example.com", at=1_000)
    ours = there.person("new@example.com", at=2_000, Referral_Code__c="C1")
    found = await SYSTEM.find(api, "Lead", "ann@example.com", "C1", CODE)
    assert found is not None
    assert (found.ref, found.fields["Referral_Code__c"]) == (Ref("Lead", ours), "C1")


async def test_the_contact_of_an_old_lead_is_as_old_as_the_lead(
    api: Connection, there: Double
) -> None:
    """Who was a lead before the referral and was converted after it was no new acquaintance."""
    old = there.person("ann@example.com", at=1_000)
    there.convert(old)
    found = await SYSTEM.find(api, "Lead", "ann@example.com", "C1", CODE)
    assert found is not None
    assert (found.ref.object, found.created_at) == ("Contact", 1_000)


async def test_who_has_no_address_is_found_by_our_code(api: Connection, there: Double) -> None:
    ours = there.person("", Referral_Code__c="C1")
    found = await SYSTEM.find(api, "Lead", "", "C1", CODE)
    assert found is not None
    assert found.ref == Ref("Lead", ours)
    assert await SYSTEM.find(api, "Lead", "", "", []) is None


@pytest.mark.parametrize("details", [True, False])
async def test_a_create_that_loses_the_race_says_whom_it_met(
    api: Connection, there: Double, details: bool
) -> None:
    there.details = details
    id_ = there.person("ann@example.com")
    there.fail("race")
    assert await SYSTEM.find(api, "Lead", "ann@example.com", "", []) is None
    with pytest.raises(Failed) as failed:
        await SYSTEM.create(api, "Lead", ANN)
    assert (failed.value.kind, failed.value.ref) == (Trouble.DUPLICATE, Ref("Lead", id_))


@pytest.mark.parametrize("details", [True, False])
async def test_a_namesake_with_another_address_is_somebody_else(
    api: Connection, there: Double, details: bool
) -> None:
    there.details = details
    there.add("Lead", {**ANN, "Email": "other@example.com"})
    ref = await SYSTEM.create(api, "Lead", ANN)
    assert there.records[ref.id].fields["Email"] == "ann@example.com"


async def test_a_rule_that_blocks_is_told_and_not_tried_for_ever(
    api: Connection, there: Double
) -> None:
    there.duplicates = "block"
    there.add("Lead", {**ANN, "Email": "other@example.com"})
    with pytest.raises(Failed, match="duplicate rule") as failed:
        await SYSTEM.create(api, "Lead", ANN)
    assert failed.value.kind is Trouble.REJECTED


async def test_an_answer_that_is_lost_leaves_the_record(api: Connection, there: Double) -> None:
    await SYSTEM.check(api)
    there.fail("lost")
    with pytest.raises(Failed) as failed:
        await SYSTEM.create(api, "Lead", ANN | {"Referral_Code__c": "C1"})
    assert failed.value.kind is Trouble.SERVER
    found = await SYSTEM.find(api, "Lead", "ann@example.com", "C1", CODE)
    assert found is not None
    assert found.fields["Referral_Code__c"] == "C1"


async def test_a_converted_lead_is_written_to_as_its_contact(
    api: Connection, there: Double
) -> None:
    lead = there.person("ann@example.com")
    there.convert(lead)
    await SYSTEM.update(api, Ref("Lead", lead), {"Referrals__c": "3"})
    [contact] = there.live("Contact")
    assert contact.fields["Referrals__c"] == "3"


async def test_a_deleted_lead_can_not_be_written_to(api: Connection, there: Double) -> None:
    lead = there.person("ann@example.com")
    there.delete(lead)
    with pytest.raises(Failed) as failed:
        await SYSTEM.update(api, Ref("Lead", lead), {"Referrals__c": "3"})
    assert failed.value.kind is Trouble.GONE


# Looking -------------------------------------------------------------------------------------


async def test_a_lead_leads_to_its_opportunity_and_back(api: Connection, there: Double) -> None:
    converted, without, still = (there.person(f"{name}@example.com") for name in "abc")
    deal = there.convert(converted)
    there.convert(without, opportunity=False)
    refs = [Ref("Lead", id_) for id_ in (converted, without, still)]
    first, second, third = await SYSTEM.read(api, refs, ["Status"])
    assert Ref("Opportunity", str(deal)) in first.links
    assert {link.object for link in second.links} == {"Contact"}
    assert second.fields["IsConverted"] == "true"
    assert third.links == ()
    there.move_deal(str(deal), "Closed Won")
    target = SYSTEM.targets[0]
    asked = [target.stage, target.amount, target.currency]
    [opportunity] = await SYSTEM.read(api, [Ref("Opportunity", str(deal))], asked)
    assert opportunity.fields["StageName"] == "Closed Won"
    assert opportunity.fields["Amount"] == "1200"
    assert "CurrencyIsoCode" not in opportunity.fields
    assert opportunity.links == (refs[0],)


async def test_where_there_are_several_currencies_the_amount_has_one(
    api: Connection, there: Double
) -> None:
    there.objects["Opportunity"]["CurrencyIsoCode"] = Column("Currency", "picklist", ("EUR",))
    deal = str(there.convert(there.person("ann@example.com")))
    there.change(deal, "CurrencyIsoCode", "EUR")
    [read] = await SYSTEM.read(api, [Ref("Opportunity", deal)], ["Amount", "CurrencyIsoCode"])
    assert read.fields["CurrencyIsoCode"] == "EUR"


async def test_a_field_that_was_renamed_is_missing_and_the_rest_is_read(
    api: Connection, there: Double
) -> None:
    ref = Ref("Lead", there.person("ann@example.com"))
    [now] = await SYSTEM.read(api, [ref], ["Status", "Old_Name__c", "Status FROM Lead --"])
    assert now.fields["Status"] == "Open - Not Contacted"
    assert "Old_Name__c" not in now.fields


async def test_a_merged_lead_is_followed_and_a_deleted_one_is_gone(
    api: Connection, there: Double
) -> None:
    loser, winner, third = (there.person(f"{name}@example.com") for name in "abc")
    deal = str(there.convert(winner))
    there.merge(loser, winner)
    there.delete(third)
    never = Ref("Lead", record_id("Lead", 999))
    refs = [Ref("Lead", id_) for id_ in (loser, winner, third)]
    first, second, gone, none = await SYSTEM.read(api, [*refs, never], ["Status"])
    assert (first.ref, first.merged) == (refs[0], refs[1])
    assert first.fields["Status"] == "Closed - Converted"
    assert Ref("Opportunity", deal) in first.links
    assert second.merged is None
    assert gone.gone
    assert none == Snapshot(never, gone=True)


async def test_a_long_answer_is_read_to_its_end(api: Connection, there: Double) -> None:
    there.page = 2
    refs = [Ref("Lead", there.person(f"{number}@example.com")) for number in range(5)]
    read = await SYSTEM.read(api, refs, [])
    assert [each.ref for each in read] == refs
    assert not any(each.gone for each in read)
    assert len([call for call in there.calls if "/query" in call.path]) == 3


# Hearing -------------------------------------------------------------------------------------


async def test_a_flow_tells_of_changes_until_it_is_acknowledged(
    api: Connection, there: Double
) -> None:
    await SYSTEM.check(api)
    there.install(HOOK, {"Lead": ["Status"], "Opportunity": ["StageName"]})
    lead = there.person("ann@example.com")
    there.change(lead, "Status", "Qualified")
    deal = str(there.convert(lead))
    there.move_deal(deal, "Closed Won")
    told = [delivery for _, delivery in there.deliveries(there.pending)]
    hints = [
        hint
        for each in told
        for hint in SYSTEM.heard(request_of(each, there.now()), "", api.inputs).hints
    ]
    assert [(hint.ref.id, hint.said) for hint in hints] == [
        (lead, "Status = Closed - Converted"),
        (lead, "Status = Closed - Converted"),
        (deal, "StageName = Closed Won"),
    ]
    assert len({hint.key for hint in hints}) == 3


async def test_a_hook_that_does_not_acknowledge_is_called_again(there: Double) -> None:
    there.install(f"{there.url}/", {"Lead": ["Status"]})
    there.change(there.person("ann@example.com"), "Status", "Qualified")
    assert await there.deliver() == [599]
    assert await there.deliver() == [599]
    assert isinstance(there.sent[0], Delivery)
    assert there.sent[0].body == there.sent[1].body
    there.unknown.clear()


# The double ----------------------------------------------------------------------------------


def test_another_client_reads_the_double(there: Double) -> None:
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID}
    token = httpx.post(
        f"{there.url}/services/oauth2/token", data=form | {"client_secret": CLIENT_SECRET}
    ).json()
    client: Any = Client(
        instance_url=token["instance_url"], session_id=token["access_token"], version="67.0"
    )
    client.base_url = client.base_url.replace("https://", "http://")
    lead = client.Lead
    lead.base_url = lead.base_url.replace("https://", "http://")
    made = lead.create(ANN)
    assert made["success"] is True
    assert lead.update(made["id"], {"Status": "Qualified"}) == 204
    there.page = 1
    there.person("bob@example.com")
    first = client.query("SELECT Id, Status FROM Lead")
    rest = client.query_more(first["nextRecordsUrl"].rpartition("/")[2])
    rows = [*first["records"], *rest["records"]]
    assert (first["done"], rest["done"]) == (False, True)
    assert [row["Id"] for row in rows] == [each.id for each in there.live("Lead")]
    assert rows[0]["Status"] == "Qualified"
    assert len(lead.describe()["fields"]) == len(there.objects["Lead"])
    with pytest.raises(SalesforceMalformedRequest, match="DUPLICATES_DETECTED"):
        lead.create(ANN)
    client.session.close()


async def test_the_screen_converts_a_lead(there: Double) -> None:
    id_ = there.person("ann@example.com")
    async with httpx.AsyncClient(base_url=there.url, follow_redirects=True) as browser:
        page = await browser.post("/screen", data={"id": id_, "act": "Convert", "field": ""})
    assert "Opportunity" in page.text
    assert there.records[id_].fields["IsConverted"] == "true"
