"""Long work shows how far it is, and where it stopped."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.access import deeds
from goodword.lifecycle import in_parts
from goodword.model import Deed, RewardStatus
from goodword.storage import Unavailable
from goodword.web import admin_progress
from web.admin_app import Browsing
from web.paying import REWARDS, now_is, ripe_one, text_of
from web.stage import one_engine


@one_engine
async def test_long_work_tells_how_far_it_is_and_ends_at_what_was_done(
    admin: Browsing, monkeypatch: pytest.MonkeyPatch
) -> None:
    w = admin.world
    monkeypatch.setattr(in_parts, "PART", 1)
    ripe = [await ripe_one(w, str(number)) for number in range(6)]
    sent = {"csrf": admin.session.csrf, "campaign": w.campaign.id}
    answer = await admin.client.post(f"{REWARDS}/issue-ripe", data=sent)
    assert answer.status_code == 200
    told = re.findall(r'<p class="turn">So far: (.*?)</p>', answer.text)
    assert told == [f"issued {number} rewards." for number in (4, 5, 6)]
    assert answer.text.startswith("<!doctype html>")
    assert answer.text.rstrip().endswith("</html>")
    assert "&lt;" not in answer.text
    [end] = re.findall(r'http-equiv="refresh" content="0;url=(.*?)"', answer.text)
    page = await admin.get(html.unescape(end))
    assert "Issued 6 rewards." in text_of(page)
    undo = {"deed": re.findall(r'name="deed" value="(.*?)"', page)[0]}
    taken_back = await admin.client.post("/admin/undo", data=sent | undo)
    assert "So far: issued" not in taken_back.text
    assert {(await now_is(w, each)).left for each in ripe} == {0}


@one_engine
async def test_slow_work_tells_how_far_it_is_after_its_second_part(
    admin: Browsing, monkeypatch: pytest.MonkeyPatch
) -> None:
    w = admin.world
    monkeypatch.setattr(in_parts, "PART", 1)
    monkeypatch.setattr(admin_progress, "_PATIENCE", -1.0)
    for number in range(3):
        await ripe_one(w, str(number))
    sent = {"csrf": admin.session.csrf, "campaign": w.campaign.id}
    answer = await admin.client.post(f"{REWARDS}/issue-ripe", data=sent)
    told = re.findall(r'<p class="turn">So far: (.*?)</p>', answer.text)
    assert told == [f"issued {number} rewards." for number in (2, 3)]


@one_engine
async def test_long_work_that_storage_stops_says_that_the_rest_was_left(
    admin: Browsing, monkeypatch: pytest.MonkeyPatch
) -> None:
    w = admin.world
    monkeypatch.setattr(in_parts, "PART", 1)
    ripe = [await ripe_one(w, str(number)) for number in range(6)]
    written, whole = [0], deeds.grow

    async def grow(db: AsyncConnection, deed: Deed) -> None:
        written[0] += 1
        if written[0] == 4:
            raise Unavailable("disk full")
        await whole(db, deed)

    monkeypatch.setattr(deeds, "grow", grow)
    sent = {"csrf": admin.session.csrf, "campaign": w.campaign.id}
    answer = await admin.client.post(f"{REWARDS}/issue-ripe", data=sent)
    assert "It stopped here: the database did not answer." in answer.text
    assert "http-equiv" not in answer.text.partition("So far")[2]
    assert answer.text.rstrip().endswith("</html>")
    issued = [(await now_is(w, each)).status is RewardStatus.ISSUED for each in ripe]
    assert issued == [True] * 4 + [False] * 2
