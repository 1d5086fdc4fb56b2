"""The properties and pipelines of a fresh HubSpot account, as far as a referral meets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

LIFECYCLE = (
    ("subscriber", "Subscriber"),
    ("lead", "Lead"),
    ("marketingqualifiedlead", "Marketing Qualified Lead"),
    ("salesqualifiedlead", "Sales Qualified Lead"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
    ("evangelist", "Evangelist"),
    ("other", "Other"),
)
LEAD_STATUS = (
    ("NEW", "New"),
    ("OPEN", "Open"),
    ("IN_PROGRESS", "In Progress"),
    ("OPEN_DEAL", "Open Deal"),
    ("UNQUALIFIED", "Unqualified"),
    ("ATTEMPTED_TO_CONTACT", "Attempted to Contact"),
    ("CONNECTED", "Connected"),
    ("BAD_TIMING", "Bad Timing"),
)


@dataclass(frozen=True, slots=True)
class Property:
    """A property of an object; `options` are (value, label), none where any text may be."""

    label: str
    type: str = "string"
    field_type: str = "text"
    options: tuple[tuple[str, str], ...] = ()
    read_only: bool = False

    def allows(self, value: str) -> bool:
        if value and self.type == "number":
            return value.replace(".", "", 1).removeprefix("-").isdecimal()
        values = {name for name, _ in self.options}
        return not self.read_only and (not value or not values or value in values)

    def shown(self, name: str) -> Json:
        options = [
            {"label": label, "value": value, "displayOrder": order, "hidden": False}
            for order, (value, label) in enumerate(self.options)
        ]
        return {
            "name": name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "groupName": "contactinformation",
            "description": "",
            "options": options,
            "hidden": False,
            "calculated": self.read_only,
            "modificationMetadata": {"readOnlyValue": self.read_only, "archivable": False},
        }


def created_property(body: Json) -> Property:
    options = tuple((each["value"], each["label"]) for each in body.get("options", []))
    return Property(body["label"], body["type"], body["fieldType"], options)


_SELECT = ("enumeration", "select")
PROPERTIES: dict[str, dict[str, Property]] = {
    "contacts": {
        "email": Property("Email"),
        "firstname": Property("First Name"),
        "lastname": Property("Last Name"),
        "phone": Property("Phone Number", "string", "phonenumber"),
        "company": Property("Company Name"),
        "lifecyclestage": Property("Lifecycle Stage", "enumeration", "radio", LIFECYCLE),
        "hs_lead_status": Property("Lead Status", "enumeration", "radio", LEAD_STATUS),
        "createdate": Property("Create Date", "datetime", "date", read_only=True),
        "hs_object_id": Property("Record ID", "number", "number", read_only=True),
    },
    "deals": {
        "dealname": Property("Deal Name"),
        "dealstage": Property("Deal Stage", *_SELECT),
        "pipeline": Property("Pipeline", *_SELECT),
        "amount": Property("Amount", "number", "number"),
        "deal_currency_code": Property("Currency", *_SELECT),
    },
}


def _stage(id_: str, label: str, order: int, probability: str) -> Json:
    closed = "true" if probability in ("0.0", "1.0") else "false"
    metadata = {"isClosed": closed, "probability": probability}
    return {"id": id_, "label": label, "displayOrder": order, "metadata": metadata}


DEAL_STAGES: list[Json] = [
    {
        "id": "default",
        "label": "Sales Pipeline",
        "displayOrder": 0,
        "archived": False,
        "stages": [
            _stage("appointmentscheduled", "Appointment Scheduled", 0, "0.2"),
            _stage("qualifiedtobuy", "Qualified To Buy", 1, "0.4"),
            _stage("contractsent", "Contract Sent", 2, "0.9"),
            _stage("closedwon", "Closed Won", 3, "1.0"),
            _stage("closedlost", "Closed Lost", 4, "0.0"),
        ],
    },
    {
        "id": "75e28846",
        "label": "Partners",
        "displayOrder": 1,
        "archived": False,
        "stages": [
            _stage("27508241", "Talking", 0, "0.2"),
            _stage("27508242", "Closed Won", 1, "1.0"),
        ],
    },
]
