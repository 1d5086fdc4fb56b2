from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo_site.catalogue import COVERS, CURRENCY, PRICE, Cover, decimal
from demo_site.forms import Checkout, SignUp

FIRST_NUMBER = 1042

TABLES = """
create table if not exists orders (
    id integer primary key autoincrement, receipt text not null unique, name text not null,
    email text not null, cover text not null, quantity integer not null, total integer not null
) strict;
create table if not exists readers (
    email text primary key, name text not null, token text not null
) strict;
"""


@dataclass(frozen=True)
class Order:
    """`total` is in cents. `receipt` is the secret in the thank-you page's address: whoever
    has it may see the order, and nobody finds another's by counting."""

    number: str
    receipt: str
    name: str
    email: str
    cover: Cover
    quantity: int
    total: int

    @property
    def amount(self) -> str:
        return decimal(self.total)

    @property
    def currency(self) -> str:
        return CURRENCY


class OrderBook:
    """Orders and newsletter readers in one SQLite file, so that a thank-you page can be opened
    again after a restart and no order number is given out twice."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._database() as database:
            database.executescript(TABLES)

    def place(self, checkout: Checkout) -> Order:
        receipt = secrets.token_urlsafe(16)
        kept = (receipt, checkout.name, checkout.email, checkout.cover, checkout.quantity)
        with self._database() as database:
            database.execute(
                "insert into orders (receipt, name, email, cover, quantity, total)"
                " values (?, ?, ?, ?, ?, ?)",
                (*kept, checkout.quantity * PRICE),
            )
        order = self.find(receipt)
        if order is None:
            raise LookupError("the order that was just written cannot be read back")
        return order

    def find(self, receipt: str) -> Order | None:
        with self._database() as database:
            row = database.execute(
                "select id, receipt, name, email, cover, quantity, total"
                " from orders where receipt = ?",
                (receipt,),
            ).fetchone()
        return _order(*row) if row else None

    def add_reader(self, sign_up: SignUp) -> None:
        """The first sign-up of an address stays: a second one may not rename somebody."""
        with self._database() as database:
            database.execute(
                "insert into readers (email, name, token) values (?, ?, ?) on conflict do nothing",
                (sign_up.email, sign_up.name, sign_up.token),
            )

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path)) as database, database:
            yield database


def _order(
    row: int, receipt: str, name: str, email: str, cover: str, quantity: int, total: int
) -> Order:
    number = str(FIRST_NUMBER - 1 + row)
    return Order(number, receipt, name, email, COVERS[cover], quantity, total)
