"""The objects of a fresh Salesforce org, as far as a referral meets them, and record ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

LEAD_STATUS = (
    "Open - Not Contacted",
    "Working - Contacted",
    "Qualified",
    "Closed - Converted",
    "Closed - Not Converted",
)
SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "External Referral", "Other")
STAGES = ("Prospecting", "Qualification", "Negotiation/Review", "Closed Won", "Closed Lost")


@dataclass(frozen=True, slots=True)
class Column:
    """A field of an object; `values` are those of a picklist."""

    label: str
    type: str = "string"
    values: tuple[str, ...] = ()
    fixed: bool = False
    required: bool = False

    def shown(self, name: str) -> Json:
        picklist = [
            {"value": each, "label": each, "active": True, "defaultValue": False}
            for each in self.values
        ]
        return {
            "name": name,
            "label": self.label,
            "type": self.type,
            "updateable": not self.fixed,
            "createable": not self.fixed,
            "nillable": not self.required,
            "custom": name.endswith("__c"),
            "picklistValues": picklist,
        }

    def typed(self, text: str) -> Any:
        """A value as JSON has it."""
        if self.type == "boolean":
            return text == "true"
        if not text:
            return None
        return float(text) if self.type in ("double", "currency") else text


def _fixed(label: str, type_: str = "reference") -> Column:
    return Column(label, type_, fixed=True)


_COMMON = {
    "Id": _fixed("Record ID", "id"),
    "IsDeleted": _fixed("Deleted", "boolean"),
    "CreatedDate": _fixed("Created Date", "datetime"),
    "SystemModstamp": _fixed("System Modstamp", "datetime"),
}
_PERSON = {
    **_COMMON,
    "MasterRecordId": _fixed("Master Record ID"),
    "LastName": Column("Last Name", required=True),
    "FirstName": Column("First Name"),
    "Email": Column("Email", "email"),
    "Phone": Column("Phone", "phone"),
    "LeadSource": Column("Lead Source", "picklist", SOURCES),
    "Referral_Code__c": Column("Referral Code"),
    "Referrals__c": Column("Referrals", "double"),
    "Do_Not_Refer__c": Column("Do Not Refer", "boolean"),
}
OBJECTS: dict[str, dict[str, Column]] = {
    "Lead": {
        **_PERSON,
        "Company": Column("Company", required=True),
        "Status": Column("Lead Status", "picklist", LEAD_STATUS),
        "Address": _fixed("Address", "address"),
        "IsConverted": _fixed("Converted", "boolean"),
        "ConvertedDate": _fixed("Converted Date", "date"),
        "ConvertedAccountId": _fixed("Converted Account ID"),
        "ConvertedContactId": _fixed("Converted Contact ID"),
        "ConvertedOpportunityId": _fixed("Converted Opportunity ID"),
    },
    "Contact": _PERSON,
    "Opportunity": {
        **_COMMON,
        "Name": Column("Name", required=True),
        "StageName": Column("Stage", "picklist", STAGES, required=True),
        "CloseDate": Column("Close Date", "date", required=True),
        "Amount": Column("Amount", "currency"),
        "IsWon": _fixed("Won", "boolean"),
        "IsClosed": _fixed("Closed", "boolean"),
    },
    "LeadStatus": {"ApiName": Column("API Name"), "IsConverted": _fixed("Converted", "boolean")},
    "OpportunityStage": {
        "ApiName": Column("API Name"),
        "IsClosed": _fixed("Closed", "boolean"),
        "IsWon": _fixed("Won", "boolean"),
    },
    "Organization": {"Id": _fixed("Organization ID", "id"), "Name": Column("Name")},
}
ROWS: dict[str, list[dict[str, str]]] = {
    "Organization": [{"Name": "Acme & Söhne"}],
    "LeadStatus": [
        {"ApiName": each, "IsConverted": str(each == "Closed - Converted").lower()}
        for each in LEAD_STATUS
    ],
    "OpportunityStage": [
        {
            "ApiName": each,
            "IsClosed": str(each.startswith("Closed")).lower(),
            "IsWon": str(each == "Closed Won").lower(),
        }
        for each in STAGES
    ],
}
"""What an org keeps of itself."""

PREFIXES = {"Lead": "00Q", "Contact": "003", "Opportunity": "006", "Organization": "00D"}


def record_id(object_: str, number: int) -> str:
    """An id of 18 characters: the last 3 say which of the 15 before are capitals."""
    short = f"{PREFIXES[object_]}Aj{number:010d}"
    suffix = ""
    for part in (short[:5], short[5:10], short[10:]):
        bits = sum(each.isupper() << place for place, each in enumerate(part))
        suffix += "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits]
    return short + suffix
