"""The pages for Zapier, n8n and Make: every name and address in them is as it is here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from goodword.notifications.decide import example
from goodword.web.api import OPERATIONS
from goodword.web.api.qualification import Qualification
from house.tree import ROOT, files
from recipes import OF_HOOKS

PAGES = {name: (ROOT / f"server/docs/{name}.md").read_text() for name in ("zapier", "n8n", "make")}

every_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())


def shown_in_admin_and_apps() -> str:
    """What the admin's pages, the Zapier app and the n8n workflow are made of."""
    sources = files("server/goodword/web", "server/zapier", "server/docs/n8n")
    wanted = (".html", ".py", ".js", ".json")
    return "\n".join(path.read_text() for path in sources if path.suffix in wanted)


def names(value: object, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every field in a message."""
    yield above
    if isinstance(value, dict):
        for name, each in value.items():
            yield from names(each, (*above, name))


@every_page
def test_every_label_is_one_of_ours(page: str) -> None:
    labels = set(re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", re.sub(r"`[^`]*`", "", page)))
    known = shown_in_admin_and_apps()
    assert labels
    assert [label for label in labels if label not in known] == []


@every_page
def test_every_address_is_one_of_ours(page: str) -> None:
    paths = {re.sub(r"{\w+}", "", each.path).rstrip("/") for each in OPERATIONS}
    named = re.findall(r"https://go\.shop\.example/api/v1([/\w{}]*)", page)
    assert named
    assert [path for path in named if re.sub(r"{\w+}", "", path).rstrip("/") not in paths] == []


@every_page
def test_every_field_of_a_message_is_there(page: str) -> None:
    message = json.loads(example("act_1", "camp_1", 0))
    known = set(names(message))
    spelled = re.findall(r"`data((?:__\w+?)+|(?:\.\w+)+)`", page)
    assert spelled
    assert [path for path in spelled if ("data", *re.split(r"__|\.", path)[1:]) not in known] == []


@pytest.mark.parametrize("page", [PAGES["zapier"], PAGES["make"]], ids=["zapier", "make"])
def test_every_result_of_the_inbound_webhook_is_told(page: str) -> None:
    assert [each for each in OF_HOOKS if f"`{each}`" not in page] == []


@pytest.mark.parametrize("page", [PAGES["zapier"], PAGES["make"]], ids=["zapier", "make"])
def test_every_body_can_be_sent_as_it_stands(page: str) -> None:
    bodies = re.findall(r"`({\"[^`]+})`", page)
    assert bodies
    for body in bodies:
        said = msgspec.json.decode(body, type=Qualification)
        assert (said.email, said.qualified) == ("grace@example.org", True)


CALL = re.compile(
    r"^\|[^|]*\| `(?:(?P<method>[A-Z]+) )?https://go\.shop\.example/api/v1(?P<path>[/\w{}]+)`"
    r" \| (?P<fields>[^|]*) \|$",
    re.MULTILINE,
)


@pytest.mark.parametrize("name", ["zapier", "n8n"])
def test_every_call_takes_the_fields_it_is_shown_with(name: str) -> None:
    known: dict[tuple[str, str], Any] = {(each.method, each.path): each for each in OPERATIONS}
    calls = list(CALL.finditer(PAGES[name]))
    assert len(calls) >= 2
    for call in calls:
        operation = known[call["method"] or "POST", call["path"]]
        fields = re.findall(r"`(\w+)`", call["fields"].partition(";")[0])
        assert set(fields) <= set(operation.body.__struct_fields__)
