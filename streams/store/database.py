"""The SQL database behind the store: SQLite unless told otherwise, or PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from config.errors import ConfigError
from streams.errors import StoreAway
from streams.store.tables import metadata

_BUSY_MS = 5000
# Judging waits while the store is asked, so a server that swallows packets is given up soon.
_IMPATIENT = {"connect_timeout": 2, "tcp_user_timeout": 5000, "options": "-c statement_timeout=5000"}
_REMEDY = "as in sqlite:///coolwatch.db or postgresql://user@host/coolwatch"


class Database:
    """Connections and transactions; an error of the other side is a StoreAway.

    Raises ConfigError for a URL that is no SQLite or PostgreSQL; opening does
    not speak to the database yet, so a PostgreSQL that is away is no error here.
    """

    def __init__(self, url: str) -> None:
        try:
            kind = make_url(url).get_backend_name()
        except ArgumentError as error:
            raise ConfigError("settings", "store.url", "is no database URL", _REMEDY) from error
        in_memory = kind == "sqlite" and make_url(url).database in (None, "", ":memory:")
        if kind == "sqlite":
            self._engine = _open_sqlite(url, in_memory)
            self._insert: Any = sqlite.insert
        elif kind == "postgresql":
            self._engine = create_engine(
                make_url(url).set(drivername="postgresql+psycopg"),
                pool_pre_ping=True,
                connect_args=_IMPATIENT,
            )
            self._insert = postgresql.insert
        else:
            raise ConfigError("settings", "store.url", f"{kind} is not supported", _REMEDY)
        # A database in memory is one connection, which threads can only take in turns.
        self._turn: AbstractContextManager[object] = threading.Lock() if in_memory else nullcontext()
        self._making = threading.Lock()
        self._made = False

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction, committed at the end; the tables are there. Raises StoreAway."""
        try:
            with self._turn:
                if not self._made:
                    self._make_tables()
                with self._engine.begin() as connection:
                    yield connection
        except (OperationalError, InterfaceError) as error:
            raise StoreAway(str(error.orig)) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise StoreAway(str(error.orig)) from error
            raise

    def insert(self, table: Any) -> Any:
        """The dialect's insert, which knows ``on_conflict_do_update`` and ``on_conflict_do_nothing``."""
        return self._insert(table)

    def close(self) -> None:
        self._engine.dispose()

    def _make_tables(self) -> None:
        with self._making:
            for last in (False, False, True):
                try:
                    metadata.create_all(self._engine)
                    break
                except DBAPIError:
                    # Another instance may be making them at this moment; a second look finds them.
                    if last:
                        raise
            self._made = True


def _open_sqlite(url: str, in_memory: bool) -> Engine:
    options: dict[str, Any] = {"connect_args": {"check_same_thread": False}}
    if in_memory:
        options["poolclass"] = StaticPool  # each connection would else be a database of its own
    engine = create_engine(url, **options)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        for pragma in (
            f"busy_timeout={_BUSY_MS}",
            "journal_mode=WAL",  # the console reads while the daemon writes
            "synchronous=FULL",  # an incident that a checkpoint stands on survives a power cut
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    return engine
