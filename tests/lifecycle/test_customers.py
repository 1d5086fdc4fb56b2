"""Existing customers: uploaded, added, removed; and what becomes of those who are one."""

from __future__ import annotations

import io

import pytest

from goodword.clock import DAY
from goodword.leads import customers
from goodword.lifecycle.customers import (
    MOST_WRONG,
    Uploaded,
    add_customer,
    remove_customer,
    upload_customers,
)
from goodword.lifecycle.deed import Done
from goodword.lifecycle.set_up import Refused
from goodword.lifecycle.undo import undo
from goodword.model import LeadStatus, Reason, Status
from goodword.sheets import Unreadable
from lifecycle.world import START, World

OWNER = "owner@shop.example"
CY = "cy@example.org"
DAY_BEFORE = "2026-11-01"


async def upload(w: World, *lines: str) -> Uploaded:
    file = io.BytesIO("\n".join(lines).encode())
    return await upload_customers(w.context, w.campaign, file, OWNER, "customers.csv")


async def add(w: World, email: str, since: int | None = None) -> Done:
    return await add_customer(w.context, w.campaign, email, since, OWNER)


async def since(w: World, email: str) -> int | None:
    async with w.context.storage.read() as db:
        return await customers.since(db, w.campaign.id, email)


async def test_a_file_makes_customers_known_from_its_day_or_from_now(w: World) -> None:
    done = await upload(w, "mail;since", f"Cy@Example.org;{DAY_BEFORE}", "dee@example.org;")
    assert (done.new, done.rows, done.not_understood) == (2, 2, 0)
    assert await since(w, CY) == 1_793_491_200_000
    assert await since(w, "dee@example.org") == START


async def test_the_earliest_day_is_kept_within_a_file_and_from_file_to_file(w: World) -> None:
    await upload(w, "mail,since", f"{CY},2026-11-05", f"{CY},{DAY_BEFORE}", f"{CY},2026-11-09")
    w.wait(DAY)
    again = await upload(w, CY, CY)
    assert (again.new, again.rows, again.deed) == (0, 2, None)
    assert await since(w, CY) == 1_793_491_200_000


async def test_rows_that_are_not_understood_leave_the_others_in(w: World) -> None:
    bad = [f"nobody-{number}" for number in range(MOST_WRONG + 5)]
    done = await upload(w, CY, *bad)
    assert (done.new, done.not_understood, len(done.wrong)) == (1, MOST_WRONG + 5, MOST_WRONG)
    assert done.wrong[0].number == 2


async def test_a_file_that_breaks_off_in_the_middle_leaves_nobody_behind(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goodword.lifecycle.customers._BATCH", 2)
    put, calls = customers.put, list[int]()

    async def fails(*args: object) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise OSError("the disk is gone")
        await put(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(customers, "put", fails)
    with pytest.raises(Exception, match="the disk is gone"):
        await upload(w, *(f"c{number}@example.org" for number in range(9)))
    assert await w.count("customers") == 0


async def test_what_is_no_list_of_customers_changes_nothing(w: World) -> None:
    with pytest.raises(Unreadable):
        await upload(w, "name", "Ada")
    assert await w.count("customers") == 0


async def test_an_existing_customer_is_no_new_lead(w: World) -> None:
    await upload(w, CY)
    visit = await w.visit()
    answer = await w.sign_up(token=visit.token, email="CY+shop@Example.org")
    assert (answer.status, answer.reason) == (Status.REJECTED, Reason.EXISTING_CUSTOMER)
    lead = await w.only_lead()
    assert (lead.status, lead.reason) == (LeadStatus.REJECTED, Reason.EXISTING_CUSTOMER)


async def test_an_existing_customer_who_buys_through_a_link_earns_nobody_a_reward(
    w: World,
) -> None:
    await upload(w, CY)
    visit = await w.visit()
    answer = await w.convert(token=visit.token, email=CY, order="1")
    assert (answer.status, answer.reason) == (Status.REJECTED, Reason.EXISTING_CUSTOMER)
    assert await w.count("rewards") == 0


async def test_who_is_told_to_have_been_a_customer_before_joining_qualifies_no_more(
    w: World,
) -> None:
    visit = await w.visit()
    await w.sign_up(token=visit.token, email=CY)
    await upload(w, "mail,since", f"{CY},{DAY_BEFORE}")
    answer = await w.convert(token=visit.token, order="1")
    assert (answer.status, answer.reason) == (Status.REJECTED, Reason.EXISTING_CUSTOMER)
    assert (await w.only_lead()).status is LeadStatus.PENDING


async def test_who_became_a_customer_by_the_referral_stays_a_genuine_lead(w: World) -> None:
    visit = await w.visit()
    await w.sign_up(token=visit.token, email=CY)
    w.wait(DAY)
    await upload(w, CY)
    assert (await w.convert(token=visit.token, order="1")).status is Status.COUNTED


async def test_a_name_that_comes_after_the_conversion_is_looked_up_too(w: World) -> None:
    await upload(w, CY)
    w.wait(DAY)
    visit = await w.visit()
    assert (await w.convert(token=visit.token, order="1")).status is Status.COUNTED
    await w.sign_up(token=visit.token, email=CY)
    lead = await w.only_lead()
    assert (lead.status, lead.reason) == (LeadStatus.REJECTED, Reason.EXISTING_CUSTOMER)


async def test_a_genuine_lead_shows_that_the_check_was_passed(w: World) -> None:
    await upload(w, CY)
    visit = await w.visit()
    answer = await w.sign_up(token=visit.token, email="new@example.org")
    checks = (await w.explain(answer.id)).checks
    assert [each.finding for each in checks if each.name == "Existing customer"] == [None]


async def test_one_email_is_added_and_removed_and_each_is_undone(w: World) -> None:
    added = await add(w, "Cy@Example.org", START - DAY)
    assert await since(w, CY) == START - DAY
    assert added.deed is not None
    w.wait(DAY)
    removed = await remove_customer(w.context, w.campaign, CY, OWNER)
    assert await since(w, CY) is None
    assert removed.deed is not None
    await undo(w.context, w.campaign, removed.deed.id, OWNER)
    assert await since(w, CY) == START - DAY
    await undo(w.context, w.campaign, added.deed.id, OWNER)
    assert await since(w, CY) is None


async def test_adding_or_removing_what_is_so_already_says_so(w: World) -> None:
    assert [each.why for each in (await remove_customer(w.context, w.campaign, CY, OWNER)).refused]
    await add(w, CY)
    again = await add(w, CY)
    assert (again.deed, len(again.refused)) == (None, 1)
    with pytest.raises(Refused):
        await add(w, "nobody")


async def test_undoing_an_upload_forgets_whom_it_told_of_first(w: World) -> None:
    await upload(w, CY)
    w.wait(DAY)
    second = await upload(w, CY, "dee@example.org")
    assert second.deed is not None
    assert second.new == 1
    await undo(w.context, w.campaign, second.deed.id, OWNER)
    assert await since(w, CY) == START
    assert await since(w, "dee@example.org") is None
