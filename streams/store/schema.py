"""The version of the store's tables, and the way from each version to the next.

A new database gets the tables as they are now; an older one is taken through
the migrations in their order, each in a transaction of its own. A migration
is never changed once it has been released: its SQL is that of its time, and
does not follow `tables`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from sqlalchemy import Connection, Engine, inspect, text

from streams.errors import StoreAway
from streams.store import tables

_LOCK = int.from_bytes(hashlib.blake2b(b"coolwatch schema", digest_size=7).digest(), "big")
"""Of PostgreSQL's advisory locks: two instances never change the tables at once."""


def _deliveries(connection: Connection) -> None:
    """1 -> 2: who was told of what, by destination; what was told before counts for all of them."""
    for statement in (
        """CREATE TABLE deliveries (
            message VARCHAR NOT NULL, destination VARCHAR NOT NULL, incident_id VARCHAR NOT NULL,
            version BIGINT NOT NULL, reason VARCHAR NOT NULL, severity VARCHAR NOT NULL, at BIGINT NOT NULL,
            title TEXT NOT NULL, body TEXT NOT NULL, state VARCHAR NOT NULL, tries INTEGER NOT NULL,
            next_try BIGINT NOT NULL, outcome TEXT NOT NULL, changed BIGINT NOT NULL,
            PRIMARY KEY (message, destination))""",
        "CREATE INDEX deliveries_by_incident ON deliveries (incident_id, at)",
        "CREATE INDEX deliveries_by_state ON deliveries (state, next_try)",
        """INSERT INTO deliveries
            SELECT 'notification-' || number, '*', incident_id, at, reason, severity, at,
                '', '', 'told', 1, at, '', at FROM notifications""",
        "DROP TABLE notifications",
    ):
        connection.execute(text(statement))


MIGRATIONS: dict[int, Callable[[Connection], None]] = {1: _deliveries}
"""By the version from which they lead."""

VERSION = 1 + max(MIGRATIONS)


def bring_up_to_date(engine: Engine) -> bool:
    """Make the tables, or take them to the version of this code. Whether there were none.

    Raises StoreAway where a newer coolwatch made them.
    """
    with engine.connect() as connection:
        found = version(connection)
    if found == VERSION:
        return False
    while not _step(engine.execution_options(begin="BEGIN IMMEDIATE")):
        pass
    return found == 0


def version(connection: Connection) -> int:
    """Of the tables that are there; 0 where there are none."""
    there = inspect(connection).get_table_names()
    if tables.schema.name in there:
        return int(connection.execute(tables.schema.select()).scalar_one())
    return 1 if tables.incidents.name in there else 0  # the first had its version written down nowhere


def _step(engine: Engine) -> bool:
    """One transaction towards the version of this code; whether there is nothing left to do."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        now = version(connection)
        if now > VERSION:
            raise StoreAway(f"its tables are of version {now}, made by a newer coolwatch; known is {VERSION}")
        if now == VERSION:
            return True
        tables.schema.create(connection, checkfirst=True)
        if now == 0:
            tables.metadata.create_all(connection)
        else:
            MIGRATIONS[now](connection)
        connection.execute(tables.schema.delete())
        connection.execute(tables.schema.insert().values(version=now + 1 if now else VERSION))
    return False
