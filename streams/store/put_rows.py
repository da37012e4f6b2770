"""What waits for the store, put into it by what it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from streams.errors import StoreRefused, StreamError
from streams.messages import Incident
from streams.store.backlog import Row, Standing
from streams.store.delivery import Delivery
from streams.store.pictures import Pictures
from streams.store.store import Store


def put_rows(store: Store, rows: Sequence[Row]) -> None:
    """Raises StreamError, StoreRefused where a row cannot even be made into one of a table."""
    with _rows_at_fault():
        store.apply([row for row in rows if isinstance(row, Incident)])
        store.hold([row.incident for row in rows if isinstance(row, Standing)])
        store.put_deliveries([row for row in rows if isinstance(row, Delivery)])


def put_pictures(store: Store, pictures: Pictures) -> None:
    """Raises StreamError, as `put_rows`."""
    with _rows_at_fault():
        store.put_halls(pictures)


def name_of(row: Row) -> str:
    """What a row is, in a word, and its id."""
    if isinstance(row, Delivery):
        return f"delivery {row.message}"
    return f"incident {row.incident.id if isinstance(row, Standing) else row.id}"


@contextmanager
def _rows_at_fault() -> Iterator[None]:
    try:
        yield
    except StreamError:
        raise
    except Exception as error:
        raise StoreRefused(f"{type(error).__name__}: {error}") from error
