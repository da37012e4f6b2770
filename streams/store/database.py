"""The SQL database behind the store: SQLite unless told otherwise, or PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError

from config.errors import ConfigError
from streams.errors import StoreDamaged, StoreRefused
from streams.store.failures import named
from streams.store.file import Identity, create_private, identities, move_aside, remove_stale
from streams.store.schema import bring_up_to_date

# Judging waits while the store is asked what people did, so one that does not answer is given up soon.
_BUSY_MS = 1000
_IMPATIENT = {
    "connect_timeout": 2,
    "options": "-c statement_timeout=2000",
    "tcp_user_timeout": 2000,
    # A host that is gone once it has taken a question sends no word of it: only probes tell.
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
_REMEDY = "as in sqlite:///coolwatch.db or postgresql://user@host/coolwatch"


class Database:
    """Connections and transactions; whatever the other side raises is one of the errors of the store.

    Raises ConfigError for a URL that is no SQLite or PostgreSQL; opening does
    not speak to the database yet, so a PostgreSQL that is away is no error here.
    """

    def __init__(self, url: str) -> None:
        try:
            kind = make_url(url).get_backend_name()
        except ArgumentError as error:
            raise ConfigError("settings", "store.url", "is no database URL", _REMEDY) from error
        name = make_url(url).database
        in_memory = kind == "sqlite" and name in (None, "", ":memory:")
        self.file = Path(name) if name and kind == "sqlite" and not in_memory else None
        """The file of an SQLite that has one."""
        self.damaged = False
        """Whether the file was found to be no database any more; `start_anew` mends that."""
        self.begun = 0
        """How often another store than the one before was found in its place, or an empty one."""
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
        self._preparing = threading.Lock()
        self._prepared = False
        self._was_prepared = False
        self._left = False
        self._known: dict[Path, Identity] = {}

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction, committed at the end; the tables are there.

        Raises StoreAway or StoreDamaged, and StoreRefused for a row that the
        database will never take.
        """
        try:
            with self._turn:
                if self.gone:
                    self._let_go()
                if not self._prepared:
                    self._prepare()
                with self._engine.begin() as connection:
                    yield connection
        except Exception as error:
            failure = named(error)
            if not isinstance(failure, StoreRefused):
                self._prepared = False  # what comes back may be another file, or another server
            if isinstance(failure, StoreDamaged):
                self.damaged = True
            if failure is error:
                raise
            raise failure from error

    @property
    def gone(self) -> bool:
        """Whether the file that was open does not stand in its place any more."""
        if self.file is None or not self._was_prepared:
            return False
        return self._left or identities(self.file).get(self.file) != self._known[self.file]

    def start_anew(self) -> Path | None:
        """Move a damaged file aside; the next transaction makes a new one. Where the old one stands now.

        None where another thread was first. Raises StoreAway.
        """
        with self._preparing:
            if not self.damaged or self.file is None:
                return None
            try:
                self._engine.dispose()
                aside = move_aside(self.file)
            except Exception as error:
                raise named(error) from error
            self._prepared = self.damaged = False
            self._left = True
            return aside

    def insert(self, table: Any) -> Any:
        """The dialect's insert, which knows ``on_conflict_do_update`` and ``on_conflict_do_nothing``."""
        return self._insert(table)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _let_go(self) -> None:
        """Close what is open of a file that is not there any more."""
        with self._preparing:
            if self.file is not None and self.gone and not self._left:
                # Before its last connection is closed: nobody else's file can have its inode yet.
                remove_stale(self.file, self._known)
                self._engine.dispose()
                self._prepared, self._left = False, True

    def _prepare(self) -> None:
        with self._preparing:
            if self._prepared:
                return
            if self.file is not None:
                create_private(self.file)
            another = bring_up_to_date(self._engine)
            if self.file is not None:
                before, self._known = self._known, identities(self.file)
                another |= before.get(self.file) != self._known.get(self.file)
            self.begun += another and self._was_prepared
            self._prepared, self._was_prepared, self._left = True, True, False


def _open_sqlite(url: str, in_memory: bool) -> Engine:
    options: dict[str, Any] = {"connect_args": {"check_same_thread": False}}
    if in_memory:
        options["poolclass"] = StaticPool  # each connection would else be a database of its own
    engine = create_engine(url, **options)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # else the driver leaves changes of tables outside transactions
        try:
            for pragma in (
                f"busy_timeout={_BUSY_MS}",
                "journal_mode=WAL",  # the console reads while the daemon writes
                "synchronous=FULL",  # an incident that a checkpoint stands on survives a power cut
                "foreign_keys=ON",
            ):
                connection.execute(f"PRAGMA {pragma}").close()
        except Exception:
            connection.close()  # the pool has not taken it yet, and would leave it open
            raise

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine
