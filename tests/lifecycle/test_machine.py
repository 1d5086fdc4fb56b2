"""Random weeks of a campaign beside a small pure model; every invariant after every step."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from goodword.lifecycle.context import open_context
from goodword.lifecycle.deed import Done
from goodword.lifecycle.review import NotAllowed, qualify, reject, reopen, unqualify
from goodword.lifecycle.rule import change_rule
from goodword.lifecycle.verify import verify
from goodword.model import Lead, LeadStatus, Reward, RewardStatus
from goodword.rewards.decide import is_live
from lifecycle.world import DAY, World, world

T = TypeVar("T")
BOSS = "boss@example.com"
ORDERS = st.sampled_from(("1", "2"))
_HOW: dict[str, dict[str, object]] = {
    "token": {},
    "signed": {"sign": True},
    "api": {"door": "api"},
}
PENDING, QUALIFIED, REJECTED = LeadStatus.PENDING, LeadStatus.QUALIFIED, LeadStatus.REJECTED


@dataclass
class Friend:
    """What the model knows of one lead. `open` and `issued` are minor units that count."""

    token: str
    price: int
    status: LeadStatus = PENDING
    open: int = 0
    issued: int = 0
    by: str | None = None
    earned_by: str | None = None
    standing: list[str] = field(default_factory=list)
    refunded: set[str] = field(default_factory=set)
    lead_id: str = ""

    def qualify(self, by: str | None) -> None:
        self.status, self.by = QUALIFIED, by
        if not self.issued:
            self.open, self.earned_by = self.price, by or self.earned_by

    def fall(self, status: LeadStatus) -> None:
        self.status, self.open = status, 0

    def buy(self, order: str) -> None:
        if self.status is REJECTED or order in self.refunded or order in self.standing:
            return
        if self.status is PENDING:
            self.standing.append(order)
            self.qualify(order)

    def refund(self, order: str) -> None:
        stood = order in self.standing
        self.refunded.add(order)
        if not stood:
            return
        self.standing.remove(order)
        if self.earned_by == order:
            self.open = self.issued = 0
        if self.status is QUALIFIED and self.by == order:
            self.fall(PENDING)
            if self.standing:
                self.qualify(self.standing[0])


class Ledger(RuleBasedStateMachine):
    """Every way a lead may go, on one database that is now and then opened anew."""

    friends = Bundle("friends")
    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = TemporaryDirectory()
        self.price = 1000
        self.everyone: list[Friend] = []
        self.done: tuple[Done, Friend, tuple[int, int]] | None = None

    def run(self, awaitable: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await awaitable

        return self.loop.run_until_complete(awaited())

    @initialize()
    def start(self) -> None:
        file = shutil.copyfile(self.template, Path(self.folder.name) / "goodword.db")
        self.opened = world(f"sqlite+aiosqlite:///{file}")
        self.w: World = self.run(self.opened.__aenter__())

    def teardown(self) -> None:
        if hasattr(self, "w"):
            self.run(self.opened.__aexit__(None, None, None))
        self.folder.cleanup()
        self.loop.close()

    @precondition(lambda self: len(self.everyone) < 3)
    @rule(target=friends)
    def sign_up(self) -> Friend:
        self.w.wait(1)
        visit = self.run(self.w.visit())
        answer = self.run(self.w.sign_up(token=visit.token))
        friend = Friend(visit.token, self.price, lead_id=answer.id or "")
        self.everyone.append(friend)
        return friend

    @rule(friend=friends, order=ORDERS, how=st.sampled_from(sorted(_HOW)))
    def buy(self, friend: Friend, order: str, how: str) -> None:
        number = f"{self.everyone.index(friend)}-{order}"
        said: dict[str, object] = {"token": friend.token, "order": number}
        said |= _HOW[how]
        self.run(self.w.convert(**said))
        friend.buy(order)

    @rule(friend=friends, order=ORDERS)
    def refund(self, friend: Friend, order: str) -> None:
        self.run(self.w.refund(f"{self.everyone.index(friend)}-{order}"))
        friend.refund(order)

    @rule(friend=friends, verb=st.sampled_from((qualify, unqualify, reject, reopen)))
    def review(self, friend: Friend, verb: object) -> None:
        try:
            done = self.run(verb(self.w.context, self.w.campaign, friend.lead_id, BOSS))  # type: ignore[operator]
        except NotAllowed:
            return
        if not done.changed:
            return
        if verb is qualify:
            friend.qualify(friend.standing[-1] if friend.standing else None)
        else:
            friend.fall(REJECTED if verb is reject else PENDING)

    @rule(friend=friends, verb=st.sampled_from(("issue", "hold", "release", "cancel", "reverse")))
    def pay(self, friend: Friend, verb: str) -> None:
        rewards = self.run(self.w.rewards(friend.lead_id))
        before = (friend.open, friend.issued)
        done = self.run(self.w.pay(verb, *rewards, early=True))
        if not done.changed:
            return
        if verb == "issue":
            friend.open, friend.issued = 0, friend.open
        elif verb == "cancel":
            friend.open = 0
        elif verb == "reverse":
            friend.issued = 0
        self.done = (done, friend, before)

    @precondition(lambda self: self.done is not None)
    @rule()
    def undo(self) -> None:
        """Undo is allowed to refuse what has moved on; what it does is the step before."""
        assert self.done is not None
        done, friend, before = self.done
        self.done = None
        stood = (friend.open, friend.issued)
        back = self.run(self.w.undo(done))
        if back.changed:
            rewards = self.run(self.w.rewards(friend.lead_id))
            friend.open = sum(r.amount for r in rewards if r.status in _OPEN)
            friend.issued = sum(
                r.left for r in rewards if r.status is RewardStatus.ISSUED and not r.reverses
            )
            nothing = 0 if friend.status is not QUALIFIED else sum(stood)
            assert friend.open + friend.issued in (sum(before), sum(stood), nothing)

    @rule(days=st.sampled_from((1, 31)))
    def wait(self, days: int) -> None:
        self.w.wait(days * DAY)

    @rule()
    def tick(self) -> None:
        async def twice() -> None:
            await asyncio.gather(self.w.tick(), self.w.tick())

        self.run(twice())

    @rule(price=st.sampled_from((1000, 1500)), also=st.booleans())
    def edit_rule(self, price: int, also: bool) -> None:
        self.w.wait(1)
        [now] = self.w.campaign.rules
        changed = replace(now, amount=price)
        done = self.run(
            change_rule(self.w.context, self.w.campaign, now.id, changed, BOSS, also_pending=also)
        )
        self.run(self.w.reload())
        if done.changed:
            self.price = price
            for friend in self.everyone if also else ():
                friend.price = price

    @rule()
    def restart(self) -> None:
        context = self.w.context
        self.w.context = self.run(open_context(context.settings, context.storage, context.now))
        self.run(self.w.reload())

    @invariant()
    def the_ledger_is_the_model_s(self) -> None:
        for friend in self.everyone:
            lead, rewards = self.run(self._look(friend))
            assert lead.status is friend.status
            live = [reward for reward in rewards if is_live(reward)]
            assert len(live) <= 1
            open_ = sum(r.amount for r in rewards if r.status in _OPEN)
            issued = sum(r.amount for r in rewards if r.status is RewardStatus.ISSUED)
            assert bool(open_) is bool(friend.open)
            assert bool(issued) is bool(friend.issued)
            assert open_ in (0, 1000, 1500)

    async def _look(self, friend: Friend) -> tuple[Lead, list[Reward]]:
        return (await self.w.explain(friend.lead_id)).lead, await self.w.rewards(friend.lead_id)

    @invariant()
    def verify_finds_nothing(self) -> None:
        async def look() -> list[object]:
            return [each async for each in verify(self.w.context)]

        if hasattr(self, "w"):
            assert self.run(look()) == []


_OPEN = (RewardStatus.DUE, RewardStatus.HELD)


def test_the_ledger_goes_the_way_of_the_model(sqlite_template: Path) -> None:
    Ledger.template = sqlite_template
    steps = settings(
        max_examples=15,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
    )
    run_state_machine_as_test(Ledger, settings=steps)
