"""The tables of the store. Times are ns UTC; ``body`` is the whole object as JSON."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

schema = Table(
    "schema",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    comment="one row: the version of all these tables, see `streams.store.schema`",
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", String, primary_key=True),
    Column("zone", String, nullable=False),
    Column("category", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("state", String, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index("incidents_by_state", "state", "updated"),
    comment="the newest version of each incident",
)

incident_versions = Table(
    "incident_versions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("incident_id", String, ForeignKey("incidents.id", ondelete="CASCADE"), nullable=False),
    Column("digest", String, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("incident_id", "digest"),
    comment="every version, as it was told at the time; a version told twice stands once",
)

acknowledgements = Table(
    "acknowledgements",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("incident_id", String, nullable=False, index=True),
    Column("severity", String, nullable=False),
    Column("who", String, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

silences = Table(
    "silences",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("match", String, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("who", String, nullable=False),
    Column("note", Text, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("message", String, primary_key=True),
    Column("destination", String, primary_key=True),
    Column("incident_id", String, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("reason", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Index("deliveries_by_incident", "incident_id", "at"),
    Index("deliveries_by_state", "state", "next_try"),
    comment="what each destination was told, or still is to be told",
)

halls = Table(
    "halls",
    metadata,
    Column("zone", String, primary_key=True),
    Column("hall", String, primary_key=True),
    Column("time", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    comment="the latest picture of each hall",
)
