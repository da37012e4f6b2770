"""Who was told of what, and who is to be told, in SQL."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import ColumnElement, or_, select, update

from streams.store import tables
from streams.store.database import Database
from streams.store.delivery import Delivery, DeliveryState
from streams.store.row import of_row
from streams.store.text import fit, fit_texts

RESOLVED = "resolved"


class Deliveries:
    """The part of a store that notification writes and reads."""

    _database: Database

    def put_deliveries(self, deliveries: Iterable[Delivery]) -> None:
        """How deliveries stand, in the order in which they came to stand so; all of them or none."""
        rows = [msgspec.to_builtins(fit_texts(each)) for each in deliveries]
        if not rows:
            return
        with self._database.transaction() as connection:
            for row in rows:
                newest = self._database.insert(tables.deliveries).values(row)
                key = ["message", "destination"]
                connection.execute(
                    newest.on_conflict_do_update(
                        index_elements=key,
                        set_={name: newest.excluded[name] for name in row if name not in key},
                        where=tables.deliveries.c.changed <= newest.excluded.changed,
                    )
                )

    def deliveries(self, *ids: str) -> list[Delivery]:
        """Those about some incidents, oldest message first."""
        return self._deliveries(tables.deliveries.c.incident_id.in_(map(fit, ids)))

    def deliveries_of_late(self, since: int) -> list[Delivery]:
        """Those that are as young as ``since`` (ns), or about an open incident; oldest message first."""
        still_open = select(tables.incidents.c.id).where(tables.incidents.c.state != RESOLVED)
        table = tables.deliveries
        return self._deliveries(or_(table.c.at >= since, table.c.incident_id.in_(still_open)))

    def _deliveries(self, condition: ColumnElement[bool]) -> list[Delivery]:
        table = tables.deliveries
        query = select(table).where(condition).order_by(table.c.at, table.c.changed)
        with self._database.transaction() as connection:
            return [of_row(Delivery, row) for row in connection.execute(query).mappings()]

    def adopt_overdue(self, before: int, until: int, most: int) -> list[Delivery]:
        """Take over at most so many deliveries whose next try was due before a time (ns): nobody tries them.

        They are put off until ``until`` (ns), so that no other instance takes them too.
        """
        table = tables.deliveries
        overdue = table.c.state == DeliveryState.WAITING, table.c.next_try < before
        adopted = []
        with self._database.transaction() as connection:
            for row in connection.execute(select(table).where(*overdue).limit(most)).mappings().all():
                key = table.c.message == row["message"], table.c.destination == row["destination"]
                taken = connection.execute(update(table).where(*key, *overdue).values(next_try=until))
                if taken.rowcount:
                    adopted.append(of_row(Delivery, row))
        return adopted
