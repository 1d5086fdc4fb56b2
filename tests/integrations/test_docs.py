"""The pages on integrations: one for each system, and one that tells how to add another."""

from __future__ import annotations

import re

import pytest

from goodword.integrations import SYSTEMS
from goodword.integrations.base import Crm, PaymentSystem
from house.tree import ROOT

PAGES = ROOT / "server/docs/integrations"
ADDING = (PAGES / "adding.md").read_text()


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_has_its_page_double_and_link(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text()
    assert page.startswith("# ")
    assert SYSTEMS[name].title in page
    assert f"]({name}.md)" in (PAGES / "README.md").read_text()
    assert (ROOT / f"tests/doubles/{name}.py").exists()


def test_the_page_for_developers_names_members_that_there_are() -> None:
    named = {each for cell in re.findall(r"^\| (`.*?) \|", ADDING, re.M) for each in words(cell)}
    also = words(ADDING.partition("are there to be overridden")[0].rpartition("\n\n")[2])
    both = dir(Crm) + dir(PaymentSystem) + list(Crm.__annotations__) + ["name", "title", "logins"]
    assert named | also
    assert (named | also) - set(both) == set()


def test_the_page_for_developers_leaves_out_nothing_that_a_system_must_have() -> None:
    wanted = Crm.__abstractmethods__ | PaymentSystem.__abstractmethods__
    assert wanted - words(ADDING) == set()


def words(text: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", text))
