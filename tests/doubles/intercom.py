"""Intercom: leads and users of one workspace, its attributes, and an app's webhooks.

Shapes of the OpenAPI document 2.16 and of captured notifications.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from doubles.base import Act, Delivery, Json, Plot, Row, Stored, show
from doubles.intercom_calls import TOKEN, IntercomCalls
from doubles.oauth import CLIENT_ID, CLIENT_SECRET

TOPICS = (
    *("contact.user.created", "contact.user.updated", "contact.lead.updated"),
    *("contact.lead.signed_up", "contact.merged", "contact.deleted", "contact.archived"),
)


class Intercom(IntercomCalls):
    title = "Intercom"
    login = "token"
    plot = Plot(
        object="lead",
        field="custom_attributes.stage",
        first="New",
        last="Converted",
        code="custom_attributes.referral_code",
    )

    def __init__(self) -> None:
        super().__init__()
        self.topics: tuple[str, ...] = ()

    def credentials(self, login: str) -> dict[str, str]:
        typed = {"token": {"token": TOKEN}, "oauth": {"client_id": CLIENT_ID}}[login]
        return {**typed, "client_secret": CLIENT_SECRET, "address": self.url}

    # What a person does ----------------------------------------------------------------------

    def person(self, email: str, at: int | None = None, **fields: str) -> str:
        return self.add("user", {"email": email, **fields}, at).id

    def convert(self, id_: str, stage: str = "") -> str | None:
        """The lead signs up; there are no deals."""
        self.records[id_].object = "user"
        self._emit("contact.lead.signed_up", self.records[id_])
        return None

    def columns(self) -> dict[str, Any]:
        return self.attributes

    def merge(self, loser: str, winner: str) -> str:
        """A lead goes into a user, who takes what they had not; the lead's id leads nowhere."""
        lead, user = self.records[loser], self.records[winner]
        assert (lead.object, user.object) == ("lead", "user"), "only leads go into users"
        custom = {k: v for k, v in lead.fields.items() if k.startswith("custom_attributes.")}
        user.fields.update({**custom, **user.fields})
        lead.gone = True
        self._emit("contact.merged", user, merged_from={"id": loser, "type": "contact"})
        return winner

    def delete(self, id_: str) -> None:
        super().delete(id_)
        self._emit("contact.deleted", self.records[id_])

    def archive(self, id_: str) -> None:
        self.records[id_].gone = True
        self.archived.add(id_)
        self._emit("contact.archived", self.records[id_])

    def changed(self, stored: Stored, field_: str, value: str) -> None:
        self._emit(f"contact.{stored.object}.updated", stored)

    # Hooks -----------------------------------------------------------------------------------

    def install(self, url: str, topics: Sequence[str] = TOPICS) -> None:
        self.hooks, self.topics = [url], tuple(topics)

    def listen(self, url: str) -> None:
        self.install(url)

    def _emit(self, topic: str, stored: Stored, **more: Any) -> None:
        if topic not in self.topics:
            return
        number = len(self.pending) + len(self.sent) + 1
        at = self.now() // 1000
        item = self.shown(stored) | {"created_at": _iso(stored.created_at), **more}
        event = {
            "type": "notification_event",
            "app_id": "abc123",
            "data": {"type": "notification_event_data", "item": item},
            "links": {},
            "id": f"notif_{number:08d}-0000-4000-8000-000000000000",
            "topic": topic,
            "delivery_status": "pending",
            "delivery_attempts": 1,
            "delivered_at": 0,
            "first_sent_at": at,
            "created_at": at,
            "self": None,
        }
        self.pending.append(event)

    def deliveries(self, events: Sequence[Json]) -> list[tuple[list[Any], Delivery]]:
        """Each in a call of its own, which is repeated once."""
        made: list[tuple[list[Any], Delivery]] = []
        for each in events:
            attempts = each["delivery_attempts"]
            again: list[Any] = [each | {"delivery_attempts": 2}] if attempts < 2 else []
            made.append((again, self.signed(each)))
        return made

    def signed(self, event: Mapping[str, Any]) -> Delivery:
        body = json.dumps(event).encode()
        headers = {"content-type": "application/json", **self.sign(self.hooks[0], body, "")}
        return Delivery(self.hooks[0], headers, body)

    def sign(self, url: str, body: bytes, secret: str, way: str = "") -> dict[str, str]:
        signature = hmac.digest(CLIENT_SECRET.encode(), body, "sha1").hex()
        return {"x-hub-signature": f"sha1={signature}"}

    # The screen ------------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        name = "custom_attributes.stage"
        options = tuple((each, each) for each in self.attributes[name].options)
        return [
            Row(
                each.id,
                each.object.capitalize(),
                self.email_of(each),
                ", ".join(f"{k} = {v}" for k, v in each.fields.items() if k != "email"),
                (Act("Set stage", self.change, name, options, each.fields.get(name, "")),),
            )
            for each in [*self.live("lead"), *self.live("user")]
        ]


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")


if __name__ == "__main__":
    show(Intercom())
