"""HubSpot: contacts, deals, properties and pipelines of one account, and an app's webhooks.

Shapes of the public OpenAPI documents of 2026-09 and of recorded answers. The paths of `/crm/v3/`
are there for HubSpot's own client library, which knows no others.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from doubles.base import Act, Delivery, Json, Plot, Row, Stored, show
from doubles.hubspot_calls import KEY, PORTAL, TYPES, HubSpotCalls
from doubles.hubspot_schema import DEAL_STAGES
from doubles.oauth import CLIENT_ID, CLIENT_SECRET

PROJECT = Path(__file__).parents[2] / "server/docs/integrations/hubspot-app"


class HubSpot(HubSpotCalls):
    title = "HubSpot"
    login = "app"
    plot = Plot(
        object="contacts",
        field="hs_lead_status",
        first="NEW",
        last="CONNECTED",
        code="referral_code",
        deal="deals",
        stage="dealstage",
        open="appointmentscheduled",
        won="closedwon",
        lost="closedlost",
    )

    def __init__(self) -> None:
        super().__init__()
        self.subscriptions: list[Json] = []

    def credentials(self, login: str) -> dict[str, str]:
        app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        typed = {"key": {"token": KEY}, "app": {"token": KEY, "client_secret": CLIENT_SECRET}}
        return {**typed.get(login, app), "address": self.url}

    # What a person does ----------------------------------------------------------------------

    def person(self, email: str, at: int | None = None, **fields: str) -> str:
        return self.add("contacts", {"email": email, "lifecyclestage": "lead", **fields}, at).id

    def convert(self, id_: str, stage: str = "") -> str | None:
        stage = stage or self.plot.open
        [pipeline] = [p["id"] for p in DEAL_STAGES if stage in [s["id"] for s in p["stages"]]]
        name = f"Deal of {self.records[id_].fields.get('email', id_)}"
        fields = {"dealname": name, "dealstage": stage, "pipeline": pipeline}
        deal = self.add("deals", fields | {"amount": "1200", "deal_currency_code": "EUR"})
        self.link(deal.id, id_)
        self._emit("creation", deal)
        return deal.id

    def merge(self, loser: str, winner: str) -> str:
        """HubSpot makes a third record of two; their ids lead to it."""
        two = [self.records[winner], self.records[loser]]
        fields = {**two[1].fields, **two[0].fields}
        merged = self.add("contacts", fields, min(each.created_at for each in two))
        for each in two:
            for other in each.links:
                self.link(merged.id, other)
            each.gone, each.merged = True, merged.id
        ids = {"primaryObjectId": int(winner), "mergedObjectIds": [int(loser)]}
        self._emit("merge", merged, **ids, newObjectId=int(merged.id), numberOfPropertiesMoved=0)
        return merged.id

    def columns(self) -> dict[str, Any]:
        return self.properties["contacts"]

    def delete(self, id_: str) -> None:
        super().delete(id_)
        self._emit("deletion", self.records[id_])

    def changed(self, stored: Stored, field_: str, value: str) -> None:
        source = {"changeSource": "CRM_UI", "sourceId": "userId:51430432"}
        self._emit("propertyChange", stored, propertyName=field_, propertyValue=value, **source)

    # Hooks -----------------------------------------------------------------------------------

    def install(self, project: Path, target: str) -> None:
        """Uploads a project folder with webhooks, its `targetUrl` set."""
        config = json.loads((project / "src/app/webhooks/webhooks-hsmeta.json").read_text())
        told = config["config"]["subscriptions"]
        self.subscriptions = [*told.get("crmObjects", []), *told.get("legacyCrmObjects", [])]
        self.hooks = [target]

    def listen(self, url: str) -> None:
        self.install(PROJECT, url)

    def _emit(self, what: str, stored: Stored, **said: Any) -> None:
        """One event for each subscription to it: a service key alone has none."""
        kind, type_id = TYPES[stored.object]
        for number, each in enumerate(self.subscriptions):
            generic = each["subscriptionType"].startswith("object.")
            same = each.get("objectType") == kind if generic else True
            named = each.get("propertyName", said.get("propertyName")) == said.get("propertyName")
            if (
                not same
                or not named
                or each["subscriptionType"] not in (f"object.{what}", f"{kind}.{what}")
            ):
                continue
            event = {
                "eventId": len(self.pending) % 3,  # not unique, as HubSpot warns
                "subscriptionId": 2426762 + number,
                "portalId": PORTAL,
                "appId": 2633736,
                "occurredAt": self.now(),
                "subscriptionType": each["subscriptionType"],
                "attemptNumber": 0,
                "objectId": int(stored.id),
                **({"objectTypeId": type_id} if generic else {}),
            }
            self.pending.append(event | said)

    def deliveries(self, events: Sequence[Json]) -> list[tuple[list[Any], Delivery]]:
        if not events or not self.hooks:
            return []
        again = [each | {"attemptNumber": each["attemptNumber"] + 1} for each in events]
        return [(again, self.signed(list(events)))]

    def signed(self, events: list[Json]) -> Delivery:
        body = json.dumps(events, separators=(",", ":")).encode()
        headers = {"content-type": "application/json", **self.sign(self.hooks[0], body, "")}
        return Delivery(self.hooks[0], headers, body)

    def sign(self, url: str, body: bytes, secret: str, way: str = "") -> dict[str, str]:
        """With the app's client secret: as of v1 and v3 at once, or in the one way."""
        key, stamp, address = CLIENT_SECRET.encode(), str(self.now()), b"POST" + url.encode()
        v3 = b64encode(hmac.digest(key, address + body + stamp.encode(), "sha256")).decode()
        ways = {
            "v1": hashlib.sha256(key + body).hexdigest(),
            "v2": hashlib.sha256(key + address + body).hexdigest(),
        }
        older = "x-hubspot-signature", "x-hubspot-signature-version"
        newer = {"x-hubspot-signature-v3": v3, "x-hubspot-request-timestamp": stamp}
        if way == "v3":
            return newer
        one = dict(zip(older, (ways[way or "v1"], way or "v1"), strict=True))
        return one if way else one | newer

    def retried(self, status: int) -> bool:
        return super().retried(status) and status not in (400, 401, 403, 404, 405)

    # The screen ------------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        stages = [
            (s["id"], f"{p['label']}: {s['label']}") for p in DEAL_STAGES for s in p["stages"]
        ]
        return [
            Row(each.id, "Contact", each.fields.get("email", ""), _about(each), self._acts(each))
            for each in self.live("contacts")
        ] + [
            Row(
                each.id,
                "Deal",
                each.fields["dealname"],
                _about(each),
                (Act("Move", self.change, "dealstage", tuple(stages), each.fields["dealstage"]),),
            )
            for each in self.live("deals")
        ]

    def _acts(self, stored: Stored) -> tuple[Act, ...]:
        known = self.properties["contacts"]
        fields = [("hs_lead_status", "Set lead status"), ("lifecyclestage", "Set lifecycle stage")]
        sets = [
            Act(label, self.change, name, known[name].options, stored.fields.get(name, ""))
            for name, label in fields
        ]
        return (*sets, Act("Create deal", lambda id_, *_: self.convert(id_)))


def _about(stored: Stored) -> str:
    shown = (f"{k} = {v}" for k, v in stored.fields.items() if k not in ("email", "dealname"))
    return ", ".join(shown)


if __name__ == "__main__":
    show(HubSpot())
