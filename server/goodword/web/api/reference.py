"""The OpenAPI document as a page shows it: sections, calls, fields in words. Data in, data out."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
Piece = tuple[str, str]
"""Some words, and the name of the object that they link to, or nothing."""

_MOST_WORDS = 20
_FORMATS = {"date-time": "time", "date": "date"}


@dataclass(frozen=True, slots=True)
class Field:
    """One part of a body, a query or an answer."""

    name: str
    kind: Sequence[Piece]
    required: bool
    note: str


@dataclass(frozen=True, slots=True)
class Thing:
    """One object that answers have; `words` instead of fields where it is a word."""

    name: str
    note: str
    fields: Sequence[Field]
    words: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallText:
    """One call. `answers` are its statuses with what they carry."""

    name: str
    method: str
    path: str
    summary: str
    scope: str
    curl: str
    parameters: Sequence[Field]
    body_note: str
    body: Sequence[Field]
    answers: Sequence[tuple[str, Sequence[Piece]]]


@dataclass(frozen=True, slots=True)
class Section:
    """What one resource has: its calls, and the objects that its answers are made of."""

    name: str
    calls: Sequence[CallText]
    things: Sequence[Thing]


def sections(document: Schema) -> list[Section]:
    """Every call of the document and every object of its answers, each once."""
    base: str = document["servers"][0]["url"]
    kinds: Mapping[str, Schema] = document["components"]["schemas"]
    found: dict[str, list[tuple[CallText, Schema]]] = {}
    # A list and what makes a new thing come before what is done with one.
    for path, known in sorted(document["paths"].items(), key=lambda each: each[0].count("/")):
        for method, said in known.items():
            for tag in said.get("tags", ()):
                call = _call(base, method, path, said, kinds)
                found.setdefault(tag, []).append((call, said))
    seen: set[str] = set()
    return [
        Section(tag, [call for call, _ in calls], list(_things(calls, kinds, seen)))
        for tag, calls in found.items()
    ]


def _call(base: str, method: str, path: str, said: Schema, kinds: Mapping[str, Schema]) -> CallText:
    content: Schema = said.get("requestBody", {}).get("content", {}).get("application/json", {})
    body = _meant(content.get("schema", {}), kinds)
    return CallText(
        name=said["operationId"],
        method=method.upper(),
        path=base + path,
        summary=said["summary"],
        scope="read" if method == "get" else "write",
        curl=curl(method.upper(), base + path, content.get("example")),
        parameters=[_parameter(each, kinds) for each in said.get("parameters", ())],
        body_note=_note(body),
        body=_fields(body, kinds),
        answers=[
            (status, _kind(_carried(answer), kinds))
            for status, answer in said["responses"].items()
            if status != "default"
        ],
    )


def curl(method: str, path: str, example: object) -> str:
    """The call as a command line that needs `URL`, `KEY` and, for one thing, `ID`."""
    url = f'"$URL{path.replace("{id}", "$ID")}"'
    verb = "" if method == "GET" else f" -X {method}"
    lines = [f"curl -sS --fail-with-body{verb} {url}", '-H "Authorization: Bearer $KEY"']
    if example is not None:
        body = shlex.quote(json.dumps(example, ensure_ascii=False))
        lines += ['-H "Content-Type: application/json"', f"-d {body}"]
    return " \\\n  ".join(lines)


def _parameter(said: Schema, kinds: Mapping[str, Schema]) -> Field:
    where = {"path": "in the path", "header": "a header"}.get(said["in"], "")
    note = said.get("description", "") or _note(said["schema"])
    default = said["schema"].get("default")
    text = ". ".join(filter(None, (where, note, f"default {default}" if default else "")))
    return Field(said["name"], _kind(said["schema"], kinds), said["required"], _sentence(text))


def _fields(schema: Schema, kinds: Mapping[str, Schema]) -> list[Field]:
    required = schema.get("required", ())
    return [
        Field(name, _kind(each, kinds), name in required, _sentence(_note(each)))
        for name, each in schema.get("properties", {}).items()
    ]


def _things(
    calls: Sequence[tuple[CallText, Schema]], kinds: Mapping[str, Schema], seen: set[str]
) -> Iterator[Thing]:
    """The objects that these answers have, with those inside them, unless seen before."""
    open_ = [name for _, said in calls for name in _named(said["responses"])]
    while open_:
        name = open_.pop(0)
        if name in seen:
            continue
        seen.add(name)
        open_ += _named(kinds[name])
        if not _is_page(kinds[name]):
            words = [str(word) for word in kinds[name].get("enum", ())]
            yield Thing(name, _note(kinds[name]), _fields(kinds[name], kinds), words)


def _named(said: object) -> Iterator[str]:
    """The schemas that are referred to anywhere in it."""
    if isinstance(said, Mapping):
        if "$ref" in said and "/schemas/" in said["$ref"]:
            yield said["$ref"].rpartition("/")[2]
        for each in said.values():
            yield from _named(each)
    elif isinstance(said, list | tuple):
        for each in said:
            yield from _named(each)


def _kind(schema: Schema, kinds: Mapping[str, Schema]) -> list[Piece]:
    """What may stand there, in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if _is_page(kinds[name]):
            return [("a page of ", ""), *_kind(kinds[name]["properties"]["data"]["items"], kinds)]
        return [(name, name)]
    if "anyOf" in schema and "type" not in schema:
        choices = [each for each in schema["anyOf"] if each.get("type") != "null"]
        parts = [_kind(each, kinds) for each in choices]
        null = len(choices) < len(schema["anyOf"]) and "default" not in schema
        return _either([*parts, [("null", "")]] if null else parts)
    if schema.get("type") == "array":
        return [("list of ", ""), *_kind(schema["items"], kinds)]
    return [(_plain(schema), "")]


def _either(parts: Sequence[list[Piece]]) -> list[Piece]:
    joined = list(parts[0])
    for part in parts[1:]:
        joined += [(" or ", ""), *part]
    return joined


def _plain(schema: Schema) -> str:
    if "enum" in schema:
        words = list(dict.fromkeys(str(word).lower() for word in schema["enum"]))
        return ", ".join(words) if len(words) <= _MOST_WORDS else "ISO 4217 code"
    types = schema.get("type", "anything")
    named = [types] if isinstance(types, str) else [each for each in types if each != "null"]
    return " or ".join(_simple(each, schema) for each in named)


def _simple(name: str, schema: Schema) -> str:
    match name:
        case "string":
            if "_[0-9a-f]{32}" in schema.get("pattern", ""):
                return "id"
            text = _FORMATS.get(schema.get("format", ""), "text")
            most = schema.get("maxLength")
            return f"{text}, up to {most:,} characters" if most else text
        case "integer":
            low, high = schema.get("minimum"), schema.get("maximum")
            return f"{low} to {high}" if high is not None and high < 10**6 else "whole number"
        case "boolean":
            return "true or false"
    return name


def _meant(schema: Schema, kinds: Mapping[str, Schema]) -> Schema:
    return kinds[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _carried(answer: Schema) -> Schema:
    for content in answer.get("content", {}).values():
        found: Schema = content["schema"]
        return found
    return {"type": "no body"}


def _is_page(schema: Schema) -> bool:
    return str(schema.get("title", "")).startswith("Page[")


def _note(schema: Schema) -> str:
    return " ".join(str(schema.get("description", "")).split())


def _sentence(text: str) -> str:
    """With a capital, unless it begins with a name."""
    return text[:1].upper() + text[1:]
