"""Every path, field and word that the client knows is in the server's OpenAPI document."""

from __future__ import annotations

import ast
import inspect
from decimal import Decimal
from types import NoneType
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from goodword.web.api import OPERATIONS
from goodword.web.api.openapi import BASE, document
from goodword.web.api.problems import PROBLEMS
from goodword_client import client, errors, shapes, tries

Schema = dict[str, Any]
DOCUMENT = document(OPERATIONS, {})
COMPONENTS: dict[str, Schema] = DOCUMENT["components"]["schemas"]

CALLS = {
    "lead": ("post", "/leads", shapes.NewLead, shapes.Lead),
    "referrer": ("post", "/referrers", shapes.NewReferrer, shapes.Referrer),
    "convert": ("post", "/conversions", shapes.NewConversion, shapes.Conversion),
    "refund": ("post", "/refunds", shapes.NewRefund, shapes.Refund),
    "qualify": ("put", "/leads/qualification", shapes.NamedLead, shapes.Lead),
}
"""Each method of the client: its call, what it says, what it is answered."""

every_call = pytest.mark.parametrize(
    ("method", "path", "said", "answer"), CALLS.values(), ids=CALLS
)


def resolved(schema: Schema, components: dict[str, Schema]) -> Schema:
    if "$ref" in schema:
        return components[schema["$ref"].rpartition("/")[2]]
    return schema


def types(schema: Schema, components: dict[str, Schema]) -> set[str]:
    """The JSON types that a schema takes; `any` where it takes all."""
    schema = resolved(schema, components)
    if "anyOf" in schema:
        return set[str]().union(*(types(each, components) for each in schema["anyOf"]))
    if "enum" in schema:
        return {"null" if each is None else "string" for each in schema["enum"]}
    said = schema.get("type", "any")
    return {said} if isinstance(said, str) else set(said)


def words(schema: Schema, components: dict[str, Schema]) -> set[str]:
    """The words that a schema spells out."""
    schema = resolved(schema, components)
    inner = [words(each, components) for each in schema.get("anyOf", ())]
    return set(schema.get("enum", ())).union(*inner)


def sent_as(hint: Any) -> set[str]:
    """The JSON types that a value of this Python type is sent as; None is never sent."""
    kinds = {str: "string", Decimal: "string", int: "integer", NoneType: ""}
    return {kinds[each] for each in get_args(hint) or (hint,)} - {""}


def of_client(kind: Any) -> tuple[Schema, dict[str, Schema]]:
    [schema], components = msgspec.json.schema_components([kind])
    return resolved(schema, components), components


def operation(method: str, path: str) -> Schema:
    found: Schema = DOCUMENT["paths"][path][method]
    return found


def body_of(method: str, path: str) -> Schema:
    content = operation(method, path)["requestBody"]["content"]["application/json"]
    return resolved(content["schema"], COMPONENTS)


def answers_of(method: str, path: str) -> list[Schema]:
    return [
        resolved(answer["content"]["application/json"]["schema"], COMPONENTS)
        for status, answer in operation(method, path)["responses"].items()
        if status.startswith("2")
    ]


def test_every_method_is_in_the_table() -> None:
    for kind in (client.Goodword, client.AsyncGoodword):
        methods = {name for name, _ in inspect.getmembers(kind, inspect.isfunction)}
        assert {name for name in methods if not name.startswith("_")} == {*CALLS, "close"}


def test_the_paths_in_the_code_are_those_of_the_table() -> None:
    tree = ast.parse(inspect.getsource(client))
    strings = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    paths = {each for each in strings if isinstance(each, str) and each[:1] == "/" != each}
    assert paths == {path for _, path, _, _ in CALLS.values()} | {BASE}


@every_call
def test_what_is_said_is_taken(method: str, path: str, said: Any, answer: Any) -> None:
    theirs, ours = body_of(method, path), get_type_hints(said)
    assert set(ours) <= set(theirs["properties"])
    own = {"qualified"} if path == "/leads/qualification" else set()
    assert set(theirs.get("required", ())) - own == said.__required_keys__
    for name, hint in ours.items():
        taken = types(theirs["properties"][name], COMPONENTS)
        assert taken == {"any"} or sent_as(hint) <= taken, name


@every_call
def test_what_is_answered_is_as_it_is_typed(method: str, path: str, said: Any, answer: Any) -> None:
    ours, components = of_client(answer)
    for theirs in answers_of(method, path):
        compare(ours, components, theirs)


def compare(ours: Schema, components: dict[str, Schema], theirs: Schema) -> None:
    """Each field of ours is there, of a type that ours takes, with the very words ours spells."""
    assert set(ours["properties"]) <= set(theirs["properties"])
    assert set(ours["required"]) <= set(theirs["required"])
    for name, schema in ours["properties"].items():
        told = theirs["properties"][name]
        assert types(told, COMPONENTS) <= types(schema, components), name
        if words(schema, components):
            assert words(schema, components) == words(told, COMPONENTS), name


def test_a_refund_shows_its_conversion_as_it_is_typed() -> None:
    ours, components = of_client(shapes.Conversion)
    without = {name: each for name, each in ours["properties"].items() if name != "dup"}
    shown = COMPONENTS["Refunded"]["properties"]["conversion"]["anyOf"]
    [conversion] = [resolved(each, COMPONENTS) for each in shown if "$ref" in each]
    compare(ours | {"properties": without}, components, conversion)


def test_every_post_takes_a_key() -> None:
    for method, path, _, _ in CALLS.values():
        named = [each["name"] for each in operation(method, path)["parameters"]]
        assert ("Idempotency-Key" in named) == (method == "post")


def test_every_status_of_a_problem_has_its_error() -> None:
    for word, (status, _) in PROBLEMS.items():
        error = errors.refusal(status, {"type": f"urn:goodword:problem:{word}"}, None)
        later = word in ("timeout", "too_many", "internal", "unavailable")
        assert isinstance(error, errors.TryLater) == later
        if word != "method_not_allowed":
            assert type(error) is not errors.Refused
    assert ":in_progress" in inspect.getsource(tries)
    assert PROBLEMS["in_progress"][0] == 409


def test_the_fields_of_a_problem_are_those_of_the_document() -> None:
    assert {"type", "detail", "field", "allowed"} <= set(COMPONENTS["ProblemDetails"]["properties"])
