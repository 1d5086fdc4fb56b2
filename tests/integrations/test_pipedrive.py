"""What is Pipedrive's own: its gate, its names, its hooks that go away, its deals that are won."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from doubles.pipedrive import STATUS, Pipedrive
from goodword.integrations.base import BadSignature, Request, Unreadable
from goodword.integrations.pipedrive import Pipedrive as System
from goodword.integrations.values import basic_of
from goodword.model import Ref
from integrations.calls import connected, payload, played

HOOK = "https://go.shop.example/hooks/int_1/s3cret"
SYSTEM = System()


@pytest.fixture
def there() -> Iterator[Pipedrive]:
    with played(Pipedrive()) as double:
        yield double


def _request(name: str, authorization: str) -> Request:
    body = json.dumps(payload("pipedrive", name))
    return Request("POST", HOOK, {"authorization": authorization}, body.encode(), 0)


def _heard(name: str) -> list[Ref]:
    heard = SYSTEM.heard(_request(name, basic_of("goodword", "s3cret")), "s3cret", {})
    return [hint.ref for hint in heard.hints]


_PERSON = [Ref("persons", "10"), Ref("leads", "10")]


def test_a_call_says_where_to_look() -> None:
    assert _heard("deal_changed") == [Ref("deals", "9"), *_PERSON]
    assert _heard("person_changed") == _PERSON


def test_a_call_without_our_password_is_refused() -> None:
    with pytest.raises(BadSignature):
        SYSTEM.heard(_request("deal_changed", basic_of("goodword", "other")), "s3cret", {})


@pytest.mark.parametrize("told", [b"[]", b"{}", b'{"meta": 7}', b"no"])
def test_a_call_of_another_shape_is_unreadable(told: bytes) -> None:
    request = Request("POST", HOOK, {"authorization": basic_of("goodword", "s3cret")}, told, 0)
    with pytest.raises(Unreadable):
        SYSTEM.heard(request, "s3cret", {})


async def test_a_hook_that_was_deleted_is_made_again(there: Pipedrive) -> None:
    async with connected(SYSTEM, "token", there) as api:
        made = await SYSTEM.subscribe(api, HOOK, "s3cret", "", 0)
        assert [each["event_object"] for each in there.webhooks] == ["person", "deal"]
        await SYSTEM.subscribe(api, HOOK, "s3cret", made.data if made else "", 0)
        assert len(there.webhooks) == 2
        del there.webhooks[1]
        await SYSTEM.subscribe(api, HOOK, "s3cret", made.data if made else "", 0)
        assert [each["event_object"] for each in there.webhooks] == ["person", "deal"]


async def test_a_deal_stands_at_its_stage_and_is_won(there: Pipedrive) -> None:
    id_ = there.person("cy@example.org")
    deal = there.convert(id_, "12")
    assert deal is not None
    async with connected(SYSTEM, "token", there) as api:
        [shown] = await SYSTEM.read(api, [Ref("deals", deal)], [])
        assert shown.fields["stage"] == "12"
        assert Ref("persons", id_) in shown.links
        there.win(deal)
        [shown] = await SYSTEM.read(api, [Ref("deals", deal)], [])
        assert shown.fields["stage"] == "12;won"


async def test_many_deals_come_in_pages(there: Pipedrive) -> None:
    id_ = there.person("cy@example.org")
    deals = [there.convert(id_) for _ in range(5)]
    async with connected(SYSTEM, "token", there) as api:
        [person] = await SYSTEM.read(api, [Ref("persons", id_)], [STATUS])
    assert [ref.id for ref in person.links] == deals
    assert person.fields[STATUS] == "New"


async def test_a_new_lead_is_a_person_with_a_lead_in_the_inbox(there: Pipedrive) -> None:
    async with connected(SYSTEM, "token", there) as api:
        made = await SYSTEM.create(api, "leads", {"email": "cy@example.org", "name": "Cy"})
    assert made.object == "leads"
    [lead] = there.live("inbox")
    assert lead.links == {made.id}


async def test_the_stages_are_offered_with_their_pipeline(there: Pipedrive) -> None:
    async with connected(SYSTEM, "token", there) as api:
        [stage] = await SYSTEM.choices(api, "deals")
    assert ("won", "Any pipeline: won") in stage.options
    assert ("12", "Sales: Proposal") in stage.options


async def test_an_app_is_refreshed_with_its_name_in_the_header(there: Pipedrive) -> None:
    there.oauth.refreshers.add("refresh-1")
    more = {"refresh_token": "refresh-1", "api_domain": there.url, "token": "old"}
    async with connected(SYSTEM, "oauth", there, **more) as api:
        assert await SYSTEM.check(api) == "Acme"
