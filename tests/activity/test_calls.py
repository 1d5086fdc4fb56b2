"""The shelf of inbound calls: bytes as they came, newest first, forgotten in time."""

from __future__ import annotations

from dataclasses import replace

from goodword.activity import calls
from goodword.model import CallResult, InboundCall
from lifecycle.world import World

EVERY_BYTE = bytes(range(256))


def call(w: World, number: int, result: CallResult = CallResult.RECEIVED) -> InboundCall:
    return InboundCall(
        campaign_id=w.campaign.id,
        id=f"call_{number:02}",
        hook_id="hook_1",
        received_at=number,
        content_type="",
        query="",
        signature="",
        body=EVERY_BYTE,
        result=result,
    )


async def test_every_result_and_every_byte_is_kept(w: World) -> None:
    kept = [call(w, number, result) for number, result in enumerate(CallResult)]
    async with w.context.storage.write() as db:
        for each in kept:
            await calls.keep(db, each)
    async with w.context.storage.read() as db:
        ids = [each.id for each in kept]
        assert await calls.by_ids(db, w.campaign.id, ids) == kept
        assert await calls.newest(db, w.campaign.id, 2) == [kept[-1], kept[-2]]
        assert await calls.by_ids(db, "camp_other", ids) == []
        assert await calls.last_at(db, w.campaign.id) == len(kept) - 1


async def test_what_became_of_a_call_is_written_to_it_alone(w: World) -> None:
    async with w.context.storage.write() as db:
        for number in (1, 2):
            await calls.keep(db, call(w, number))
        await calls.settle(
            db,
            call(w, 1),
            result=CallResult.HELD,
            reason="cap",
            lead_id="lead_1",
            conversion_id="conv_1",
        )
        first, second = await calls.by_ids(db, w.campaign.id, ["call_01", "call_02"])
    assert (first.result, first.reason, first.lead_id, first.conversion_id) == (
        CallResult.HELD,
        "cap",
        "lead_1",
        "conv_1",
    )
    assert second == call(w, 2)


async def test_what_is_older_is_forgotten(w: World) -> None:
    async with w.context.storage.write() as db:
        for number in (1, 2, 3):
            await calls.keep(db, call(w, number))
        await calls.forget(db, 2, 2)
        assert [each.id for each in await calls.newest(db, w.campaign.id, 9)] == [
            "call_03",
            "call_02",
        ]


async def test_calls_about_strangers_are_forgotten_sooner_and_hidden(w: World) -> None:
    results = (CallResult.QUALIFIED, CallResult.NO_LEAD, CallResult.WAITING)
    async with w.context.storage.write() as db:
        for number, result in enumerate(results, 1):
            await calls.keep(db, replace(call(w, number), result=result))
        shown = await calls.newest(db, w.campaign.id, 9, every=False)
        assert [each.id for each in shown] == ["call_01"]
        assert len(await calls.newest(db, w.campaign.id, 9)) == 3
        await calls.forget(db, 0, 3)
        left = await calls.newest(db, w.campaign.id, 9)
        assert [each.id for each in left] == ["call_03", "call_01"]


async def test_a_delivery_and_what_waits_for_an_order_are_found(w: World) -> None:
    waits = replace(call(w, 1), delivery="d-1", order_ref="450789469", result=CallResult.WAITING)
    async with w.context.storage.write() as db:
        await calls.keep(db, waits)
        await calls.keep(db, replace(call(w, 2), delivery="d-1"))
        await calls.keep(db, call(w, 3))
        id_, hook = w.campaign.id, waits.hook_id
        assert await calls.by_delivery(db, id_, hook, "d-1") == waits
        assert await calls.by_delivery(db, id_, "another", "d-1") is None
        assert await calls.waiting(db, id_, hook, "450789469") == [waits]
        await calls.settle(db, waits, result=CallResult.REFUNDED, order_ref="450789469")
        assert await calls.waiting(db, id_, hook, "450789469") == []
