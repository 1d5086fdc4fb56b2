"""3b. Who may say so: connections to CRMs and payment systems, one file a system.

In: what a vendor sent, or a lead to send there. Out: facts; what they count for, others decide.
"""

from __future__ import annotations

from pkgutil import resolve_name

from goodword.integrations.base import System

_REGISTERED = (
    "hubspot:HubSpot",
    "salesforce:Salesforce",
    "zoho:Zoho",
    "intercom:Intercom",
    "pipedrive:Pipedrive",
    "servicetitan:ServiceTitan",
    "stripe:Stripe",
)
"""The module and the class of each, in the order of the tiles. A new one is one line here."""

SYSTEMS: dict[str, System] = {
    each.name: each for each in (resolve_name(f"{__name__}.{line}")() for line in _REGISTERED)
}
"""Every system by name."""
