"""Salesforce: leads, contacts and opportunities of one org, and a flow's outbound messages.

Shapes of the REST API's documentation and of recorded answers; the messages are those of
"Understanding Outbound Messaging": SOAP, unsigned, resent until they are acknowledged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import httpx

from doubles.base import Act, Delivery, Json, Plot, Row, Stored, show
from doubles.oauth import CLIENT_ID, CLIENT_SECRET
from doubles.salesforce_calls import ORGANIZATION, SalesforceCalls
from doubles.salesforce_schema import LEAD_STATUS, SOURCES, STAGES

_OUTBOUND = "http://soap.sforce.com/2005/09/outbound"


class Salesforce(SalesforceCalls):
    title = "Salesforce"
    login = "client"
    unsigned = "nobody signs an outbound message: its address is the secret"
    plot = Plot(
        object="Lead",
        field="Status",
        first="Open - Not Contacted",
        last="Qualified",
        code="Referral_Code__c",
        deal="Opportunity",
        stage="StageName",
        open="Prospecting",
        won="Closed Won",
        lost="Closed Lost",
    )

    def __init__(self) -> None:
        super().__init__()
        self.told: Mapping[str, Sequence[str]] = {}

    def credentials(self, login: str) -> dict[str, str]:
        app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "address": self.url}
        host = {"client": "acme.my.salesforce.com", "oauth": "login.salesforce.com"}[login]
        return {"domain": host, **app}

    # What a person does ----------------------------------------------------------------------

    def person(self, email: str, at: int | None = None, **fields: str) -> str:
        status = {"Status": "Open - Not Contacted"}
        own = {"Email": email, "LastName": email.partition("@")[0], "Company": "Own Ltd"}
        return self.add("Lead", own | status | fields, at).id

    def contact(self, email: str, at: int | None = None, **fields: str) -> str:
        """A customer: somebody who is a contact already."""
        own = {"Email": email, "LastName": email.partition("@")[0]}
        return self.add("Contact", own | fields, at).id

    def convert(self, id_: str, stage: str = "", opportunity: bool = True) -> str | None:
        """Makes a contact of a lead, and an opportunity unless the box is ticked."""
        lead = self.records[id_]
        names = ("Email", "FirstName", "LastName")
        own = {name: lead.fields[name] for name in names if name in lead.fields}
        contact = self.add("Contact", own)
        converted = {"IsConverted": "true", "Status": "Closed - Converted"}
        converted |= {"ConvertedContactId": contact.id, "ConvertedDate": "2026-11-20"}
        deal = None
        if opportunity:
            fields = {"Name": "Deal", "StageName": stage or "Prospecting", "Amount": "1200"}
            deal = self.add("Opportunity", fields | {"CloseDate": "2026-12-24"})
            converted["ConvertedOpportunityId"] = deal.id
        lead.fields.update(converted)
        self.changed(lead, "Status", "Closed - Converted")
        return deal.id if deal else None

    def merge(self, loser: str, winner: str) -> str:
        """The loser is deleted and says which record it became."""
        self.records[loser].gone = True
        self.records[loser].merged = winner
        return winner

    def columns(self) -> dict[str, Any]:
        return self.objects["Lead"]

    # Hooks -----------------------------------------------------------------------------------

    def install(self, url: str, told: Mapping[str, Sequence[str]]) -> None:
        """Flows that send an outbound message when a record changes; for each object the fields
        that the message carries."""
        self.hooks, self.told = [url], told

    def listen(self, url: str) -> None:
        self.install(url, {"Lead": ["Status"]})

    def changed(self, stored: Stored, field_: str, value: str) -> None:
        if stored.object in self.told:
            number = f"04lAj{len(self.pending) + len(self.sent):010d}AAA"
            self.pending.append({"number": number, "id": stored.id})

    def deliveries(self, events: Sequence[Json]) -> list[tuple[list[Any], Delivery]]:
        """A message holds up to 100 notifications of one object, as the records are now."""
        made: list[tuple[list[Any], Delivery]] = []
        for object_ in self.told:
            mine = [each for each in events if self.records[each["id"]].object == object_]
            for start in range(0, len(mine), 100):
                some = mine[start : start + 100]
                made.append((list(some), self.message(object_, some)))
        return made

    def message(
        self, object_: str, events: Sequence[Json], organization: str = ORGANIZATION
    ) -> Delivery:
        """The SOAP message that tells these events."""
        notifications = "".join(self._notification(object_, each) for each in events)
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
            ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
            f'<notifications xmlns="{_OUTBOUND}"><OrganizationId>{organization}</OrganizationId>'
            '<ActionId>04kAj0000000001AAA</ActionId><SessionId xsi:nil="true"/>'
            "<EnterpriseUrl>https://acme.my.salesforce.com/services/Soap/c/67.0</EnterpriseUrl>"
            "<PartnerUrl>https://acme.my.salesforce.com/services/Soap/u/67.0</PartnerUrl>"
            f"{notifications}</notifications></soapenv:Body></soapenv:Envelope>"
        )
        headers = {"content-type": "text/xml; charset=utf-8", "soapaction": '""'}
        return Delivery(self.hooks[0], headers, body.encode())

    def _notification(self, object_: str, event: Json) -> str:
        stored = self.records[event["id"]]
        values = {"Id": stored.id} | {n: stored.fields.get(n, "") for n in self.told[object_]}
        fields = "".join(f"<sf:{n}>{escape(v)}</sf:{n}>" for n, v in values.items())
        return (
            f"<Notification><Id>{event['number']}</Id><sObject"
            f' xsi:type="sf:{object_}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
            f"{fields}</sObject></Notification>"
        )

    async def answer(self, delivery: Delivery) -> httpx.Response:
        """Only the acknowledgement ends it, whatever the status."""
        answer = await super().answer(delivery)
        return answer if acknowledged(answer.text) else httpx.Response(599, text=answer.text)

    # The screen ------------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        rows = []
        for object_, field, values in (
            ("Lead", "Status", LEAD_STATUS),
            ("Contact", "LeadSource", SOURCES),
            ("Opportunity", "StageName", STAGES),
        ):
            options = tuple((each, each) for each in values)
            for each in self.live(object_):
                acts = [
                    Act(f"Set {field}", self.change, field, options, each.fields.get(field, ""))
                ]
                if object_ == "Lead":
                    acts.append(Act("Convert", lambda id_, *_: self.convert(id_)))
                name = self.email_of(each) or each.fields.get("Name", "")
                rows.append(Row(each.id, object_, name, _about(each), tuple(acts)))
        return rows


def acknowledged(text: str) -> bool:
    """Whether a hook's answer is the acknowledgement that ends a message."""
    try:
        envelope = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return False
    body = "{http://schemas.xmlsoap.org/soap/envelope/}Body"
    path = f"{body}/{{{_OUTBOUND}}}notificationsResponse/{{{_OUTBOUND}}}Ack"
    return envelope.findtext(path) == "true"


def _about(stored: Stored) -> str:
    return ", ".join(f"{k} = {v}" for k, v in stored.fields.items() if k not in ("Email", "Name"))


if __name__ == "__main__":
    show(Salesforce())
