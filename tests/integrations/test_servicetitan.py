"""ServiceTitan: what its answers and webhooks mean, and the whole conversation with its double."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from doubles.servicetitan import HOOK_KEY
from doubles.servicetitan import ServiceTitan as Double
from goodword.integrations.base import BadSignature, Failed, Request, Trouble, Unreadable
from goodword.integrations.client import Connection
from goodword.integrations.servicetitan import ServiceTitan
from goodword.model import Ref, Snapshot
from integrations.calls import HOOK, connected, payload, played, reply, request_of

SYSTEM = ServiceTitan()
KNOWN = {"hook_key": HOOK_KEY}
ANN = {"email": "ann@example.com", "name": "Ann Lee", "externalId": "C1", "referrer": "Ada"}
CODE = ["externalId"]


@pytest.fixture
def there() -> Iterator[Double]:
    with played(Double()) as double:
        yield double


@pytest.fixture
async def api(there: Double) -> AsyncIterator[Connection]:
    async with connected(SYSTEM, "app", there) as connection:
        yield connection


def test_a_refusal_says_which_field() -> None:
    told = payload("servicetitan", "failures")[3]
    failed = SYSTEM.failure(reply(400, told["body"]))
    assert "Summary: The Summary field is required." in str(failed)


# Webhooks ------------------------------------------------------------------------------------


def _signed(body: bytes, signature: str) -> Request:
    return Request("POST", HOOK, {"x-servicetitan-signature": signature}, body, 1)


def _hmac(body: bytes) -> hmac.HMAC:
    return hmac.new(HOOK_KEY.encode(), body, hashlib.sha256)


BODY = b'{"data": [{"jobId": 7, "booking": {"id": "8"}, "customerId": 9}], "bookingId": 10}'


def test_a_signature_may_be_hexadecimal_or_base64() -> None:
    good = _hmac(BODY)
    in_base64 = base64.b64encode(good.digest()).decode()
    for each in (
        good.hexdigest(),
        good.hexdigest().upper(),
        f"sha256={good.hexdigest()}",
        in_base64,
    ):
        heard = SYSTEM.heard(_signed(BODY, each), "", KNOWN)
        assert {(hint.ref.object, hint.ref.id) for hint in heard.hints} == {
            ("jobs", "7"),
            ("bookings", "8"),
            ("jobs", "8"),
            ("bookings", "10"),
        }


@pytest.mark.parametrize("signature", ["", "0" * 64, "sha256=", "é"])
def test_a_wrong_signature_is_refused(signature: str) -> None:
    with pytest.raises(BadSignature):
        SYSTEM.heard(_signed(BODY, signature), "", KNOWN)


def test_without_a_key_nothing_is_heard() -> None:
    empty = hmac.new(b"", BODY, hashlib.sha256).hexdigest()
    with pytest.raises(BadSignature, match="no webhook key"):
        SYSTEM.heard(_signed(BODY, empty), "", {})


def test_a_body_of_another_kind_does_no_harm() -> None:
    for body in (b"[]", b"7", b'"x"', b'{"id": "a1"}', b'{"id": {"id": []}}'):
        assert SYSTEM.heard(_signed(body, _hmac(body).hexdigest()), "", KNOWN).hints == ()
    many = b"[" + b",".join(b'{"jobId": %d}' % number for number in range(500)) + b"]"
    assert len(SYSTEM.heard(_signed(many, _hmac(many).hexdigest()), "", KNOWN).hints) == 50
    for body in (b"", b"<a/>", b"[" * 100_000):
        with pytest.raises(Unreadable):
            SYSTEM.heard(_signed(body, _hmac(body).hexdigest()), "", KNOWN)


async def test_what_the_portal_sends_is_heard(there: Double) -> None:
    there.listen(HOOK)
    id_ = there.person("ann@example.com")
    for encoding in ("hex", "base64"):
        there.encoding = encoding
        there.change(id_, "status", {"hex": "Accepted", "base64": "Dismissed"}[encoding])
        [(_, told)] = there.deliveries(there.pending[-1:])
        hints = SYSTEM.heard(request_of(told, there.now()), "", KNOWN).hints
        assert Ref("bookings", id_) in [hint.ref for hint in hints]


# Calls ---------------------------------------------------------------------------------------


async def test_a_connection_has_both_of_its_headers(api: Connection, there: Double) -> None:
    assert await SYSTEM.check(api) == "ServiceTitan tenant 1234567"
    headers = there.calls[-1].headers
    assert headers["authorization"].startswith("Bearer ")
    assert headers["st-app-key"] == "ak1.app"
    there.oauth.expire()
    assert await SYSTEM.check(api)
    assert len([call for call in there.calls if call.path == "/connect/token"]) == 2


@pytest.mark.parametrize("wrong", ["client_secret", "app_key"])
async def test_a_wrong_secret_is_refused(there: Double, wrong: str) -> None:
    async with connected(SYSTEM, "app", there, **{wrong: "wrong"}) as api:
        with pytest.raises(Failed) as failed:
            await SYSTEM.check(api)
    assert failed.value.kind is Trouble.AUTH


async def test_too_many_calls_say_how_long_to_wait(api: Connection, there: Double) -> None:
    there.fail("429")
    with pytest.raises(Failed) as failed:
        await SYSTEM.check(api)
    assert (failed.value.kind, failed.value.wait) == (Trouble.THROTTLED, 10)


async def test_a_booking_is_made_found_and_changed(api: Connection, there: Double) -> None:
    values = ANN | {"priority": "Urgent", "campaignId": "12", "status": "Accepted"}
    ref = await SYSTEM.create(api, "bookings", values)
    made = there.records[ref.id].fields
    assert (made["summary"], made["source"], made["status"]) == (
        "Referred by Ada",
        "Referral",
        "New",
    )
    assert (made["priority"], made["campaignId"], made["email"]) == (
        "Urgent",
        "12",
        "ann@example.com",
    )
    found = await SYSTEM.find(api, "bookings", "ann@example.com", "C1", CODE)
    assert found is not None
    assert (found.ref, found.created_at) == (ref, there.records[ref.id].created_at)
    await SYSTEM.update(api, ref, {"summary": "Referred twice", "externalId": "C1"})
    assert made["summary"] == "Referred twice"
    writes = there.writes
    await SYSTEM.update(api, ref, {"externalId": "C1", "referrer": "Ada"})
    assert there.writes == writes


async def test_nobody_is_looked_for_by_address(api: Connection, there: Double) -> None:
    """The API refuses that filter; an address without our code finds nobody, and asks nothing."""
    there.person("ann@example.com")
    assert await SYSTEM.find(api, "bookings", "ann@example.com", "C1", CODE) is None
    assert await SYSTEM.find(api, "bookings", "ann@example.com", "", []) is None
    assert not any("example.com" in call.query for call in there.calls)
    await SYSTEM.check(api)
    path = there.calls[-1].path
    with pytest.raises(Failed, match="email: is no filter"):
        await api.call("GET", path, query={"email": "ann@example.com"})


async def test_a_lost_answer_leaves_one_booking(api: Connection, there: Double) -> None:
    await SYSTEM.check(api)
    there.fail("lost")
    with pytest.raises(Failed):
        await SYSTEM.create(api, "bookings", ANN)
    [booking] = there.live("bookings")
    found = await SYSTEM.find(api, "bookings", "ann@example.com", "C1", CODE)
    assert found is not None
    assert found.ref.id == booking.id


async def test_a_booking_leads_to_its_job_and_back(api: Connection, there: Double) -> None:
    ref, other = (Ref("bookings", there.person(f"{name}@example.com")) for name in "ab")
    job = Ref("jobs", str(there.convert(ref.id)))
    never = Ref("bookings", "99999")
    booked, still, none = await SYSTEM.read(api, [ref, other, never], ["status"])
    assert (booked.links, booked.fields["status"]) == ((job,), "Converted")
    assert (still.links, none) == ((), Snapshot(never, gone=True))
    there.move_deal(job.id, "Completed")
    [shown] = await SYSTEM.read(api, [job], ["jobStatus", "total"])
    assert (shown.fields["jobStatus"], shown.fields["total"]) == ("Completed", "1200")
    assert shown.links == (ref,)


async def test_a_full_batch_fits_one_page(api: Connection, there: Double) -> None:
    refs = [Ref("bookings", there.person(f"{n}@example.com")) for n in range(SYSTEM.batch)]
    there.calls.clear()
    read = await SYSTEM.read(api, refs, [])
    assert [each.ref for each in read] == refs
    assert not any(each.gone for each in read)
    assert len([call for call in there.calls if call.path.endswith("bookings")]) == 1


async def test_a_documented_booking_is_read(api: Connection) -> None:
    class Played:
        inputs = api.inputs

        async def call(self, *_: object, **__: object) -> object:
            return reply(200, {"hasMore": False, "data": [payload("servicetitan", "booking")]})

    [read] = await SYSTEM.read(Played(), [Ref("bookings", "98123")], ["status"])  # type: ignore[arg-type]
    assert (read.links, read.fields["dismissingReasonId"]) == ((Ref("jobs", "4410077"),), "")
    assert read.created_at == 1_795_166_142_317


async def test_drop_downs_show_what_may_be_written_and_what_people_set(api: Connection) -> None:
    fields = {each.name: each for each in await SYSTEM.choices(api, "bookings")}
    assert fields["priority"].writable
    assert not fields["status"].writable
    assert ("Converted", "Converted") in fields["status"].options
    [status] = await SYSTEM.choices(api, "jobs")
    assert ("Completed", "Completed") in status.options


async def test_the_screen_books_a_job(there: Double) -> None:
    id_ = there.person("ann@example.com")
    async with httpx.AsyncClient(base_url=there.url, follow_redirects=True) as browser:
        page = await browser.post("/screen", data={"id": id_, "act": "Book a job", "field": ""})
    assert "jobs" in page.text
    assert there.records[id_].fields["status"] == "Converted"
