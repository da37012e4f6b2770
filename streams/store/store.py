"""Incidents, what people did about them, and the halls' latest picture, in SQL.

Everything the engine writes is idempotent, since a restart judges some
records again: a version told twice stands once, and an older version or
picture never replaces a newer one.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
import structlog
from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from streams.messages import HallState, Incident
from streams.store import tables
from streams.store.database import Database
from streams.store.deliveries import RESOLVED, Deliveries
from streams.store.file import damaged_copies
from streams.store.overlay import Acknowledgement, Silence
from streams.store.row import of_row
from streams.store.text import fit, fit_texts

log = structlog.get_logger()


class Store(Deliveries):
    """Safe to use from several threads.

    Every method raises StoreAway where the database does not answer, for
    whatever reason (StoreDamaged where its file is no database any more), and
    those that write raise StoreRefused where it will never take what it is given.
    """

    def __init__(self, url: str) -> None:
        """``url``: SQLAlchemy's, SQLite or PostgreSQL. Raises ConfigError for any other."""
        self._database = Database(url)

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    # How the database stands.

    @property
    def file(self) -> Path | None:
        """The file of an SQLite that has one."""
        return self._database.file

    @property
    def damaged(self) -> bool:
        """Whether the file was found to be no database any more, and still stands in its place."""
        return self._database.damaged

    @property
    def gone(self) -> bool:
        """Whether its file was removed, or something else stands in its place; the next call notices."""
        return self._database.gone

    @property
    def begun(self) -> int:
        """How often it was found to be empty, or to be another one than before."""
        return self._database.begun

    def start_anew(self) -> Path | None:
        """Move a damaged file aside and begin with an empty one; where the old one stands, if it moved."""
        return self._database.start_anew()

    def damaged_copies(self) -> list[Path]:
        """What was moved aside and nobody has taken away since, oldest first."""
        return damaged_copies(self._database.file) if self._database.file is not None else []

    def probe(self) -> None:
        """Write something that changes nothing: whether the database takes rows at all."""
        with self._database.transaction() as connection:
            connection.execute(update(tables.schema).values(version=tables.schema.c.version))

    # What the engine says.

    def apply(self, incidents: Iterable[Incident]) -> None:
        """Take in versions of incidents, in the order in which they came; all of them or none."""
        versions = list(incidents)
        if not versions:
            return
        with self._database.transaction() as connection:
            for incident in versions:
                self._apply(connection, incident)

    def hold(self, incidents: Iterable[Incident]) -> None:
        """Take in those of which nothing is here."""
        by_id = {fit(incident.id): incident for incident in incidents}
        if not by_id:
            return
        held = select(tables.incidents.c.id).where(tables.incidents.c.id.in_(by_id))
        with self._database.transaction() as connection:
            for id in by_id.keys() - set(connection.execute(held).scalars()):
                self._apply(connection, by_id[id])

    def _apply(self, connection: Connection, incident: Incident) -> None:
        incident = fit_texts(incident)
        body = msgspec.json.encode(incident).decode()
        row = {
            "id": incident.id,
            "zone": incident.zone,
            "category": incident.category,
            "severity": incident.severity,
            "state": incident.state,
            "started": incident.started,
            "updated": incident.updated,
            "body": body,
        }
        newest = self._database.insert(tables.incidents).values(row)
        connection.execute(
            newest.on_conflict_do_update(
                index_elements=["id"],
                set_={key: newest.excluded[key] for key in row if key != "id"},
                where=tables.incidents.c.updated <= newest.excluded.updated,
            )
        )
        version = {
            "incident_id": incident.id,
            "digest": hashlib.blake2b(body.encode(), digest_size=8).hexdigest(),
            "updated": incident.updated,
            "body": body,
        }
        connection.execute(
            self._database.insert(tables.incident_versions).values(version).on_conflict_do_nothing()
        )

    def incidents(self, since: int | None = None, state: str | None = None) -> list[Incident]:
        """Newest versions, oldest incident first: those changed at or after ``since`` (ns), in ``state``."""
        table = tables.incidents
        conditions = []
        if since is not None:
            conditions.append(table.c.updated >= since)
        if state is not None:
            conditions.append(table.c.state == state)
        return self._incidents(*conditions)

    def open_incidents(self) -> list[Incident]:
        """Pending and firing ones, oldest first."""
        return self._incidents(tables.incidents.c.state != RESOLVED)

    def _incidents(self, *conditions: ColumnElement[bool]) -> list[Incident]:
        table = tables.incidents
        query = select(table.c.body).where(*conditions).order_by(table.c.started, table.c.id)
        with self._database.transaction() as connection:
            return _incidents(body for (body,) in connection.execute(query))

    def incident(self, id: str) -> Incident | None:
        """The newest version of one incident."""
        query = select(tables.incidents.c.body).where(tables.incidents.c.id == id)
        with self._database.transaction() as connection:
            bodies = connection.execute(query).scalars().all()
        return next(iter(_incidents(bodies)), None)

    def versions(self, id: str) -> list[Incident]:
        """All versions of one incident, oldest first."""
        table = tables.incident_versions
        query = (
            select(table.c.body).where(table.c.incident_id == id).order_by(table.c.updated, table.c.number)
        )
        with self._database.transaction() as connection:
            return _incidents(body for (body,) in connection.execute(query))

    def forget(self, keep: int, now: int, most: int) -> int:
        """Remove at most so many incidents, with all about them, that are long over; how many.

        That is for longer than ``keep`` (ns), from the last change of an incident to ``now``
        and to the newest change in its zone (ns), so that an old log that is played in stays.
        """
        table, newer = tables.incidents, tables.incidents.alias()
        newest = select(func.max(newer.c.updated)).where(newer.c.zone == table.c.zone).scalar_subquery()
        old = (
            select(table.c.id)
            .where(table.c.state == RESOLVED, table.c.updated < now - keep, table.c.updated < newest - keep)
            .order_by(table.c.updated)
            .limit(most)
        )
        with self._database.transaction() as connection:
            ids = connection.execute(old).scalars().all()
            for other in (tables.acknowledgements, tables.deliveries):
                connection.execute(delete(other).where(other.c.incident_id.in_(ids)))
            connection.execute(delete(table).where(table.c.id.in_(ids)))
            connection.execute(delete(tables.silences).where(tables.silences.c.end < now - keep))
        return len(ids)

    def put_hall(self, zone: str, state: HallState, time: int) -> None:
        """The picture of a hall at an event time (ns)."""
        self.put_halls({(zone, state.hall): (state, time)})

    def put_halls(self, pictures: Mapping[tuple[str, str], tuple[HallState, int]]) -> None:
        """Pictures by (zone, hall), in one transaction."""
        with self._database.transaction() as connection:
            for (zone, hall), (state, at) in pictures.items():
                body = msgspec.json.encode(fit_texts(state)).decode()
                row = self._database.insert(tables.halls).values(
                    zone=fit(zone), hall=fit(hall), time=at, body=body
                )
                connection.execute(
                    row.on_conflict_do_update(
                        index_elements=["zone", "hall"],
                        set_={"time": row.excluded.time, "body": row.excluded.body},
                        where=tables.halls.c.time <= row.excluded.time,
                    )
                )

    def halls(self) -> dict[tuple[str, str], tuple[HallState, int]]:
        """The latest picture of each (zone, hall), with its event time."""
        table = tables.halls
        query = select(table.c.zone, table.c.hall, table.c.body, table.c.time)
        with self._database.transaction() as connection:
            return {
                (zone, hall): (msgspec.json.decode(body, type=HallState), at)
                for zone, hall, body, at in connection.execute(query)
            }

    # What people do.

    def acknowledge(self, id: str, who: str, note: str = "", at: int | None = None) -> None:
        """Note that somebody knows of an incident as bad as it is now. KeyError for an unknown id."""
        incident = self.incident(id)
        if incident is None:
            raise KeyError(id)
        row = Acknowledgement(id, incident.severity, who, note, _now(at))
        with self._database.transaction() as connection:
            connection.execute(tables.acknowledgements.insert().values(msgspec.to_builtins(row)))

    def acknowledgements(self, *ids: str) -> list[Acknowledgement]:
        """Those of some incidents, oldest first."""
        table = tables.acknowledgements
        query = select(table).where(table.c.incident_id.in_(map(fit, ids))).order_by(table.c.number)
        with self._database.transaction() as connection:
            return [of_row(Acknowledgement, row) for row in connection.execute(query).mappings()]

    def silence(self, match: str, start: int, end: int, who: str, note: str = "") -> int:
        """No notifications for what a glob fits, from ``start`` to ``end`` (ns). The silence's id."""
        row = {"match": match, "start": start, "end": end, "who": who, "note": note}
        with self._database.transaction() as connection:
            key = connection.execute(tables.silences.insert().values(row)).inserted_primary_key
        assert key is not None
        return int(key[0])

    def end_silence(self, id: int, at: int | None = None) -> None:
        """Let a silence end now (or at a time, ns), if it would last longer."""
        table, end = tables.silences, _now(at)
        with self._database.transaction() as connection:
            connection.execute(update(table).where(table.c.id == id, table.c.end > end).values(end=end))

    def silences(self, at: int) -> list[Silence]:
        """Those that hold at a time (ns)."""
        table = tables.silences
        query = select(table).where(table.c.start <= at, table.c.end > at).order_by(table.c.id)
        with self._database.transaction() as connection:
            return [of_row(Silence, row) for row in connection.execute(query).mappings()]


def _incidents(bodies: Iterable[str]) -> list[Incident]:
    """What can be read of them; one that cannot holds none of the others back."""
    found = []
    for body in bodies:
        try:
            found.append(_incident(body))
        except msgspec.MsgspecError as error:
            log.error("the store holds an incident that cannot be read", error=str(error), body=body[:200])
    return found


def _incident(body: str) -> Incident:
    return msgspec.json.decode(body, type=Incident)


def _now(at: int | None) -> int:
    return time.time_ns() if at is None else at
