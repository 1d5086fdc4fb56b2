"""The OpenAPI 3.1 document, made from the very table of routes and the structs it names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from goodword import __version__
from goodword.web.api.call import Nothing, Operation
from goodword.web.api.problems import MEDIA_TYPE, ProblemDetails

BASE = "/api/v1"
DOCUMENT = "/openapi.json"
_REF = "#/components/schemas/{name}"

Schema = dict[str, Any]
Operations = list[Operation[Any, Any]]


def document(operations: Operations) -> Schema:
    """The whole document, as a value to be encoded."""
    schemas = _Schemas(operations)
    paths: dict[str, Schema] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _describe(
            operation, schemas
        )
    paths[DOCUMENT] = {"get": _OWN}
    return {
        "openapi": "3.1.0",
        "info": {"title": "goodword", "version": __version__},
        "servers": [{"url": BASE}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas.components,
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

    def of(self, kind: Any) -> Schema:
        return self._of[str(kind)]


def _describe(operation: Operation[Any, Any], schemas: _Schemas) -> Schema:
    said: Schema = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.path.split("/")[1]],
        "parameters": [*_path(operation), *_query(operation), *_headers(operation)],
        "responses": {
            **{str(status): _content(schemas.of(operation.answer)) for status in _good(operation)},
            "default": _problem(schemas),
        },
    }
    if operation.body is not Nothing:
        content = {"application/json": {"schema": schemas.of(operation.body)}}
        said["requestBody"] = {"required": True, "content": content}
    return said


def _good(operation: Operation[Any, Any]) -> Iterable[int]:
    return (operation.status, *operation.also)


def _content(schema: Schema) -> Schema:
    return {"description": "Done", "content": {"application/json": {"schema": schema}}}


def _problem(schemas: _Schemas) -> Schema:
    schema = schemas.of(ProblemDetails)
    return {"description": "Refused", "content": {MEDIA_TYPE: {"schema": schema}}}


def _path(operation: Operation[Any, Any]) -> list[Schema]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]


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
    if operation.method != "POST":
        return []
    schema = {"type": "string", "minLength": 1, "maxLength": 255}
    summary = "The same key and call again get the first answer, and change nothing."
    name = "Idempotency-Key"
    return [
        {"name": name, "in": "header", "required": False, "schema": schema, "description": summary}
    ]
