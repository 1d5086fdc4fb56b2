"""The OpenAPI 3.1 document, made from the very table of routes and the structs it names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from goodword import __version__
from goodword.web.api.call import Naming, Nothing, Operation
from goodword.web.api.examples import EXAMPLES
from goodword.web.api.links import Links
from goodword.web.api.problems import MEDIA_TYPE, ProblemDetails

BASE = "/api/v1"
DOCUMENT = "/openapi.json"
_REF = "#/components/schemas/{name}"

Schema = dict[str, Any]
Operations = Sequence[Operation[Any, Any]]


def document(operations: Operations, others: Mapping[str, Schema]) -> Schema:
    """The whole document, as a value to be encoded; `others` are paths that describe themselves."""
    schemas = _Schemas(operations)
    links = Links(operations)
    paths: dict[str, Schema] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _describe(
            operation, schemas, links
        )
    paths |= others
    paths[DOCUMENT] = {"get": _OWN}
    return {
        "openapi": "3.1.0",
        "info": {"title": "goodword", "version": __version__},
        "servers": [{"url": BASE}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "headers": _FIELDS,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas.components,
        },
    }


_FIELDS: Schema = {
    "RateLimit-Policy": {
        "description": "How often the key may call: `q` calls in `w` seconds",
        "schema": {"type": "string", "examples": ['"key";q=60000;w=60']},
    },
    "RateLimit": {
        "description": "What is left of it: `r` calls, for `t` more seconds",
        "schema": {"type": "string", "examples": ['"key";r=59999;t=42']},
    },
    "ETag": {
        "description": "Changes with the answer; send it as If-None-Match",
        "schema": {"type": "string"},
    },
}
_OWN: Schema = {
    "operationId": "get_openapi",
    "summary": "This document",
    "security": [],
    "responses": {
        "200": {
            "description": "OpenAPI 3.1",
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    },
}


class _Schemas:
    """The schemas of every struct that a route takes or gives."""

    def __init__(self, operations: Operations) -> None:
        kinds = {kind for each in operations for kind in (each.body, each.answer)}
        ordered = [*sorted(kinds - {Nothing}, key=str), ProblemDetails]
        found, self.components = msgspec.json.schema_components(ordered, ref_template=_REF)
        self._of = dict(zip(map(str, ordered), found, strict=True))
        for kind in ordered:
            naming: Naming | None = getattr(kind, "naming", None)
            if naming is not None:
                self.components[kind.__name__] |= _named(naming)

    def of(self, kind: Any) -> Schema:
        return self._of[str(kind)]


def _named(naming: Naming) -> Schema:
    said = {"type": ["string", "integer"], "minLength": 1}
    return {
        naming.how: [{"required": [field], "properties": {field: said}} for field in naming.fields]
    }


def _describe(operation: Operation[Any, Any], schemas: _Schemas, links: Links) -> Schema:
    said: Schema = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.path.split("/")[1]],
        "parameters": [*_path(operation), *_query(operation), *_headers(operation)],
        "responses": _responses(operation, schemas, links),
    }
    if operation.body is not Nothing:
        content = {"schema": schemas.of(operation.body), "example": EXAMPLES.get(operation.name)}
        said["requestBody"] = {
            "required": not operation.optional_body,
            "content": {"application/json": content},
        }
    return said


def _responses(operation: Operation[Any, Any], schemas: _Schemas, links: Links) -> Schema:
    done = {
        "description": "Done",
        "headers": _told("ETag") if operation.reads else _told(),
        "content": {"application/json": {"schema": schemas.of(operation.answer)}},
        "links": links.of(operation),
    }
    refused = {
        "description": "Refused",
        "headers": _told(),
        "content": {MEDIA_TYPE: {"schema": schemas.of(ProblemDetails)}},
    }
    same = {"304": {"description": "As it was", "headers": _told("ETag")}}
    good = {str(status): done for status in (operation.status, *operation.also)}
    return {**good, **(same if operation.reads else {}), "default": refused}


def _told(*more: str) -> Schema:
    """The fields of an answer; without a limit those that tell it are not there."""
    names = ("RateLimit-Policy", "RateLimit", *more)
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _path(operation: Operation[Any, Any]) -> list[Schema]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _id(operation.path)}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]


def _id(path: str) -> Schema:
    prefix = _PREFIXES[path.split("/")[1]]
    example = f"{prefix}_019a8c5c6f1e7d0a4b1c2d3e4f506172"
    return {"type": "string", "pattern": f"^{prefix}_[0-9a-f]{{32}}$", "examples": [example]}


_PREFIXES = {
    "campaigns": "camp",
    "referrers": "ref",
    "leads": "lead",
    "conversions": "conv",
    "refunds": "rfd",
    "rewards": "rwd",
    "webhooks": "wh",
}


def _query(operation: Operation[Any, Any]) -> list[Schema]:
    if operation.query is Nothing:
        return []
    [schema], kinds = msgspec.json.schema_components([operation.query], ref_template=_REF)
    properties = kinds[schema["$ref"].rpartition("/")[2]]["properties"]
    return [
        {"name": name, "in": "query", "required": False, "schema": _given(each, kinds)}
        for name, each in properties.items()
    ]


def _given(schema: Schema, kinds: dict[str, Schema]) -> Schema:
    """What a filter may say: null is a filter that is not there, and words are spelled out."""
    choices = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    [choice] = choices
    if "$ref" in choice:
        choice = kinds[choice["$ref"].rpartition("/")[2]]
    described = {"description": schema["description"]} if "description" in schema else {}
    return {**choice, **described}


def _headers(operation: Operation[Any, Any]) -> list[Schema]:
    if operation.reads:
        summary = "The `ETag` that you have: the answer is 304 as long as it is that one."
        return [_header("If-None-Match", summary, {"type": "string"})]
    if operation.method != "POST":
        return []
    summary = "The same key and call again get the first answer, and change nothing."
    schema = {"type": "string", "pattern": "^[!-~]{1,255}$"}
    return [_header("Idempotency-Key", summary, schema)]


def _header(name: str, summary: str, schema: Schema) -> Schema:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "schema": schema,
        "description": summary,
    }
