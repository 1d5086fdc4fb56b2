"""A CRM that does not exist, on the frame as the page for developers tells: people and orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from hmac import new as hmac
from typing import Any

from goodword.integrations.base import (
    APP,
    Api,
    Crm,
    Failed,
    Field,
    Grant,
    Heard,
    Hint,
    Input,
    Login,
    Reply,
    Request,
    Subscription,
    Target,
    Trouble,
    after,
    prove,
    unless,
)
from goodword.integrations.found import in_order, meant
from goodword.integrations.values import json_of, text_of
from goodword.model import Ref, RuleKind, Snapshot

PERSON, ORDER = "person", "order"
_BASE = "https://api.abacus.example/v1"
_STAGES = ("open", "packed", "won")


class Abacus(Crm):
    name = "abacus"
    title = "Abacus"
    logins = (
        Login(
            name="key",
            title="Key",
            steps=("Make a key in Abacus.", "Paste it here."),
            inputs=(Input("key", "Key", secret=True),),
            base=_BASE,
            headers={"authorization": "Key {key}"},
        ),
        Login(
            name="oauth",
            title="App, connected by OAuth",
            steps=(
                "In Abacus: make an app with the redirect address {redirect}.",
                "Paste its client id and secret here, and press Connect.",
            ),
            inputs=APP,
            base=_BASE,
            grant=Grant.CODE,
            authorize_url="https://abacus.example/oauth/authorize",
            token_url="https://abacus.example/oauth/token",
            lifetime=3600,
        ),
    )
    targets = (
        Target(
            name=PERSON,
            title="Person",
            rules=(RuleKind.NONE, RuleKind.FIELD, RuleKind.CONVERTED, RuleKind.CONVERTED_STAGE),
            fields={"email": "mail", "name": "name", "code": "code"},
            status="mood",
            linked=ORDER,
            stage="stage",
            amount="total",
            currency="money",
        ),
    )
    batch = 2

    def refusal(self, reply: Reply, kind: Trouble) -> Failed:
        twin = reply.told.get("is") if kind is Trouble.DUPLICATE else None
        ref = Ref(PERSON, twin) if twin else None
        return self.failed(reply, kind, text_of(reply.told.get("error")), rest=60, ref=ref)

    async def check(self, api: Api) -> str:
        return text_of((await api.call("GET", "/me")).data["name"])

    async def choices(self, api: Api, object_: str) -> list[Field]:
        names = (await api.call("GET", f"/fields/{object_}")).data
        return [Field(name, name.capitalize()) for name in names]

    async def find(
        self, api: Api, object_: str, email: str, code: str, fields: Sequence[str]
    ) -> Snapshot | None:
        ways = {"code": code, "mail": email}
        asked = [{name: text} for name, text in ways.items() if text]
        rows = [row for query in asked for row in await _pages(api, "/people", query)]
        return meant([_snapshot(PERSON, row) for row in rows], code, fields)

    async def create(self, api: Api, object_: str, values: Mapping[str, str]) -> Ref:
        return Ref(PERSON, (await api.call("POST", "/people", json=dict(values))).data["id"])

    async def update(self, api: Api, ref: Ref, values: Mapping[str, str]) -> None:
        await api.call("PATCH", f"/people/{ref.id}", json=dict(values))

    async def read(self, api: Api, refs: Sequence[Ref], fields: Sequence[str]) -> list[Snapshot]:
        """A person who was merged is told as who they became."""
        kind = refs[0].object
        path = "/people" if kind == PERSON else "/orders"
        rows = await _pages(api, path, {"ids": ",".join(ref.id for ref in refs)})
        return in_order(refs, [_snapshot(kind, row) for row in rows])

    async def later(self, api: Api, object_: str, field: str, value: str) -> Sequence[str]:
        return after(_STAGES, value) if field == "stage" else ()

    async def subscribe(
        self, api: Api, url: str, secret: str, before: str, now: int
    ) -> Subscription | None:
        """Abacus makes the key that signs, and shows it when the hook is made: it is kept in what
        comes back as `before`."""
        id_, _, key = before.partition(" ")
        if id_ and await unless(Trouble.GONE, api.call("GET", f"/hooks/{id_}")) is not None:
            return Subscription(before, secret=key)
        made = (await api.call("POST", "/hooks", json={"url": url})).data
        return Subscription(f"{made['id']} {made['key']}", secret=made["key"])

    def heard(self, request: Request, secret: str, inputs: Mapping[str, str]) -> Heard:
        """The key is told in hexadecimal, and signs the body."""
        right = hmac(bytes.fromhex(secret), request.body, sha256).hexdigest()
        prove(right, request.headers.get("x-abacus", ""), "it is not signed with the hook's key")
        told = json_of(request.body)
        kind, id_ = told["kind"], text_of(told["id"])
        if kind not in (PERSON, ORDER) or not id_.isascii() or not id_.isalnum():
            return Heard(about=text_of(kind))
        return Heard((Hint(Ref(kind, id_), text_of(told["event"]), text_of(told["what"])),))

    def link(self, ref: Ref, inputs: Mapping[str, str]) -> str:
        return f"https://abacus.example/{inputs['account']}/{ref.id}"


async def _pages(api: Api, path: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every row of a list, page by page."""
    told = (await api.call("GET", path, query=query)).data
    rows = list(told["rows"])
    while told["next"]:
        told = (await api.call("GET", path, query={**query, "from": told["next"]})).data
        rows += told["rows"]
    return rows


def _snapshot(kind: str, told: Mapping[str, Any]) -> Snapshot:
    fields = {name: text_of(value) for name, value in told.items() if name != "of"}
    links = tuple(Ref(ORDER if kind == PERSON else PERSON, each) for each in told["of"])
    into = Ref(kind, told["into"]) if told.get("into") else None
    return Snapshot(Ref(kind, told["id"]), fields, links, told["made"], merged=into)
