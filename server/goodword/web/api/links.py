"""What can be done next with what a call has made: the links of the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from goodword.web.api.call import Operation

Link = dict[str, Any]

_ID = "$response.body#/id"
_CAMPAIGN = "$response.body#/campaign_id"

_ONWARD: Mapping[str, Mapping[str, Link]] = {
    "create_referrer": {
        "create_lead": {"requestBody": {"referrer_id": _ID, "campaign_id": _CAMPAIGN}},
    },
    "create_lead": {
        "create_conversion": {"requestBody": {"lead_id": _ID, "campaign_id": _CAMPAIGN}},
        "list_conversions": {"parameters": {"query.lead_id": _ID}},
        "list_rewards": {"parameters": {"query.lead_id": _ID}},
        "change_user": {"parameters": {"id": _ID}},
    },
}
"""By the name of the call that was made, and of the one that can follow."""


class Links:
    def __init__(self, operations: Sequence[Operation[Any, Any]]) -> None:
        self._of_one: dict[str, list[str]] = {}
        for each in operations:
            place, found, _ = each.path.partition("/{id}")
            if found:
                self._of_one.setdefault(place, []).append(each.name)

    def of(self, operation: Operation[Any, Any]) -> dict[str, Link]:
        """Each call that the id of a new thing opens, and those that take it as a field."""
        if operation.method != "POST":
            return {}
        same = {name: {"parameters": {"id": _ID}} for name in self._of_one.get(operation.path, ())}
        onward = same | dict(_ONWARD.get(operation.name, {}))
        return {name: {"operationId": name, **link} for name, link in onward.items()}
