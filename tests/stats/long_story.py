"""Weeks of everything that happens to leads and rewards, for a ledger to be read."""

from __future__ import annotations

from goodword.clock import DAY, HOUR
from goodword.lifecycle.review import qualify, reject, reopen, unqualify
from goodword.lifecycle.test_run import start_test
from goodword.model import Kind, Method, Occasion
from lifecycle.world import World


async def long_story(w: World) -> None:
    """Weeks of everything that happens to leads and rewards."""
    await w.rule(occasion=Occasion.CONVERTED, kind=Kind.PERCENTAGE, rate=1000, amount=0)
    await w.rule(kind=Kind.CUSTOM, unit="free month", amount=1, currency="", every=2)
    await w.rule(kind=Kind.COUPON, method=Method.COUPON, pool="shop", amount=1, currency="")
    await w.pool("shop", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT")
    await w.limits(cap=None)
    await _sign_ups(w)
    await _issues(w)
    await _refunds(w)
    await _reviews(w)


async def _sign_ups(w: World) -> None:
    """A pending lead, a rejected one, a held one, and a test run."""
    arrived = await w.visit()
    await w.sign_up(token=arrived.token, email="grace@example.org")
    arrived = await w.visit()
    await w.sign_up(token=arrived.token, email="ada@example.com")
    arrived = await w.visit(w.bob)
    await w.sign_up(token=arrived.token, email="one@example.org")
    await w.sign_up(token=arrived.token, email="two@example.org")
    await w.convert(token=arrived.token, email="two@example.org", order="doubt")
    run = await start_test(w.context, w.campaign)
    arrived = await w.visit(code=run.code)
    await w.convert(token=arrived.token, order="test")
    w.wait(DAY)


async def _issues(w: World) -> None:
    """Rewards that are due, issued in time, early, undone, held by hand, cancelled, reversed."""
    leads = {}
    for name in ("due", "early", "undone", "held", "cancelled", "reversed", "ripe"):
        leads[name] = await w.buyer(name, amount="40.00")
        w.wait(HOUR)
    owed = {name: (await w.rewards(lead.id))[0] for name, lead in leads.items()}
    await w.pay("issue", owed["early"], early=True)
    await w.undo(await w.pay("issue", owed["undone"], early=True))
    await w.pay("hold", owed["held"])
    await w.pay("release", owed["held"])
    await w.pay("hold", owed["held"])

    await w.pay("cancel", owed["cancelled"])
    await w.pay("issue", owed["reversed"], early=True)
    await w.pay("reverse", owed["reversed"])
    w.wait(31 * DAY)
    await w.tick()
    await w.pay("issue", *await w.rewards(leads["ripe"].id))


async def _refunds(w: World) -> None:
    """Money goes back before and after the issue, in part, and before the order comes."""
    await w.buyer("refunded")
    await w.refund("refunded")
    issued = await w.buyer("taken back")
    await w.pay("issue", *await w.rewards(issued.id), early=True)
    await w.refund("taken back")
    partly = await w.buyer("partly", amount="50.00")
    await w.pay("issue", *await w.rewards(partly.id), early=True)
    await w.refund("partly", "20.00")
    await w.buyer("less", amount="50.00")
    await w.refund("less", "20.00")
    await w.buyer("won")
    await w.refund("won")
    await w.undo_last()
    await w.refund("too soon")
    arrived = await w.visit()
    await w.convert(token=arrived.token, order="too soon")
    await w.refund("never came")
    w.wait(DAY)


async def _reviews(w: World) -> None:
    """Leads go back and forth, and one order is fought for."""
    again = await w.buyer("again")
    await unqualify(w.context, w.campaign, again.id, "boss")
    await qualify(w.context, w.campaign, again.id, "boss")
    gone = await w.buyer("gone")
    await reject(w.context, w.campaign, gone.id, "boss")
    back = await w.buyer("back")
    await reject(w.context, w.campaign, back.id, "boss")
    await reopen(w.context, w.campaign, back.id, "boss")
    paid = await w.buyer("paid")
    await w.pay("issue", *await w.rewards(paid.id), early=True)
    await unqualify(w.context, w.campaign, paid.id, "boss")
    await w.buyer("fought for")
    rival = await w.visit(w.bob)
    await w.convert(token=rival.token, order="fought for", sign=True)
    await w.convert(token=(await w.visit()).token, order="conflict")
    await w.convert(token=(await w.visit(w.bob)).token, order="conflict")
