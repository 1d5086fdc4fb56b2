"""The document describes the very routes that answer, and what they answer."""

from __future__ import annotations

import re
from typing import Any

from starlette.routing import Route

from goodword.lifecycle.context import Context
from goodword.web.api import OPERATIONS, Api, compat
from goodword.web.api.openapi import BASE
from web.api.conftest import Site

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


async def _document(site: Site) -> dict[str, Any]:
    """As anyone may read it, without a key."""
    answer = await site.client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def _paths(context: Context) -> list[str]:
    """What is routed, but for the last door, which is for everything else, and the twins of two
    doors below `/api/v2`."""
    routes = Api(context).routes()
    assert all(isinstance(route, Route) for route in routes)
    twins = [route.path for route in routes if not route.path.startswith(BASE)]
    assert twins == [f"/api/v2{path}" for path in compat.PATHS]
    routes = routes[len(twins) :]
    assert routes[-1].path == BASE + "/{path:path}"
    return [route.path.removeprefix(BASE) for route in routes[:-1]]


async def test_no_route_is_missing_and_none_is_extra(site: Site) -> None:
    document = await _document(site)
    described = {
        (method.upper(), path) for path, known in document["paths"].items() for method in known
    }
    answering = set()
    for path in _paths(site.world.context):
        for method in METHODS:
            answer = await site.client.request(method, BASE + path.replace("{id}", "x"))
            if answer.status_code != 405:
                answering.add((method, path))
                assert answer.status_code == (200 if path == "/openapi.json" else 401)
    assert described == answering
    assert len(described) == len(OPERATIONS) + len(compat.PATHS) + 1


async def test_every_reference_leads_somewhere_and_no_schema_is_idle(site: Site) -> None:
    document = await _document(site)
    assert document["openapi"].startswith("3.1")
    named = set(re.findall(r"#/components/schemas/([\w.-]+)", str(document)))
    assert named == set(document["components"]["schemas"])


async def test_every_operation_has_a_name_of_its_own_and_says_how_it_fails(site: Site) -> None:
    document = await _document(site)
    operations = [each for known in document["paths"].values() for each in known.values()]
    names = [each["operationId"] for each in operations]
    assert len(set(names)) == len(names)
    for each in operations:
        assert each["summary"]
        assert "default" in each["responses"] or each["security"] == []


async def test_every_post_takes_an_idempotency_key_and_every_read_an_etag(site: Site) -> None:
    document = await _document(site)
    for path, known in document["paths"].items():
        for method, each in known.items():
            headers = [one["name"] for one in each.get("parameters", []) if one["in"] == "header"]
            reads = method == "get" and path != "/openapi.json"
            tagged = ["If-None-Match"] if reads else []
            assert headers == (["Idempotency-Key"] if method == "post" else tagged)
            assert ("304" in each["responses"]) is reads


async def test_every_parameter_in_a_path_is_described(site: Site) -> None:
    document = await _document(site)
    for path, known in document["paths"].items():
        for each in known.values():
            said = [one["name"] for one in each.get("parameters", []) if one["in"] == "path"]
            assert said == re.findall(r"{(\w+)}", path)


async def test_answers_have_the_fields_that_the_document_names(site: Site) -> None:
    document = await _document(site)
    lead = await site.new_lead()
    answers = {
        "Lead": lead,
        "Reported": await site.post("/conversions", {"lead_id": lead["id"], "order": "1042"}),
        "Refunded": await site.post("/refunds", {"order": "1042", "amount": "1.00"}),
        "Referrer": await site.get(f"/referrers/{site.world.ada.id}"),
        "Campaign": await site.get(f"/campaigns/{site.world.campaign.id}"),
        "Reward": (await site.get("/rewards"))["data"][0],
        "Activity": (await site.get("/activity"))["data"][0],
        "Stats": await site.get("/stats"),
        "Explanation": await site.get(f"/leads/{lead['id']}/explain"),
        "ProblemDetails": await site.get("/leads?limit=0", 400),
    }
    schemas = document["components"]["schemas"]
    for name, answer in answers.items():
        found = next(each for key, each in schemas.items() if key.split(".")[-1] == name)
        assert set(answer) <= set(found["properties"])
        assert set(found["required"]) <= set(answer)


async def test_every_link_leads_to_a_call_that_takes_what_it_brings(site: Site) -> None:
    document = await _document(site)
    by_name = {
        each["operationId"]: each for known in document["paths"].values() for each in known.values()
    }
    links = [
        link
        for each in by_name.values()
        for answer in each["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    assert {"create_lead", "create_conversion", "qualify_lead"} <= {
        link["operationId"] for link in links
    }
    schemas = document["components"]["schemas"]
    for link in links:
        follows = by_name[link["operationId"]]
        taken = {one["name"] for one in follows.get("parameters", [])}
        assert {name.removeprefix("query.") for name in link.get("parameters", {})} <= taken
        if brought := link.get("requestBody"):
            body = follows["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            assert set(brought) <= set(schemas[body.rpartition("/")[2]]["properties"])
