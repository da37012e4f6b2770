"""How things stand around the daemon at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from detector.service.daemon.gaps import Missed
from detector.service.engines.renames import Renamed
from detector.service.setup.disk_use import DiskUse
from detector.trouble import Trouble
from streams.notify.notifier import Unreached


@dataclass(slots=True)
class Facts:
    """How things stand at one moment; durations in seconds."""

    silent_s: dict[str, dict[str, float]] = field(default_factory=dict)
    """By topic and zone: time since a reading of the zone came in; only partitions without a backlog."""
    behind_s: dict[tuple[str, int], float] = field(default_factory=dict)
    """By partition with a backlog, past the live edge: age of the newest record that was judged."""
    partitions_of_zone: dict[str, set[tuple[str, int]]] = field(default_factory=dict)
    clocks_wrong: dict[str, str] = field(default_factory=dict)
    """By zone what is wrong with its event time, while readings come in."""
    spool_full: bool = False
    dropped_rows: int = 0
    away_since: int = 0
    """When InfluxDB was last seen there, ns."""
    disk_error: str = ""
    """Why the disk of the spool takes nothing."""
    disk: DiskUse | None = None
    """What coolwatch keeps on disk; None where that is not known."""
    letters_error: str = ""
    """Why dead letters do not reach their topic."""
    letters_waiting: int = 0
    renamed: Sequence[Renamed] = ()
    """Points that go on under a new name."""
    not_understood: Sequence[str] = ()
    """What of the topics is not understood of late, in sentences."""
    rejects_high: bool = False
    rejects_sample: str = ""
    store_away: str = ""
    """Why the store does not take what it is given."""
    store_damaged: str = ""
    """Where the newest damaged file of the store was moved to, while it stands there."""
    store_lost_s: float | None = None
    """Time since a new store was begun where the one before was gone."""
    store_dropped: int = 0
    """Rows given up since the store was away for too long."""
    store_refused: int = 0
    store_refused_sample: str = ""
    unreached: Sequence[Unreached] = ()
    points_refused: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    """By zone whose points are refused of late: readings refused so far, and the last ids."""
    checkpoint_age_s: float = 0.0
    checkpoint_error: bool = False
    missed: dict[tuple[str, str], Missed] = field(default_factory=dict)
    """What the source passed over lately, by topic and reason."""
    missing_topics: set[str] = field(default_factory=set)
    troubles: dict[str, tuple[Trouble, int]] = field(default_factory=dict)
    """By zone: how judging stands, and its event time, ns."""
    failing: dict[str, str] = field(default_factory=dict)
    """Parts of the service that have failed of late, with what."""
    snapshots_damaged: dict[str, str] = field(default_factory=dict)
    """By partition, what is wrong with a snapshot that could not be used."""
