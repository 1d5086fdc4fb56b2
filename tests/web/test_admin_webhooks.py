"""Integrations and API by request: keys, webhooks with their log, the inbound webhook."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from html import unescape
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from goodword.lifecycle.admit import authenticate, create_admin, create_api_key
from goodword.lifecycle.appoint import change_role
from goodword.lifecycle.deliver import Courier
from goodword.lifecycle.log_in import Session, open_session
from goodword.model import LeadStatus, Role
from goodword.outbound import Outbound
from goodword.web.session import cookie_name
from house.tree import ROOT
from lifecycle.inbound import Caller, caller_of
from lifecycle.world import World, world
from receiver import answer, listening
from web.admin_app import app_of, logged_in

LOOPBACK = (ip_network("127.0.0.0/8"),)
WEBHOOKS, KEYS, INBOUND = "/admin/api/webhooks", "/admin/api/keys", "/admin/api/inbound"


@dataclass
class Office:
    """An owner at the pages of a world that may call loopback."""

    w: World
    client: httpx.AsyncClient
    session: Session

    async def get(self, path: str) -> str:
        found = await self.client.get(path)
        assert found.status_code == 200, found.text
        return text_of(found)

    async def post(self, path: str, status: int = 303, **fields: object) -> str:
        """The text of the page that a form leads to."""
        data = {"csrf": self.session.csrf, "campaign": self.w.campaign.id} | fields
        found = await self.client.post(path, data=data)
        assert found.status_code == status, found.text
        return await self.get(found.headers["location"]) if status == 303 else text_of(found)

    async def send(self) -> None:
        async with Outbound(LOOPBACK) as outbound:
            courier = Courier(self.w.context, outbound)
            await courier.round()
            await courier.finish()


@asynccontextmanager
async def office(w: World) -> AsyncIterator[Office]:
    settings = replace(w.context.settings, outbound_allow=LOOPBACK)
    w.context = replace(w.context, settings=settings)
    async with logged_in(w.context) as (client, session):
        yield Office(w, client, session)


@pytest.fixture
async def o(database_url: str) -> AsyncIterator[Office]:
    async with world(database_url) as w, office(w) as made:
        yield made


def text_of(page: httpx.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


async def added(o: Office, url: str, *events: str) -> str:
    """Adds a webhook; the address of its page."""
    page = await o.client.post(
        WEBHOOKS,
        data={
            "csrf": o.session.csrf,
            "campaign": o.w.campaign.id,
            "url": url,
            "events": list(events),
        },
    )
    assert page.status_code == 200, page.text
    assert "whsec_" in page.text
    found = re.search(rf'href="({WEBHOOKS}/wh_[0-9a-f]+)\?', page.text)
    assert found is not None
    return found.group(1)


# Keys ----------------------------------------------------------------------------------------


async def test_a_key_is_shown_once_works_and_is_revoked(o: Office) -> None:
    assert "No API keys yet" in await o.get(KEYS)
    page = await o.post(KEYS, 200, scope="read", **{"for": "one"})
    key = re.search(r"gwk_[\w-]{43}", page)
    assert key is not None
    found = await authenticate(o.w.context, f"Bearer {key.group()}")
    assert found is not None
    assert (found.campaign_id, found.scope) == (o.w.campaign.id, "read")
    page = await o.get(KEYS)
    assert key.group() not in page
    assert "Read only" in page
    assert "Never" not in page
    said = await o.post(f"{KEYS}/revoke", id=found.id)
    assert "within 2 seconds no call with it is answered" in said
    assert "Revoked" in said
    assert await authenticate(o.w.context, f"Bearer {key.group()}") is None
    assert "revoked before" in await o.post(f"{KEYS}/revoke", id=found.id)
    assert "made the API key" in (await o.get("/admin/audit")).replace("Made", "made")


async def test_a_key_of_every_campaign_is_told_apart_and_a_scope_must_be_one(o: Office) -> None:
    await create_api_key(o.w.context, None, "write")
    assert "Every campaign" in await o.get(KEYS)
    assert "is no scope" in await o.post(KEYS, 422, scope="all", **{"for": "one"})


# Webhooks ------------------------------------------------------------------------------------


async def test_the_overview_leads_to_zapier_n8n_and_make(o: Office) -> None:
    overview = await o.get("/admin/api")
    assert "Zapier, n8n and Make" in overview
    assert f"asks for an API key and this address: {o.w.context.settings.public_url}" in overview
    pages = re.findall(r"\w+\.md", overview)
    assert len(pages) == 3
    assert [each for each in pages if not (ROOT / "server" / "docs" / each).exists()] == []


async def test_a_webhook_is_added_tested_and_its_log_tells_of_each_try(o: Office) -> None:
    assert "No webhooks yet" in await o.get(WEBHOOKS)
    async with listening() as receiver:
        path = await added(o, receiver.url, "lead.qualified")
        assert "Nothing was sent yet" in await o.get(path)
        receiver.answers = lambda _: answer(500, "<b>oops</b>")
        assert "on its way" in await o.post(f"{path}/test")
        await o.send()
        page = await o.get(path)
        assert "Waiting 1" in page
        assert "Next try" in page
        assert "500" in page
        assert "<b>oops</b>" in page
        receiver.answers = lambda _: answer(204)
        message = re.search(r"msg_[0-9a-f]+", page)
        assert message is not None
        await o.post(f"{path}/send", message=message.group())
        await o.send()
        page = await o.get(path)
        assert "Sent 1" in page
        assert "204" in page
        assert "No message is waiting" in await o.get(f"{path}?status=waiting")


async def test_what_failed_is_seen_at_a_glance(o: Office) -> None:
    async with listening() as receiver:
        receiver.answers = lambda _: answer(410)
        path = await added(o, receiver.url, "lead.qualified")
        await o.w.buyer("1")
        await o.send()
        overview = await o.get("/admin/api")
        assert "0 messages wait, 1 failed" in overview
        assert "could not be delivered" in overview
        assert "wants nothing more" in await o.get(WEBHOOKS)
        page = await o.get(f"{path}?status=failed")
        assert "lead.qualified" in page
        assert "Enable again" in page
        assert "told of events again" in await o.post(f"{path}/enable")
        assert "Send a test event" in await o.get(path)


async def test_a_new_secret_is_shown_once_and_both_sign_for_a_day(o: Office) -> None:
    async with listening() as receiver:
        path = await added(o, receiver.url, "lead.qualified")
        page = await o.post(f"{path}/secret", 200)
        assert "whsec_" in page
        page = await o.get(path)
        assert "whsec_" not in page
        assert "The former one signs too until" in page
        await o.post(f"{path}/test")
        await o.send()
        assert len(receiver.got[0].headers["webhook-signature"].split()) == 2


async def test_a_webhook_is_removed_and_then_unknown(o: Office) -> None:
    async with listening() as receiver:
        path = await added(o, receiver.url, "lead.qualified")
        assert "No webhooks yet" in await o.post(f"{path}/remove")
        assert "No such webhook" in await o.post(f"{path}/test", 404)
        assert (await o.client.get(path)).status_code == 404


async def test_an_address_or_events_that_can_t_be_used_are_refused_beside_them(o: Office) -> None:
    page = await o.post(WEBHOOKS, 422, url="https://10.0.0.1/", events="lead.qualified")
    assert "a private address" in page
    page = await o.post(WEBHOOKS, 422, url="http://127.0.0.1:1/")
    assert "Choose at least one event" in page


async def test_the_log_goes_on_over_pages(o: Office) -> None:
    async with listening() as receiver:
        path = await added(o, receiver.url, "lead.qualified")
        for _ in range(51):
            await o.post(f"{path}/test")
        first = await o.client.get(path)
        next_ = re.search(r'href="([^"]+)" rel="next"', first.text)
        assert next_ is not None
        ids = [
            set(re.findall(r"msg_[0-9a-f]{40}", page))
            for page in (first.text, (await o.client.get(unescape(next_.group(1)))).text)
        ]
        assert [len(each) for each in ids] == [50, 1]
        assert not ids[0] & ids[1]


# The inbound webhook -------------------------------------------------------------------------


async def inbound(o: Office) -> Caller:
    page = await o.post(f"{INBOUND}/make")
    found = re.search(r"/webhook/([\w-]+)/qualify", page)
    assert found is not None
    return Caller(o.w, found.group(1))


SETTINGS: dict[str, Any] = {
    "code_field": "data.ref",
    "event_field": "",
    "order_field": "order",
    "amount_field": "amount",
    "currency_field": "",
    "only_field": "",
    "only_value": "",
    "signature_header": "",
    "numbers": "decimal",
}


async def test_the_address_is_made_shown_and_changed(o: Office) -> None:
    assert "No inbound webhook yet" in await o.get(INBOUND)
    caller = await inbound(o)
    assert await caller.call("code=1") == "unknown_code"
    page = await o.post(f"{INBOUND}/rotate")
    assert "The former address works until" in page
    assert "Made a new address for the inbound webhook" in page
    assert caller.token not in page
    assert await caller.call("code=1") == "unknown_code"


async def test_settings_are_tried_saved_and_used(o: Office) -> None:
    caller = await inbound(o)
    lead = await caller.lead()
    body = f'{{"data": {{"ref": "{lead.code}"}}, "amount": 49}}'
    tried = await o.post(f"{INBOUND}/try", 200, **SETTINGS, body=body, kind="application/json")
    assert "It would be answered: Qualified." in tried
    assert "49.00 EUR" in tried
    assert "cy@example.org" in tried
    assert (await o.w.only_lead()).status is LeadStatus.PENDING
    assert await caller.call({"data": {"ref": lead.code}}) == "invalid"
    assert "Changed the inbound webhook" in await o.post(f"{INBOUND}/settings", **SETTINGS)
    assert "set so already" in await o.post(f"{INBOUND}/settings", **SETTINGS)
    assert (await caller.hook()).code_field == "data.ref"


async def test_settings_that_can_t_be_used_are_refused_beside_the_field(o: Office) -> None:
    await inbound(o)
    wrong = SETTINGS | {"only_field": "stage"}
    for path in (f"{INBOUND}/settings", f"{INBOUND}/try"):
        page = await o.post(path, 422, **wrong)
        assert "A filter needs both a field and the value" in page


async def test_a_secret_that_was_saved_is_shown_nowhere(o: Office) -> None:
    await inbound(o)
    signed = SETTINGS | {"signature_header": "X-Sig", "signature_secret": "sh-h-h"}
    await o.post(f"{INBOUND}/settings", **signed)
    page = await o.client.get(INBOUND)
    assert "sh-h-h" not in page.text
    assert "Empty keeps the one there is" in page.text
    assert "sh-h-h" not in await o.get("/admin/audit")


async def test_calls_are_listed_replayed_and_undone(o: Office) -> None:
    caller = await inbound(o)
    lead = await caller.lead()
    await caller.call({"data": {"ref": lead.code, "<script>": "x"}})
    page = await o.client.get(INBOUND)
    assert "<script>" not in page.text.replace("<script defer", "")
    await o.post(f"{INBOUND}/settings", **SETTINGS)
    assert "Not understood" in await o.get(INBOUND)
    assert "Tick the calls" in await o.post(f"{INBOUND}/replay")
    [call] = await caller.kept()
    page_text = await o.post(f"{INBOUND}/replay", id=call.id)
    assert "Replayed the inbound call" in page_text
    assert "Replayed since." in page_text
    assert (await o.w.only_lead()).status is LeadStatus.QUALIFIED
    said = await o.post(f"{INBOUND}/replay", one=call.id)
    assert "Nothing was changed" in said
    await o.w.undo_last()
    assert (await o.w.only_lead()).status is LeadStatus.PENDING


async def test_a_reader_sees_the_calls_and_no_secret(o: Office) -> None:
    caller = await inbound(o)
    await caller.call("code=1")
    admin, _ = await create_admin(o.w.context, "reader@shop.example", "correct horse battery")
    await change_role(o.w.context, admin.id, Role.READER, "test")
    session = await open_session(o.w.context, replace(admin, role=Role.READER))
    assert session is not None
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app_of(o.w.context)),
        base_url=o.w.context.settings.public_url,
        cookies={cookie_name(True): session.token},
    ) as client:
        page = await client.get(INBOUND)
    assert page.status_code == 200
    assert "Unknown code" in page.text
    assert caller.token not in page.text


async def test_every_form_leads_home_where_its_campaign_is_none(o: Office) -> None:
    for path in (KEYS, f"{KEYS}/revoke", WEBHOOKS, f"{WEBHOOKS}/x/test", f"{WEBHOOKS}/x/secret"):
        data = {"csrf": o.session.csrf, "campaign": "camp_none"}
        found = await o.client.post(path, data=data)
        assert (found.status_code, urlsplit(found.headers["location"]).path) == (303, "/admin/")


async def test_without_a_hook_its_forms_change_nothing(o: Office) -> None:
    assert "No inbound webhook yet" in await o.post(f"{INBOUND}/rotate", 200)
    assert "No inbound webhook yet" in await o.post(f"{INBOUND}/settings", 200, **SETTINGS)
    assert await o.w.count("hooks") == 0


async def test_one_address_for_each_campaign(o: Office) -> None:
    caller = await caller_of(o.w)
    assert caller.token in await o.post(f"{INBOUND}/make")
