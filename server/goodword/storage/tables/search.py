"""What a search finds people by: each text that a search may begin with, of whom it is.

Whoever writes a name or an address writes these with it; `model.search` makes the texts.
"""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint, Table

from goodword.storage.tables.base import Bytewise, belongs_to, metadata, required


def _search(name: str, whose: str, of: str) -> Table:
    return Table(
        name,
        metadata,
        required("campaign_id"),
        required(whose),
        required("text", Bytewise),
        PrimaryKeyConstraint("campaign_id", whose, "text"),
        Index(None, "campaign_id", "text", whose),
        belongs_to(of, "campaign_id", whose),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


lead_search = _search("lead_search", "lead_id", "leads")
referrer_search = _search("referrer_search", "referrer_id", "referrers")
