"""What comes out of logs, under the names that they have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.sections.log import LogSettings
from config.sections.messages import MessagesSettings
from streams.sources.logs import LogSource
from streams.sources.tables import Table

SECOND = 1_000_000_000
Cell = tuple[str, str, float | str]
"""(name, time as RFC 3339 in UTC, number or what stood in its place)."""


def cells_of(*paths: Path, **settings: Any) -> list[Cell]:
    """Every cell of the logs in their order."""
    cells: list[Cell] = []
    for batch in LogSource(paths, LogSettings(**settings), MessagesSettings()).batches():
        assert isinstance(batch, Table)
        for row in range(len(batch)):
            at = datetime.fromtimestamp(batch.time[row] / SECOND, UTC)
            cell = batch.text.get(row, float(batch.value[row]))
            cells.append((batch.ids[batch.point[row]], at.strftime("%Y-%m-%dT%H:%M:%SZ"), cell))
    return cells


def units_of(*paths: Path, **settings: Any) -> dict[str, str]:
    """The unit that the logs name for each name."""
    units: dict[str, str] = {}
    for batch in LogSource(paths, LogSettings(**settings), MessagesSettings()).batches():
        assert isinstance(batch, Table)
        units |= dict(zip(batch.ids, batch.units, strict=True))
    return units


def told_of(*paths: Path, **settings: Any) -> tuple[Sequence[str], Sequence[str]]:
    """(what was found, what is in doubt) of the first log."""
    layout = LogSource(paths, LogSettings(**settings), MessagesSettings()).layouts()[0]
    return layout.found, [str(doubt) for doubt in layout.doubts]
