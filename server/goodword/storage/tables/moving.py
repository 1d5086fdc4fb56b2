"""What moves in: files before they are written, what each row came to, and what they made."""

from __future__ import annotations

from sqlalchemy import Index, Integer, LargeBinary, PrimaryKeyConstraint

from goodword.model import ImportKind, ImportStatus, RowVerdict
from goodword.storage.tables.base import (
    Big,
    belongs_to,
    counted,
    of_campaign,
    optional,
    required,
    table,
    worded,
    words,
)

imports = table(
    "imports",
    required("campaign_id"),
    required("id"),
    required("kind"),
    required("status"),
    required("name"),
    worded("product"),
    required("heading"),
    required("sample"),
    required("plan"),
    required("actor"),
    counted("rows", Integer),
    counted("done", Integer),
    counted("round", Integer),
    counted("new", Integer),
    counted("known", Integer),
    counted("left", Integer),
    counted("wrong", Integer),
    worded("problem"),
    optional("deed_id"),
    required("created_at", Big),
    required("changed_at", Big),
    PrimaryKeyConstraint("campaign_id", "id"),
    Index(None, "status"),
    of_campaign(),
    words("kind", ImportKind),
    words("status", ImportStatus),
)

import_parts = table(
    "import_parts",
    required("campaign_id"),
    required("import_id"),
    required("first", Integer),
    required("rows", Integer),
    required("cells", LargeBinary),
    PrimaryKeyConstraint("campaign_id", "import_id", "first"),
    belongs_to("imports", "campaign_id", "import_id"),
)

import_rows = table(
    "import_rows",
    required("campaign_id"),
    required("import_id"),
    required("number", Integer),
    required("verdict"),
    worded("column"),
    worded("detail"),
    worded("key"),
    optional("made"),
    PrimaryKeyConstraint("campaign_id", "import_id", "number"),
    Index(None, "campaign_id", "import_id", "verdict", "number"),
    belongs_to("imports", "campaign_id", "import_id"),
    words("verdict", RowVerdict),
)

# What no later row of the same file may be again. `round` counts how often it was checked.
import_keys = table(
    "import_keys",
    required("campaign_id"),
    required("import_id"),
    required("round", Integer),
    required("key"),
    required("number", Integer),
    required("whose"),
    PrimaryKeyConstraint("campaign_id", "import_id", "round", "key"),
    belongs_to("imports", "campaign_id", "import_id"),
)
