"""How it is written what is expected of a case of telemetry as sites have it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """An incident that must be told: of a category, in words like these, no later than a time."""

    category: str
    words: str = ""
    """Pattern of what its fault, root, summary and evidence say."""
    by: str = ""
    """RFC 3339; empty: whenever."""
    since: str = ""
    """Not earlier: before that nothing was wrong."""
    clock_unknown: bool = False
    """The log's times have no zone: compared by minutes within the hour."""


@dataclass(frozen=True)
class Run:
    """One command and what is expected of it; ``{case}`` is its folder, ``{out}`` one for what is made."""

    command: str
    exit: int | None = 0
    """None: whatever it is."""
    loud: str = ""
    """As good as all below: an exit code that is not 0, and words like these."""
    says: tuple[str, ...] = ()
    """Patterns of the output, each of which must be there."""
    written: tuple[tuple[str, str], ...] = ()
    """(file, pattern) that must stand in it."""
    not_written: tuple[tuple[str, str], ...] = ()
    told: tuple[Told, ...] = ()
    """For a replay with --json, as all below."""
    never: str | None = None
    """Category of which nothing may be told; empty: nothing at all."""
    at_most: int | None = None
    """Incidents in all."""
    read: int | None = None
    """Readings that were read: scored, waiting, late or duplicate."""
    unread: int | None = None
    rejected_only: str = ""
    """What may be rejected: pattern of each letter's payload."""
    named: str = ""
    """Pattern whose group, found in a rejected payload, the letter's detail must name."""
    files: tuple[tuple[str, str], ...] = ()
    """(name, text) of what is written into {out} before."""


@dataclass(frozen=True)
class Case:
    """One folder of cases."""

    folder: str
    runs: tuple[Run, ...]
