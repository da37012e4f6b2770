"""How a table is laid out, as far as it was told, and what stays in doubt."""

from __future__ import annotations

from dataclasses import dataclass, field

from config.sections.log import LogSettings
from kernels.rfc3339 import NOT_A_TIME
from streams.errors import RejectReason
from streams.sources.table_doubt import Doubt
from streams.sources.table_shape import TableShape


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is laid out."""

    settings: LogSettings
    """Those that were given, with all that was told in place of what they left open."""
    dialect: LogSettings
    """The same less what the columns are for, which a header that comes later may change."""
    found: list[str] = field(default_factory=list)
    """What was told that a person may want to look over."""
    doubts: list[Doubt] = field(default_factory=list)
    """While there are any, nothing is read."""
    shape: TableShape | None = None
    """Of the rows under the first header; None where there are none."""
    columns: tuple[str, ...] = ()
    """Headers of these."""
    span: tuple[int, int] = (NOT_A_TIME, NOT_A_TIME)
    """First and last time of the sample, ns UTC."""
    sample: dict[tuple[str, int], str] = field(default_factory=dict)
    """By name and time, some of the first cells."""
    instead: tuple[RejectReason, str] | None = None
    """What the log holds in place of rows."""
