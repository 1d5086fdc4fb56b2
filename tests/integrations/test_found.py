"""Whom a search means, and records in the order in which they were asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from goodword.integrations.found import in_order, meant
from goodword.model import Ref, Snapshot


def person(id_: str, at: int | None, **fields: str) -> Snapshot:
    return Snapshot(Ref("person", id_), fields, created_at=at)


def test_ours_is_meant_whatever_is_older() -> None:
    found = [person("1", 1), person("2", 3, code="ABC"), person("3", 2, code="ABC")]
    assert meant(found, "ABC", ["code"]) == found[2]
    assert meant(found, "ABC", []) == found[0]
    assert meant(found, "", ["code"]) == found[0]
    assert meant([], "ABC", ["code"]) is None


def test_who_can_be_written_to_is_meant_and_is_as_old_as_the_oldest() -> None:
    found = [person("1", 5), person("2", 1, converted="true"), person("3", None)]
    told = meant(found[:2], "", [], fixed="converted")
    assert told == person("1", 1)
    assert meant(found[1:2], "", [], fixed="converted") == found[1]
    assert meant(found[2:], "", []) == found[2]


@given(
    asked=st.lists(st.sampled_from("abcd"), unique=True),
    there=st.lists(st.sampled_from("abcd"), unique=True),
)
def test_every_record_is_answered_in_order_and_once(asked: list[str], there: list[str]) -> None:
    links = {"a": (Ref("deal", "7"),)}
    read = in_order([Ref("person", each) for each in asked], [person(e, 1) for e in there], links)
    assert [each.ref.id for each in read] == asked
    assert [each.gone for each in read] == [each not in there for each in asked]
    assert [each.links for each in read] == [links.get(each, ()) for each in asked]
