"""The one budget of spool, letters, snapshots and store: what gives way, and what is said.

Snapshots and store cannot give way, and of letters little is kept. So the
scores' spool may hold what the others leave of the budget.
"""

from __future__ import annotations

from collections.abc import Iterator

from config.settings import Settings
from detector.incidents.faults import Category, Severity
from detector.service.daemon.operations import Condition
from detector.service.setup.disk_use import DiskUse, disk_use
from streams.sinks.spool import MIB, Spool

LOOK_EVERY_S = 10.0
OVER_FOR_S = 30.0
"""A spool gives way with the next row that it takes: for so long the sum may be over the budget."""


class DiskBudget:
    """Looks at the disks now and then, and bounds the spool of the scores by what the others leave."""

    def __init__(self, settings: Settings, spool: Spool | None) -> None:
        self.settings = settings
        self.spool = spool
        self._use: DiskUse | None = None
        self._next_look = 0.0

    def look(self, now: float) -> DiskUse:
        """``now`` is monotonic time. Raises OSError where a disk cannot be asked."""
        if self._use is None or now >= self._next_look:
            self._next_look = now + LOOK_EVERY_S
            self._use = disk_use(self.settings)
            if self.spool is not None:
                others = self._use.used - self.spool.size
                own = self.settings.influxdb.spool_mib * MIB
                self.spool.max_bytes = max(0, min(own, self._use.budget - others))
        return self._use


def disk_conditions(use: DiskUse) -> Iterator[Condition]:
    """More taken than is allowed, or less free than snapshots and store may need."""
    if use.over:
        yield Condition(
            "disk_budget",
            Category.OPERATIONS,
            "disk",
            Severity.WARNING,
            f"coolwatch keeps {use.used / MIB:.1f} MiB on disk, more than the {use.budget // MIB} of "
            f"[state] disk_mib: {'; '.join(map(str, use.held))}. Scores that wait give way, the rest stays. "
            "Judging and paging go on. Remove snapshots of topics that are no more and damaged copies of the "
            "store, or raise disk_mib.",
            hold_s=OVER_FOR_S,
        )
    for disk in use.short:
        yield Condition(
            "disk_short",
            Category.OPERATIONS,
            disk.names,
            Severity.WARNING,
            f"Only {disk}: what is to be kept there may find no room. coolwatch holds "
            f"{'; '.join(map(str, disk.held))}. Judging and paging go on, and so do checkpoints while they "
            "fit. Make room.",
        )
