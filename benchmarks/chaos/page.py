"""The figures of a run into ``docs/reliability.md``, under its last heading."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from benchmarks.tables import table
from tests.services import REPOSITORY

PAGE = REPOSITORY / "docs" / "reliability.md"
HEADING = "## Measured\n"
PAGE_WITHIN_S = 1.5
_NONE = {
    "readings lost": ("readings_lost", "records_lost"),
    "rows that differ from the replay's": ("rows_missing", "rows_too_many", "rows_differ"),
    "letters lost": ("letters_lost",),
    "incidents lost, doubled or other than the replay's": (
        "incidents_missing",
        "incidents_doubled",
        "incidents_differ",
    ),
    "limits crossed that were never paged": ("limits_never_paged",),
    "zones and partitions whose books differ": ("books_differ",),
    "messages missing": ("messages_missing",),
    "messages repeated that nothing excuses": ("messages_repeated_too_often",),
    "ends that nobody asked for": ("exits",),
    "lines of logs with a secret": ("secrets_told",),
}


def write_page(figures: dict[str, Any]) -> None:
    """Put what `summary` gives in the place of the figures of the run before."""
    text = PAGE.read_text(encoding="utf-8")
    head = text[: text.index(HEADING)] if HEADING in text else f"{text}\n"
    PAGE.write_text(head + HEADING + "\n" + "\n\n".join(_parts(figures)) + "\n", encoding="utf-8")


def _parts(figures: dict[str, Any]) -> list[str]:
    counted = figures["figures"]
    failures = ", ".join(f"{count} {name}" for name, count in sorted(figures["failures"].items()))
    ends = counted["kills"] + counted["freezes"]
    over_store = counted["messages_repeated_store_away"]
    in_flight = counted["messages_repeated"] - over_store - counted["messages_repeated_too_often"]
    rows = [(name, f"{sum(counted.get(key, 0) for key in keys)}", "0") for name, keys in _NONE.items()]
    rows.append(("letters written twice, by the same key", f"{counted['letters_doubled']}", ""))
    rows.append(
        (f"messages repeated by {ends} kills and freezes, two destinations", f"{in_flight}", f"{2 * ends}")
    )
    rows.append(("messages repeated that were told while the store was away", f"{over_store}", ""))
    return [
        f"Written by `python -m benchmarks.chaos --page`; do not edit below. Measured on "
        f"{datetime.now(UTC):%Y-%m-%d}: {figures['rounds']} rounds, {counted['readings']:,} readings, "
        f"{counted['rows']:,} fields of rows, {counted['letters']} letters, "
        f"{counted['incidents']} incidents, {counted['limits_crossed']} limits crossed. "
        f"What failed: {failures}.",
        table(("figure", "measured", "at most"), rows),
        table(("failing meanwhile", "pages", "p50, s", "p99, s", "at most"), _latencies(figures)),
    ]


def _latencies(figures: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            kind,
            f"{found['pages']}",
            f"{found['p50_s']:.2f}",
            f"{found['p99_s']:.2f}",
            "" if "rejoining" in kind else f"{PAGE_WITHIN_S}",
        )
        for kind, found in figures["limit_to_page"].items()
    ]
