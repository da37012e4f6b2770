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

notifications = Table(
    "notifications",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("incident_id", String, nullable=False, index=True),
    Column("reason", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    comment="whom it was told is the log's business; here stands what was told and when",
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
