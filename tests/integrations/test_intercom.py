"""Intercom: what its answers and notifications mean, and the conversation with its double."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from intercom import Intercom as Client

from doubles.intercom import TOKEN
from doubles.intercom import Intercom as Double
from doubles.oauth import CLIENT_SECRET
from goodword.integrations.base import BadSignature, Failed, Hint, Request, Trouble, Unreadable
from goodword.integrations.client import Connection, ask
from goodword.integrations.intercom import Intercom
from goodword.integrations.login import by_code, consent_url, expand, tokens_of
from goodword.model import Ref, Snapshot
from integrations.calls import HOOK, connected, payload, played, request_of

SYSTEM = Intercom()
SECRETS = {"client_secret": CLIENT_SECRET}
CODE = ["custom_attributes.referral_code"]
STAGE = "custom_attributes.stage"
WORDS = ("code", "link", "referrals", "referrals_successful", "referrer_name", "referrer_email")
ODD = "o'neil+ü%40@bücher.example"


@pytest.fixture
def there() -> Iterator[Double]:
    with played(Double()) as double:
        yield double


@pytest.fixture
async def api(there: Double) -> AsyncIterator[Connection]:
    async with connected(SYSTEM, "token", there) as connection:
        await SYSTEM.ensure_fields(connection, "lead", WORDS)
        yield connection


# Readings ------------------------------------------------------------------------------------


def _request(body: bytes, secret: str = CLIENT_SECRET) -> Request:
    signature = hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
    return Request("POST", HOOK, {"x-hub-signature": f"sha1={signature}"}, body, 1)


def _told(event: Any) -> tuple[Hint, ...]:
    return SYSTEM.heard(_request(json.dumps(event).encode()), "", SECRETS).hints


def test_a_notification_says_where_to_look() -> None:
    event = payload("intercom", "user_updated")
    id_ = "6762f0dd1bb69f9f2193bae7"
    key = f"notif_ccd8a4d0-f965-11ee-a9c7-6b9f1c5a2e3b:{id_}"
    assert _told(event) == (Hint(Ref("contact", id_), key, "contact.user.updated"),)
    assert _told(event | {"delivery_attempts": 2}) == _told(event)


def test_a_merge_speaks_of_both() -> None:
    event = payload("intercom", "user_updated") | {"topic": "contact.merged"}
    event["data"]["item"]["merged_from"] = {"id": "abc", "type": "contact"}
    assert [hint.ref.id for hint in _told(event)] == ["6762f0dd1bb69f9f2193bae7", "abc"]


def test_a_ping_and_what_is_not_about_contacts_say_nothing() -> None:
    assert _told(payload("intercom", "ping")) == ()
    event = payload("intercom", "user_updated")
    assert _told(event | {"data": {"item": None}}) == ()
    assert (
        _told(event | {"data": {"item": {"type": "contact", "merged_from": 7, "id": "../me"}}})
        == ()
    )


def test_what_intercom_did_not_sign_is_refused() -> None:
    good = _request(b"{}")
    for wrong in (
        replace(good, body=b"{} "),
        replace(good, headers={}),
        replace(good, headers={"x-hub-signature": good.headers["x-hub-signature"][5:]}),
        _request(b"{}", "another"),
    ):
        with pytest.raises(BadSignature):
            SYSTEM.heard(wrong, "", SECRETS)
    with pytest.raises(BadSignature, match="client secret is missing"):
        SYSTEM.heard(good, "", {"token": TOKEN})


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"[" * 100_000, b'{"data": 7}'])
def test_a_signed_body_that_is_no_notification_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        SYSTEM.heard(_request(body), "", SECRETS)


def test_a_contact_has_an_address_for_people() -> None:
    known = {"account": "Acme (EU) (abc123)", "region": "eu."}
    assert SYSTEM.link(Ref("lead", "65f1"), known) == (
        "https://app.eu.intercom.com/a/apps/abc123/users/65f1/all-conversations"
    )
    assert SYSTEM.link(Ref("lead", "65f1"), {"account": "Acme"}) == ""


@pytest.mark.parametrize(
    ("region", "base"),
    [
        ("", "https://api.intercom.io"),
        ("eu.", "https://api.eu.intercom.io"),
        ("au.", "https://api.au.intercom.io"),
    ],
)
def test_each_region_has_its_own_address(region: str, base: str) -> None:
    assert expand(SYSTEM.logins[0].base, {"region": region} if region else {}) == base


# The conversation ----------------------------------------------------------------------------


async def test_a_connection_names_the_workspace(api: Connection, there: Double) -> None:
    assert await SYSTEM.check(api) == "Acme (abc123)"
    assert {call.headers["intercom-version"] for call in there.calls} == {"2.16"}


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


async def test_drop_downs_show_attributes_with_their_values(api: Connection) -> None:
    fields = {each.name: each for each in await SYSTEM.choices(api, "lead")}
    assert fields[STAGE].options == (
        ("New", "New"),
        ("Talking", "Talking"),
        ("Converted", "Converted"),
    )
    assert fields["custom_attributes.vip"].options == (("true", "true"), ("false", "false"))
    assert not fields["created_at"].writable


async def test_missing_attributes_are_made_once(api: Connection, there: Double) -> None:
    made = await SYSTEM.ensure_fields(api, "user", WORDS)
    assert there.attributes[made["referrals"]].type == "integer"
    writes = [call for call in there.calls if call.method == "POST"]
    assert len(writes) == len(WORDS)


@pytest.mark.parametrize("role", ["lead", "user"])
async def test_a_contact_is_made_found_and_changed(
    api: Connection, there: Double, role: str
) -> None:
    values = {"email": ODD, "name": "Ü", CODE[0]: "C1", STAGE: "New"}
    ref = await SYSTEM.create(api, role, values | {"custom_attributes.vip": "true"})
    assert there.records[ref.id].object == role
    found = await SYSTEM.find(api, role, ODD, "C1", CODE)
    assert found is not None
    assert (found.ref, found.fields[CODE[0]]) == (ref, "C1")
    assert found.created_at == there.records[ref.id].created_at // 1000 * 1000
    await SYSTEM.update(api, ref, {"custom_attributes.referrals": "3"})
    asked = ["custom_attributes.referrals", STAGE, "custom_attributes.vip", "phone", "x"]
    [now] = await SYSTEM.read(api, [ref], asked)
    assert list(now.fields.values()) == ["3", "New", "true", "", ""]


async def test_a_site_s_own_id_is_never_made_up_for_a_user(api: Connection, there: Double) -> None:
    user = await SYSTEM.create(api, "user", {"email": "ann@example.com"})
    lead = await SYSTEM.create(api, "lead", {"email": "ann@example.com"})
    assert "external_id" not in there.records[user.id].fields
    assert there.records[lead.id].fields["external_id"] == "referred:ann@example.com"


async def test_who_has_no_address_is_known_by_our_code(api: Connection, there: Double) -> None:
    ref = await SYSTEM.create(api, "user", {"name": "Cy", CODE[0]: "C1"})
    assert there.records[ref.id].fields["external_id"] == "referred:C1"
    found = await SYSTEM.find(api, "user", "", "C1", CODE)
    assert found is not None
    assert found.ref == ref


@pytest.mark.parametrize("role", ["lead", "user"])
async def test_an_answer_that_is_lost_makes_no_second_one_though_the_search_is_behind(
    api: Connection, there: Double, role: str
) -> None:
    there.fail("lost")
    there.fail("lag", 5)
    values = {"email": "ann@example.com", CODE[0]: "C1"}
    with pytest.raises(Failed):
        await SYSTEM.create(api, role, values)
    [made] = there.found("ann@example.com")
    found = await SYSTEM.find(api, role, "ann@example.com", "C1", CODE)
    if found is None:
        with pytest.raises(Failed) as failed:
            await SYSTEM.create(api, role, values)
        assert failed.value.ref is not None
        [found] = await SYSTEM.read(api, [failed.value.ref], CODE)
    assert (found.ref.id, found.fields[CODE[0]]) == (made.id, "C1")


async def test_among_several_leads_ours_comes_first_then_the_oldest(
    api: Connection, there: Double
) -> None:
    there.page = 2
    own = {"email": "ann@example.com"}
    ages = [there.add("lead", own, at=at * 1000).id for at in (5, 3, 4)]
    found = await SYSTEM.find(api, "lead", "ann@example.com", "C1", CODE)
    assert found is not None
    assert found.ref.id == ages[1]
    ours = there.add("lead", {**own, CODE[0]: "C1"}, at=9000)
    found = await SYSTEM.find(api, "lead", "ann@example.com", "C1", CODE)
    assert found is not None
    assert found.ref.id == ours.id


async def test_an_archived_person_was_there_before_and_comes_back_when_written_to(
    api: Connection, there: Double
) -> None:
    id_ = there.person("ann@example.com")
    there.archive(id_)
    assert await SYSTEM.find(api, "user", "ann@example.com", "C1", CODE) is None
    with pytest.raises(Failed) as failed:
        await SYSTEM.create(api, "user", {"email": "ann@example.com"})
    assert failed.value.ref == Ref("user", id_)
    [read] = await SYSTEM.read(api, [Ref("user", id_)], CODE)
    assert read == Snapshot(Ref("user", id_), gone=True)
    await SYSTEM.update(api, Ref("user", id_), {CODE[0]: "C1"})
    assert not there.records[id_].gone
    assert there.records[id_].fields[CODE[0]] == "C1"


async def test_a_value_of_another_type_is_refused_in_intercoms_words(api: Connection) -> None:
    ref = await SYSTEM.create(api, "user", {"email": "ann@example.com"})
    with pytest.raises(Failed, match="'referrals' is no integer"):
        await SYSTEM.update(api, ref, {"custom_attributes.referrals": "many"})


async def test_who_is_gone_is_said_to_be(api: Connection, there: Double) -> None:
    id_ = there.person("ann@example.com")
    there.delete(id_)
    assert await SYSTEM.read(api, [Ref("user", id_)], []) == [Snapshot(Ref("user", id_), gone=True)]


async def test_a_contact_of_a_webhook_may_be_either(api: Connection, there: Double) -> None:
    before = len(there.calls)
    [read] = await SYSTEM.read(api, [Ref("contact", "abc")], [])
    assert read.links == (Ref("lead", "abc"), Ref("user", "abc"))
    assert len(there.calls) == before


async def test_oauth_brings_a_token_for_ever(there: Double) -> None:
    login, typed = SYSTEM.logins[1], there.credentials("oauth")
    url = consent_url(login, typed, f"{HOOK}/back", "state-1", "")
    async with connected(SYSTEM, "oauth", there) as api, httpx.AsyncClient() as browser:
        back = httpx.URL((await browser.get(url)).headers["location"])
        asking = by_code(login, typed, f"{HOOK}/back", back.params["code"], "")
        tokens = tokens_of(login, await ask(api.outbound, asking), {}, there.now())
        api.values = dict(typed) | tokens
        assert await SYSTEM.check(api) == "Acme (abc123)"
    assert tokens["renew_at"] == ""


# The double ----------------------------------------------------------------------------------


async def test_the_double_tells_of_changes_as_intercom_does(there: Double) -> None:
    there.install(HOOK)
    lead = there.add("lead", {"email": "ann@example.com"}).id
    user = there.person("bob@example.com")
    there.change(lead, STAGE, "Converted")
    there.convert(there.add("lead", {"email": "cy@example.com"}).id)
    there.merge(lead, user)
    told = [each for _, each in there.deliveries(there.pending)]
    said = [
        hint.said
        for each in told
        for hint in SYSTEM.heard(request_of(each, there.now()), "", SECRETS).hints
    ]
    assert said == [
        "contact.lead.updated",
        "contact.lead.signed_up",
        "contact.merged",
        "contact.merged",
    ]


async def test_a_call_is_repeated_once(there: Double) -> None:
    there.install(f"{there.url}/nobody")
    there.change(there.person("ann@example.com"), STAGE, "Converted")
    assert [await there.deliver() for _ in range(3)] == [[404], [404], []]
    there.unknown.clear()


def test_intercoms_own_client_reads_the_double(there: Double) -> None:
    id_ = there.person("ann@example.com", name="Ann")
    with httpx.Client() as http:
        client = Client(token=TOKEN, base_url=there.url, httpx_client=http)
        got = client.contacts.find(contact_id=id_)
        attributes = client.data_attributes.list(model="contact").data or []
        me: Any = client.admins.identify()
    assert (got.role, got.email, got.name) == ("user", "ann@example.com", "Ann")
    assert STAGE in [each.full_name for each in attributes if each is not None]
    assert me.app.name == "Acme"


async def test_the_screen_sets_a_stage(there: Double) -> None:
    id_ = there.person("ann@example.com")
    form = {"id": id_, "act": "Set stage", "field": STAGE, "value": "Converted"}
    async with httpx.AsyncClient(base_url=there.url, follow_redirects=True) as browser:
        page = await browser.post("/screen", data=form)
    assert "ann@example.com" in page.text
    assert there.records[id_].fields[STAGE] == "Converted"
