"""Zoho CRM: leads, contacts and deals of one organisation, and its notification channels.

Shapes of version 8 of the API's documentation and of recorded answers. Notifications are not
signed: they carry the token of their channel. A channel that is over calls nobody.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from doubles.base import Act, Delivery, Json, Plot, Row, Stored, show
from doubles.oauth import CLIENT_ID, CLIENT_SECRET
from doubles.zoho_calls import OPTIONS, ZohoCalls


class Zoho(ZohoCalls):
    title = "Zoho CRM"
    login = "oauth"
    unsigned = "a notification carries the token of its channel"
    unmerged = "Zoho deletes the loser, and says nowhere which record it became"
    plot = Plot(
        object="Leads",
        field="Lead_Status",
        first="Not Contacted",
        last="Qualified",
        code="Referral_code",
        deal="Deals",
        stage="Stage",
        open="Qualification",
        won="Closed Won",
        lost="Closed Lost",
    )

    def credentials(self, login: str) -> dict[str, str]:
        app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        return app | {"centre": "zoho.com", "address": self.url}

    # What a person does ----------------------------------------------------------------------

    def person(self, email: str, at: int | None = None, **fields: str) -> str:
        status = {"Lead_Status": "Not Contacted"}
        own = {"Email": email, "Last_Name": email.partition("@")[0], "Company": "Own Ltd"}
        return self.add("Leads", own | status | fields, at).id

    def contact(self, email: str, at: int | None = None, **fields: str) -> str:
        """A customer: somebody who is a contact already."""
        own = {"Email": email, "Last_Name": email.partition("@")[0]}
        return self.add("Contacts", own | fields, at).id

    def deal(self, contact: str, stage: str) -> str:
        """A deal of a contact."""
        own = {"Deal_Name": "Deal", "Contact_Name": contact, "Amount": "1200", "Stage": stage}
        made = self.add("Deals", own)
        self._tell(made, "insert")
        return made.id

    def convert(self, id_: str, stage: str = "", deal: bool = True) -> str | None:
        """Makes a contact of a lead, and a deal where the box is ticked."""
        lead = self.records[id_]
        names = ("Email", "First_Name", "Last_Name")
        own = {name: lead.fields[name] for name in names if name in lead.fields}
        contact = self.add("Contacts", own)
        became = {"Converted__s": "true", "Converted_Contact": contact.id}
        if deal:
            became["Converted_Deal"] = self.deal(contact.id, stage or self.plot.open)
        lead.fields.update(became)
        return became.get("Converted_Deal")

    def merge(self, loser: str, winner: str) -> str:
        """The loser is deleted, and nothing says which record it became."""
        self.records[loser].gone = True
        return winner

    def columns(self) -> dict[str, Any]:
        return self.fields["Leads"]

    # Channels --------------------------------------------------------------------------------

    def changed(self, stored: Stored, field_: str, value: str) -> None:
        self._tell(stored, "update")

    def _tell(self, stored: Stored, operation: str) -> None:
        number = len(self.pending) + len(self.sent)
        told = {"module": stored.object, "id": stored.id, "operation": operation}
        self.pending.append(told | {"at": self.now() + number})

    def deliveries(self, events: Sequence[Json]) -> list[tuple[list[Any], Delivery]]:
        subscribed = {"insert": "create", "update": "edit", "delete": "delete"}
        return [
            ([event], self.notification(id_, event))
            for event in events
            for id_, channel in self.channels.items()
            if f"{event['module']}.{subscribed[event['operation']]}" in channel["events"]
            and channel["until"] > self.now()
        ]

    def notification(self, channel_id: str, event: Json, token: str = "") -> Delivery:
        """What a channel is sent of an event."""
        channel, module = self.channels[channel_id], event["module"]
        body = {
            "server_time": event["at"],
            "query_params": {},
            "module": module,
            "resource_uri": f"https://www.zohoapis.eu/crm/v2/{module}",
            "ids": [event["id"]],
            "affected_fields": [],
            "operation": event["operation"],
            "channel_id": channel_id,
            "token": token or channel["token"],
        }
        headers = {"content-type": "application/json;charset=UTF-8"}
        return Delivery(channel["notify_url"], headers, json.dumps(body).encode())

    # The screen ------------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        rows = []
        for object_, field in (("Leads", "Lead_Status"), ("Contacts", ""), ("Deals", "Stage")):
            options = tuple((each, each) for each in OPTIONS.get(field, ()))
            for each in self.live(object_):
                now = each.fields.get(field, "")
                acts = [Act(f"Set {field}", self.change, field, options, now)] if field else []
                if object_ == "Leads" and each.fields.get("Converted__s") != "true":
                    acts.append(Act("Convert", lambda id_, *_: self.convert(id_)))
                name = self.email_of(each) or each.fields.get("Deal_Name", "")
                about = ", ".join(f"{k} = {v}" for k, v in each.fields.items() if k != "Email")
                rows.append(Row(each.id, object_, name, about, tuple(acts)))
        return rows


if __name__ == "__main__":
    show(Zoho())
