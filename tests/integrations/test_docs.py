"""The pages on integrations: one for each system, and one that tells how to add another."""

from __future__ import annotations

import re

import pytest

from doubles.base import Double
from goodword.integrations import SYSTEMS
from goodword.integrations.base import Crm, PaymentSystem
from house.tree import ROOT

PAGES = ROOT / "server/docs/integrations"
ADDING = (PAGES / "adding.md").read_text()
REAL = dict(SYSTEMS)
SHARED = (
    *("doubles/base", "doubles/oauth", "doubles/screen", "doubles/store", "integrations/calls"),
    *("integrations/case", "integrations/conftest", "integrations/test_payloads"),
    *("integrations/test_stories", "integrations/test_stories_after", "integrations/test_base"),
)
"""What the tests of all systems have in common."""


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


def test_the_code_on_the_page_is_that_of_the_system_that_passes_every_story() -> None:
    files = ["integrations/abacus.py", "doubles/abacus.py"]
    lines = [(ROOT / "tests" / each).read_text() for each in files]
    flat = _bare("\n".join(lines))
    blocks = re.findall(r"```python\n(.*?)```", ADDING, re.S)
    assert len(blocks) >= 10
    for block in blocks:
        assert _bare(block) in flat, block


def test_the_page_says_all_that_a_double_may_have_and_what_a_payload_says() -> None:
    own = set(Double.__annotations__) - {"title"}
    assert own - words(ADDING) - set(re.findall(r"^(\w+) =", ADDING, re.M)) == set()
    for method in Double.__abstractmethods__ - {"rows", "person", "convert", "merge"}:
        assert f"def {method}(" in ADDING or method in words(ADDING), method


def test_nothing_but_its_own_files_and_its_line_names_a_system() -> None:
    """A new one needs no line anywhere else: neither in the package nor in what all tests share."""
    named = re.compile("|".join([*REAL, *(type(each).__name__ for each in REAL.values())]))
    room = ROOT / "server/goodword/integrations"
    own = [room / "__init__.py", *(path for name in REAL for path in room.glob(f"{name}*.py"))]
    shared = [ROOT / f"tests/{each}.py" for each in SHARED]
    users = [
        p for each in ("lifecycle", "web") for p in (ROOT / "server/goodword" / each).glob("*.py")
    ]
    for path in [*shared, *users, *room.glob("*.py")]:
        if path not in own:
            code = re.sub(r'""".*?"""|#.*|"[^"]*such as[^"]*"', "", path.read_text(), flags=re.S)
            assert named.findall(code) == [], path


def _bare(code: str) -> str:
    return "\n".join(line.strip() for line in code.splitlines() if line.strip())


def words(text: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", text))
