"""The reference page: its calls run as they stand, and what it says of answers is so."""

from __future__ import annotations

import pytest

from conftest import Serve
from doc_calls import calls_of, compare, page, run
from goodword.web.api import OPERATIONS
from goodword.web.api.problems import PROBLEMS
from installation import Installation

PAGE = page("api.md")


def test_the_calls_run_as_they_stand(cli: Installation, live_server: Serve) -> None:
    shop = ("--name", "Shop", "--origin", "https://shop.example", "--reward", "10.00")
    campaign = cli.json("campaign", "create", *shop)
    key = cli.json("apikey", "create", "--campaign", campaign["id"])["key"]
    url = live_server().url
    calls = list(calls_of(PAGE))
    assert len(calls) >= 8
    for call, shown in calls:
        compare(run(call, URL=url, KEY=key), shown)


@pytest.mark.parametrize("word", sorted(PROBLEMS))
def test_every_problem_is_in_the_page(word: str) -> None:
    status, _ = PROBLEMS[word]
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| {status} |")]
    assert f"`{word}`" in row


def test_every_operation_and_filter_is_in_the_page() -> None:
    for operation in OPERATIONS:
        assert operation.path.split("{")[0].rstrip("/") in PAGE
        if operation.path.count("/") == 1 and operation.method == "GET":
            for field in operation.query.__struct_fields__:
                assert f"`{field.rstrip('_')}`" in PAGE or field in ("from_", "to")
