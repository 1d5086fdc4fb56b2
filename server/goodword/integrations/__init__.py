"""3b. Who may say so: connections to CRMs and payment systems, one file a system.

In: what a vendor sent, or a lead to send there. Out: facts; what they count for, others decide.
"""

from __future__ import annotations

from goodword.integrations.base import System
from goodword.integrations.hubspot import HubSpot
from goodword.integrations.intercom import Intercom
from goodword.integrations.pipedrive import Pipedrive
from goodword.integrations.salesforce import Salesforce
from goodword.integrations.servicetitan import ServiceTitan
from goodword.integrations.stripe import Stripe
from goodword.integrations.zoho import Zoho

SYSTEMS: dict[str, System] = {
    each.name: each
    for each in (
        HubSpot(),
        Salesforce(),
        Zoho(),
        Intercom(),
        Pipedrive(),
        ServiceTitan(),
        Stripe(),
    )
}
"""Every system by name, in the order of the tiles. A new one is one line here."""
