"""The shelf under the rooms: engines, tables, migrations and the group-committing writer.

In: a database URL. Out: read connections, write transactions, and rows committed in batches.
Drivers live only here.
"""

from goodword.storage.batch import BatchWriter, Unavailable
from goodword.storage.engine import Storage, open_storage
from goodword.storage.migrate import NewerDatabase, migrate

__all__ = ["BatchWriter", "NewerDatabase", "Storage", "Unavailable", "migrate", "open_storage"]
