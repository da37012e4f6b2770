"""What a database may raise, told apart by what is to be done: wait, start anew, or set a row aside."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from streams.errors import StoreAway, StoreDamaged, StoreRefused, StreamError

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_PRIMARY = 0xFF  # SQLite's extended codes keep the primary one in their low byte


def named(error: Exception) -> StreamError:
    """Whatever was raised at the edge of the database, as one of the errors of that edge.

    What is not known to be the row's fault or the file's is "away": it may
    work later, and nothing is thrown away meanwhile.
    """
    if isinstance(error, StreamError):
        return error
    raised = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    says = next(iter(str(raised).splitlines()), "") or type(raised).__name__
    code = getattr(raised, "sqlite_errorcode", None)
    if code is not None and code & _PRIMARY in _DAMAGED:
        return StoreDamaged(says)
    if isinstance(error, DataError | IntegrityError) or isinstance(raised, UnicodeError | OverflowError):
        return StoreRefused(says)
    return StoreAway(says)
