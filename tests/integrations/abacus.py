"""A CRM that does not exist, on the frame as the page for developers tells: people and orders."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac

from goodword.integrations.base import (
    Api,
    BadSignature,
    Crm,
    Failed,
    Field,
    Heard,
    Hint,
    Input,
    Login,
    Reply,
    Request,
    Subscription,
    Target,
    Trouble,
)
from goodword.model import Ref, RuleKind, Snapshot

PERSON, ORDER = "person", "order"


class Abacus(Crm):
    name = "abacus"
    title = "Abacus"
    batch = 2
    logins = (
        Login(
            name="key",
            title="Key",
            steps=("Make a key in Abacus.", "Paste it here."),
            inputs=(Input("key", "Key", secret=True),),
            base="https://api.abacus.example/v1",
            headers={"authorization": "Key {key}"},
        ),
    )
    targets = (
        Target(
            name=PERSON,
            title="Person",
            rules=(RuleKind.FIELD, RuleKind.CONVERTED, RuleKind.CONVERTED_STAGE),
            fields={"email": "mail", "name": "name", "code": "code"},
            status="mood",
            linked=ORDER,
            stage="stage",
            amount="total",
            currency="money",
        ),
    )

    def refusal(self, reply: Reply, kind: Trouble) -> Failed:
        twin = reply.told.get("is") if kind is Trouble.DUPLICATE else None
        return self.failed(reply, kind, reply.text, ref=Ref(PERSON, twin) if twin else None)

    async def check(self, api: Api) -> str:
        return str((await api.call("GET", "/me")).data["name"])

    async def choices(self, api: Api, object_: str) -> list[Field]:
        return [Field(name, name) for name in (await api.call("GET", "/fields")).data]

    async def find(
        self, api: Api, object_: str, email: str, code: str, fields: Sequence[str]
    ) -> Snapshot | None:
        found = (await api.call("GET", "/people", query={"mail": email, "code": code})).data
        return _snapshot(PERSON, found[0]) if found else None

    async def create(self, api: Api, object_: str, values: Mapping[str, str]) -> Ref:
        return Ref(PERSON, (await api.call("POST", "/people", json=dict(values))).data["id"])

    async def update(self, api: Api, ref: Ref, values: Mapping[str, str]) -> None:
        await api.call("PATCH", f"/people/{ref.id}", json=dict(values))

    async def read(self, api: Api, refs: Sequence[Ref], fields: Sequence[str]) -> list[Snapshot]:
        kind = refs[0].object
        query = {"ids": ",".join(ref.id for ref in refs)}
        path = "/people" if kind == PERSON else "/orders"
        found = {each["id"]: each for each in (await api.call("GET", path, query=query)).data}
        return [
            _snapshot(kind, found[ref.id]) if ref.id in found else Snapshot(ref, gone=True)
            for ref in refs
        ]

    def link(self, ref: Ref, inputs: Mapping[str, str]) -> str:
        return f"https://abacus.example/{inputs['account']}/{ref.id}"

    async def subscribe(
        self, api: Api, url: str, secret: str, before: str, now: int
    ) -> Subscription | None:
        made = await api.call("PUT", "/hook", json={"url": url, "secret": secret})
        return Subscription(made.data["id"])

    def heard(self, request: Request, secret: str, inputs: Mapping[str, str]) -> Heard:
        right = hmac(secret.encode(), request.body, sha256).hexdigest()
        if not compare_digest(right, request.headers.get("x-abacus", "")):
            raise BadSignature
        said = json.loads(request.body)
        if said["kind"] not in (PERSON, ORDER):
            return Heard(about=said["kind"])
        return Heard((Hint(Ref(said["kind"], said["id"]), said["event"], said["what"]),))


def _snapshot(kind: str, said: Mapping[str, str]) -> Snapshot:
    links = tuple(
        Ref(ORDER if kind == PERSON else PERSON, each) for each in said.get("of", "").split()
    )
    return Snapshot(Ref(kind, said["id"]), said, links, created_at=int(said.get("made", "0")))
