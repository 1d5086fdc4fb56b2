"""How a campaign's hosted pages look and what they say; pictures apart, as they are large."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, PrimaryKeyConstraint, Text

from goodword.model import LinkTo
from goodword.storage.tables.base import Big, of_campaign, required, table, words

brands = table(
    "brands",
    Column("campaign_id", Text, primary_key=True),
    required("accent"),
    required("paper"),
    required("logo"),
    required("link_to"),
    required("texts"),
    of_campaign(),
    words("link_to", LinkTo),
)

logos = table(
    "logos",
    required("campaign_id"),
    required("id"),
    required("kind"),
    required("width", Integer),
    required("height", Integer),
    required("content", LargeBinary),
    required("created_at", Big),
    PrimaryKeyConstraint("campaign_id", "id"),
    of_campaign(),
    words("kind", ["image/png", "image/jpeg", "image/webp"]),
)
