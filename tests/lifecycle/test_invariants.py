"""Whatever is reported, in whatever order: the ledger's invariants hold after every step."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from goodword.clock import DAY
from goodword.fraud import record as fraud
from goodword.model import Lead, LeadStatus, Occasion, Reward, RewardStatus, Status, Verdict
from goodword.qualification.decide import occupies
from lifecycle.world import World, world

PEOPLE = ("", "cy@example.org", "dee@example.org", "ada@example.com")
STEPS = st.one_of(
    st.tuples(st.just("visit"), st.booleans()),
    st.tuples(st.just("sign_up"), st.integers(0, 3), st.sampled_from(PEOPLE)),
    st.tuples(
        st.just("convert"),
        st.integers(0, 3),
        st.sampled_from(("", "1", "2")),
        st.sampled_from(PEOPLE),
        st.sampled_from(("token", "code", "forged", "signed", "bad_signature", "api")),
    ),
    st.tuples(st.just("wait"), st.sampled_from((1, DAY, 61 * DAY))),
)
LIVE = (RewardStatus.DUE, RewardStatus.HELD)


class Story:
    """A world in which random people do random things."""

    def __init__(self, w: World) -> None:
        self.w = w
        self.tokens: list[str] = []

    async def take(self, step: tuple[object, ...]) -> None:
        await getattr(self, str(step[0]))(*step[1:])

    async def visit(self, by_bob: bool) -> None:
        w = self.w
        former = self.tokens[-1] if self.tokens and by_bob else ""
        visit = await w.visit(w.bob if by_bob else w.ada, token=former)
        self.tokens.append(visit.token)

    async def sign_up(self, who: int, email: str) -> None:
        await self.w.sign_up(token=self._token(who), email=email)

    async def convert(self, who: int, order: str, email: str, how: str) -> None:
        token = self._token(who)
        said: dict[str, object] = {"order": order, "email": email, "token": token}
        if how == "code":
            said |= {"token": "", "code": self.w.ada.code}
        elif how == "forged":
            said |= {"token": (token or "A" * 108)[:-4] + "AAAA"}
        elif how == "signed":
            said |= {"sign": True}
        elif how == "bad_signature":
            said |= {"sig": "v1=00"}
        elif how == "api":
            said |= {"door": "api"}
        key = f"{who}{order}{how}"
        first = await self.w.convert(key=key, **said)
        again = await self.w.convert(key=key, **said)
        if first.status in (Status.COUNTED, Status.HELD):
            assert again.status is first.status

    async def wait(self, milliseconds: int) -> None:
        self.w.wait(milliseconds)

    def _token(self, who: int) -> str:
        return self.tokens[who % len(self.tokens)] if self.tokens else ""


async def check(w: World) -> None:
    counted: dict[str, str] = {}
    for lead in await w.leads():
        found = await w.explain(lead.id)
        standing = [row for row in found.conversions if occupies(row)]
        assert (lead.status is LeadStatus.QUALIFIED) <= bool(standing)
        assert (lead.converted_at is not None) is (lead.status is LeadStatus.QUALIFIED)
        for row in found.conversions:
            if row.order_id and row.status is Status.COUNTED:
                assert counted.setdefault(row.order_id, row.id) == row.id
        for reward in found.rewards:
            await check_reward(w, lead, reward)
        alive = [reward for reward in found.rewards if reward.status in LIVE]
        assert len({(r.recipient, r.occasion, r.rule_id) for r in alive}) == len(alive)


async def check_reward(w: World, lead: Lead, reward: Reward) -> None:
    assert reward.issue_after == reward.created_at + 30 * DAY
    if reward.status not in LIVE:
        return
    assert lead.status is not LeadStatus.REJECTED
    assert reward.occasion is Occasion.JOINED or lead.status is LeadStatus.QUALIFIED
    async with w.context.storage.read() as db:
        doubts = await fraud.holding(db, w.campaign.id, lead.id, reward.conversion_id)
    assert all(doubt.verdict is Verdict.HOLD for doubt in doubts)
    assert (reward.status is RewardStatus.HELD) is bool(doubts)


async def genuine_survives(story: Story) -> None:
    """After all that, an order that the shop signs for a new friend counts, and pays once."""
    visit = await story.w.visit()
    answer = await story.w.convert(
        token=visit.token, order="1", email="new@example.net", sign=True, key="genuine"
    )
    earlier = [
        c for lead in await story.w.leads() for c in (await story.w.explain(lead.id)).conversions
    ]
    rivals = [c for c in earlier if c.order_id == "1" and c.evidence >= 2 and c.id != answer.id]
    assert answer.status is Status.COUNTED or rivals


@settings(max_examples=30, deadline=None, derandomize=True, phases=[Phase.generate])
@given(steps=st.lists(STEPS, min_size=5, max_size=25), joined=st.booleans())
def test_the_ledger_holds_after_every_step(
    sqlite_template: Path, steps: list[tuple[object, ...]], joined: bool
) -> None:
    async def live() -> None:
        with TemporaryDirectory() as folder:
            file = shutil.copyfile(sqlite_template, Path(folder) / "goodword.db")
            occasion = Occasion.JOINED if joined else Occasion.QUALIFIED
            async with world(f"sqlite+aiosqlite:///{file}", occasion=occasion) as w:
                story = Story(w)
                for step in steps:
                    await story.take(step)
                    await check(w)
                await genuine_survives(story)
                await check(w)

    asyncio.run(live())
