"""A programme moves in: its people keep their codes, its leads count, nothing is owed twice."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from goodword.clock import DAY, SECOND
from goodword.lifecycle.by_hand import review_many
from goodword.lifecycle.endpoints import add_endpoint
from goodword.lifecycle.move_in import PART, NotNow, drop, tidy, write
from goodword.lifecycle.move_steps import carry_on, step
from goodword.lifecycle.set_up import create_referrer
from goodword.model import (
    EVENTS,
    ImportStatus,
    LeadStatus,
    Reason,
    RewardStatus,
    RowVerdict,
    Status,
)
from goodword.sheets import Unreadable
from goodword.storage.tables import metadata
from lifecycle.moving import OWNER, Mover
from lifecycle.world import START, World

REFERRERS = """\
email,token,paypal_email,first_name,last_name,created_at
cy@example.org,Cy20,,Cy,Twombly,2025-03-01
dee@example.org,dee.d,,Dee,,2025-04-01T10:00:00Z
"""
LEADS = """\
E-mail;Referrer code;Status;Joined;Converted;Order;Amount;Currency
fay@example.org;cy20;converted;2025-05-01;2025-05-09;1042;49,00;EUR
gil@example.org;CY20;lead;2025-05-02;;;;
hal@example.org;dee.d;refunded;2025-05-03;;;;
"""
REWARDS = """\
id,amount,currency,state,due_at,paid_at,created_at,affiliate.email,customer.email,Order
c1,10.00,EUR,paid,2025-06-09,2025-06-10,2025-05-09,cy@example.org,fay@example.org,1042
c2,12.50,EUR,due,2027-06-09,,2025-06-09,cy@example.org,fay@example.org,
c3,5.00,EUR,voided,,,2025-06-09,cy@example.org,fay@example.org,
c4,7.00,EUR,paid,,2025-07-01,2025-06-20,dee@example.org,ida@example.org,2001
"""


@pytest.fixture
def m(w: World) -> Mover:
    return Mover(w)


async def sums(w: World) -> dict[str, int]:
    """What is owed and issued altogether, as the counters say."""
    table = metadata.tables["reward_sums"].c
    async with w.context.storage.read() as db:
        found = await db.execute(select(table.status, table.amount).where(table.referrer_id == ""))
        total: dict[str, int] = {}
        for status, amount in found:
            total[status] = total.get(status, 0) + amount
    return {status: amount for status, amount in total.items() if amount}


async def test_a_whole_programme_moves_in(m: Mover) -> None:
    """Referrers, leads and rewards of another product, one file after the other: codes work in
    any capitals, counters and ledger say what was there, every invariant holds."""
    w = m.w
    people = await m.bring(REFERRERS)
    assert (people.product, people.status, people.new) == ("Rewardful", ImportStatus.DONE, 2)
    assert people.sample == "[]"
    arrived = await w.visit(code="CY20")
    assert (arrived.reason, arrived.name) == (None, "Cy")
    leads = await m.bring(LEADS)
    assert (leads.new, leads.wrong) == (3, 0)
    by_email = {lead.email: lead for lead in await w.leads()}
    fay, gil, hal = (by_email[f"{name}@example.org"] for name in ("fay", "gil", "hal"))
    assert [fay.status, gil.status, hal.status] == ["qualified", "pending", "rejected"]
    assert fay.settled
    rewards = await m.bring(REWARDS)
    assert (rewards.new, rewards.left) == (3, 1)
    paid, due = await w.rewards(fay.id)
    assert (paid.status, paid.amount) == (RewardStatus.ISSUED, 1000)
    assert (due.status, due.issue_after > START) == (RewardStatus.DUE, True)
    assert await sums(w) == {"issued": 1700, "due": 1250}
    assert await m.whole()


async def test_nothing_is_told_of_what_happened_elsewhere(m: Mover) -> None:
    await add_endpoint(m.w.context, m.w.campaign, "https://93.184.215.14/in", sorted(EVENTS), OWNER)
    for text in (REFERRERS, LEADS, REWARDS):
        await m.bring(text)
    await m.w.tick()
    assert await m.w.count("outbox") == 0


async def test_what_was_owed_elsewhere_is_not_owed_again(m: Mover) -> None:
    """A lead that moved in qualified earns nothing by qualifying again; what moved in comes back.
    It counts for no milestone either. A pending one qualifies here as any other."""
    w = m.w
    await w.rule(milestones="1", amount=5000)
    await m.bring(REFERRERS)
    await m.bring(LEADS)
    await m.bring(REWARDS)
    fay, gil = [lead for lead in await w.leads() if lead.status != LeadStatus.REJECTED][:2]
    await review_many(w.context, w.campaign, "unqualify", [fay.id], OWNER)
    assert [each.status for each in await w.rewards(fay.id)] == ["issued", "cancelled"]
    await review_many(w.context, w.campaign, "qualify", [fay.id], OWNER)
    assert [each.status for each in await w.rewards(fay.id)] == ["issued", "due"]
    await review_many(w.context, w.campaign, "qualify", [gil.id], OWNER)
    mine = {(each.amount, each.step) for each in await w.rewards(gil.id)}
    assert mine == {(1000, 0), (5000, 1)}
    assert await m.whole()


async def test_a_later_report_of_an_old_order_is_known(m: Mover) -> None:
    await m.bring(REFERRERS)
    await m.bring(LEADS)
    answer = await m.w.convert(door="api", email="fay@example.org", order="1042")
    assert (answer.status, answer.reason) == (Status.IGNORED, Reason.DUPLICATE)


async def test_a_refund_takes_back_what_moved_in_with_its_order(m: Mover) -> None:
    for text in (REFERRERS, LEADS, REWARDS):
        await m.bring(text)
    await m.w.refund("1042", "9.00")
    [fay] = [lead for lead in await m.w.leads() if lead.email == "fay@example.org"]
    assert [each.amount for each in await m.w.rewards(fay.id)] == [1000, 1250]
    await m.w.refund("1042")
    assert {each.amount for each in await m.w.rewards(fay.id)} == {1000, -1000, 1250}
    assert await m.whole()


async def test_the_dry_run_names_row_and_column_and_writes_nothing(m: Mover) -> None:
    job = await m.check(
        "email,code,joined\n"
        "ada@example.com,ada-old,\n"  # known by e-mail: gets the code
        "nobody,x1,\n"
        "eve@example.org,a/b,\n"
        "eve@example.org,eve,31.12.2999\n"
        "eve@example.org,eve,2025-01-01\n"
        "EVE@example.org,eve2,\n"
        "Eve@example.org,eve,\n"
        "fox@example.org,EVE,\n"
        "\n"
        "gus@example.org\n"
    )
    assert await m.said(job) == [
        (2, "known", ""),
        (3, "wrong", "email"),
        (4, "wrong", "code"),
        (5, "wrong", "joined"),
        (7, "known", ""),
        (8, "left", "email"),
        (9, "wrong", "code"),
    ]
    assert (job.new, job.known, job.left, job.wrong) == (2, 2, 1, 4)
    assert (await m.w.visit(code="eve")).reason is Reason.BAD_CODE
    with pytest.raises(NotNow, match="4 rows are wrong"):
        await write(m.w.context, m.w.campaign, job.id, OWNER)
    done = await m.write(job, leave_wrong=True)
    assert done.status is ImportStatus.DONE
    m.w.wait(SECOND)
    for code in ("ada-old", "eve", "EVE2"):
        assert (await m.w.visit(code=code)).reason is None
    assert await m.whole()


async def test_codes_that_differ_in_capitals_are_two_where_that_is_said(m: Mover) -> None:
    text = "email,code\nx@example.org,aBc\ny@example.org,abC\n"
    job = await m.check(text)
    [row] = await m.rows(job, [RowVerdict.WRONG])
    assert "capitals matter" in row.detail
    await m.bring(text, capitals=True)
    names = {}
    for code in ("aBc", "abC", "abc"):
        arrived = await m.w.visit(code=code)
        names[code] = arrived.reason or arrived.code
    assert names == {"aBc": "aBc", "abC": "abC", "abc": Reason.BAD_CODE}


async def test_friends_and_rewards_of_unknown_people_are_named(m: Mover) -> None:
    await m.bring(REFERRERS)
    leads = await m.check(
        "email,referrer_code,referrer_email,status\n"
        "a1@example.org,nope,,\n"
        "a2@example.org,,nope@example.org,\n"
        "a3@example.org,cy20,dee@example.org,\n"
        "cy@example.org,cy20,,\n"
        "a4@example.org,cy20,,strange\n"
        "a5@example.org,,,\n"
        "a6@example.org,cy20,,\n"
        "a6@example.org,dee.d,,\n"
        ",cy20,,\n",
        "leads",
    )
    assert await m.said(leads) == [
        (2, "wrong", "referrer_code"),
        (3, "wrong", "referrer_email"),
        (4, "wrong", "referrer_email"),
        (5, "left", "email"),
        (6, "wrong", "status"),
        (7, "left", "referrer_code"),
        (9, "left", "email"),
        (10, "wrong", "email"),
    ]
    rewards = await m.check(
        "amount,status,referrer_email,email\n"
        "10,paid,cy@example.org,\n"
        "10,paid,nope@example.org,z@example.org\n"
        "0,paid,cy@example.org,z@example.org\n"
        "ten,paid,cy@example.org,z@example.org\n"
        "10,paid,cy@example.org,z@example.org\n"
        "10,paid,dee@example.org,z@example.org\n",
        "rewards",
        columns={"amount": 0, "status": 1, "referrer_email": 2, "email": 3},
    )
    assert await m.said(rewards) == [
        (2, "wrong", "email"),
        (3, "wrong", "referrer_email"),
        (4, "left", "amount"),
        (5, "wrong", "amount"),
        (7, "wrong", "referrer_email"),
    ]


async def test_rewards_that_name_no_friend_are_taken_where_that_is_said(m: Mover) -> None:
    """Two that say the same are two, and a second file brings only what is more."""
    await m.bring(REFERRERS)
    row = "10.00,paid,cy@example.org,2025-05-05\n"
    heading = "amount,status,referrer_email,paid_at\n"
    first = await m.bring(heading + row * 2, "rewards", unnamed=True)
    assert first.new == 2
    again = await m.bring(heading + row * 3, "rewards", unnamed=True)
    assert (again.new, again.left) == (1, 2)
    assert await sums(m.w) == {"issued": 3000}
    assert await m.whole()


async def test_rewards_of_things_keep_their_unit(m: Mover) -> None:
    await m.bring(REFERRERS)
    await m.bring(
        "amount,unit,status,referrer_email,friend_email\n"
        "2,free month,due,cy@example.org,z@example.org\n",
        "rewards",
    )
    [lead] = await m.w.leads()
    [reward] = await m.w.rewards(lead.id)
    assert reward.worth == "2 free month"
    assert await m.whole()


async def test_the_same_file_twice_changes_nothing_more(m: Mover) -> None:
    for text in (REFERRERS, LEADS, REWARDS):
        await m.bring(text)
    before = await sums(m.w)
    for text in (REFERRERS, LEADS, REWARDS):
        again = await m.check(text)
        assert (again.new, again.known, again.wrong) == (0, 0, 0)
        with pytest.raises(NotNow, match="Nothing in it is new"):
            await m.write(again)
    assert await sums(m.w) == before


@pytest.mark.parametrize(
    "content",
    [
        REFERRERS.encode("utf-8-sig"),
        REFERRERS.encode("utf-16"),
        REFERRERS.replace("Twombly", "Twömbly").encode("cp1252"),
        REFERRERS.replace(",", ";").encode(),
        b"sep=;\r\n" + REFERRERS.replace(",", ";").replace("\n", "\r\n").encode(),
        REFERRERS.replace(",", "\t").encode(),
        REFERRERS.replace("Twombly", '"Two\nlines"').encode(),
        REFERRERS.replace("Twombly", "=1+1").encode(),
        REFERRERS.replace("Twombly", "'=1+1").encode(),
        REFERRERS.replace("paypal_email", "unheard_of")
        .replace("email,", "E-mail Address,")
        .encode(),
    ],
    ids=[
        "bom",
        "utf-16",
        "cp1252",
        "semicolon",
        "sep",
        "tab",
        "lines",
        "formula",
        "guard",
        "names",
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_however_it_was_saved(m: Mover, content: bytes) -> None:
    job = await m.bring(content)
    assert (job.new, job.wrong) == (2, 0)
    assert (await m.w.visit(code="cy20")).name == "Cy"


@pytest.mark.parametrize("content", [b"", b"\n\n", b"email,code\n", b"\x89PNG\r\n\x1a\n\0"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_no_table_is_refused(m: Mover, content: bytes) -> None:
    with pytest.raises(Unreadable):
        await m.read(content)
    assert await m.w.count("imports") == 0


async def test_a_long_file_is_written_in_steps_that_go_on_after_a_crash(m: Mover) -> None:
    """Whole at every step: verify finds nothing, and whoever comes next goes on where it stands,
    twice at once if need be."""
    text = "email,code\n" + "".join(f"p{n}@example.org,code{n}\n" for n in range(1_200))
    job = await m.check(text)
    assert job.new == 1_200
    job = await write(m.w.context, m.w.campaign, job.id, OWNER)
    stepped = await step(m.w.context, job)
    assert (stepped.done, stepped.status) == (PART, ImportStatus.WRITING)
    assert await m.whole()
    assert (await step(m.w.context, job)).done == PART
    await carry_on(m.w.context)
    assert (await m.look(job)).status is ImportStatus.DONE
    assert await m.w.count("referrers") == 1_203
    assert await m.w.count("import_parts") == 0
    assert await m.whole()


async def test_a_row_that_can_not_come_in_any_more_says_why(m: Mover) -> None:
    job = await m.check("email,code\ncy@example.org,cy20\ndee@example.org,dee\n")
    await create_referrer(m.w.context, m.w.campaign, "eve@example.org", "Eve", "test", "cy20")
    late, made = await m.rows(await m.write(job))
    assert (late.verdict, late.column, late.made) == (RowVerdict.WRONG, "code", None)
    assert late.detail == "“cy20” is the code of another referrer here"
    assert (made.verdict, (made.made or "")[:4]) == (RowVerdict.NEW, "ref_")
    assert await m.whole()


async def test_what_nobody_goes_on_with_is_forgotten(m: Mover) -> None:
    dropped, waiting = await m.read(REFERRERS), await m.check(REFERRERS)
    await drop(m.w.context, m.w.campaign, dropped.id)
    m.w.wait(8 * DAY)
    await tidy(m.w.context)
    assert waiting.status is ImportStatus.CHECKED
    for table in ("imports", "import_parts", "import_rows", "import_keys"):
        assert await m.w.count(table) == 0
