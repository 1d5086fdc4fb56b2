"""The nouns of goodword: what every room talks about.

In: nothing but the standard library and the ISO 4217 table. Out: frozen values and their words.
"""

from goodword.model.ids import id_bytes, id_text
from goodword.model.money import Amount, Money, read_amount, read_currency
from goodword.model.nouns import (
    Activity,
    Campaign,
    Conversion,
    Finding,
    Hit,
    Lead,
    Referrer,
    Report,
    Reward,
    Rule,
)
from goodword.model.people import canonical_email, first_name, is_email
from goodword.model.words import (
    CampaignStatus,
    Evidence,
    LeadStatus,
    Mode,
    Occasion,
    Reason,
    Recipient,
    ReportKind,
    RewardStatus,
    Status,
    Verdict,
)

__all__ = [
    "Activity",
    "Amount",
    "Campaign",
    "CampaignStatus",
    "Conversion",
    "Evidence",
    "Finding",
    "Hit",
    "Lead",
    "LeadStatus",
    "Mode",
    "Money",
    "Occasion",
    "Reason",
    "Recipient",
    "Referrer",
    "Report",
    "ReportKind",
    "Reward",
    "RewardStatus",
    "Rule",
    "Status",
    "Verdict",
    "canonical_email",
    "first_name",
    "id_bytes",
    "id_text",
    "is_email",
    "read_amount",
    "read_currency",
]
