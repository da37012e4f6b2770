"""What came of a drill, as ``drill --json`` prints it. Seconds count from the loss; null = did not happen."""

from __future__ import annotations

import msgspec


class Warned(msgspec.Struct, frozen=True):
    """The first cooling incident after a loss."""

    after_s: float
    fault: str
    root: str
    severity: str
    summary: str


class ServiceDrop(msgspec.Struct, frozen=True):
    """A service that drops, and how long after the loss, s."""

    name: str
    after_s: float


class Spare(msgspec.Struct, frozen=True):
    """How many more can be lost, the largest first; -1 = the load is not carried."""

    units: dict[str, int]
    chillers: int
    pumps: int
    towers: int


class Outcome(msgspec.Struct, frozen=True):
    """What came of one loss."""

    name: str
    scope: str
    """``one``, ``two`` or ``all``."""
    lost: list[str]
    stands_for: str
    warned: Warned | None
    critical_s: float | None
    """When a rack's inlet first passed its critical limit."""
    critical_rack: str | None
    rack_down_s: float | None
    """When a rack first shut down."""
    services: list[ServiceDrop]
    """Services that dropped, the first first."""
    hottest: float
    """Warmest rack inlet of all, degC."""
    holds: bool
    """No rack passed its critical limit, and what is left carries the load."""
    spare: Spare

    @property
    def drop_s(self) -> float | None:
        """When the first service dropped; the first rack, where no service did."""
        return self.services[0].after_s if self.services else self.rack_down_s

    @property
    def lead_s(self) -> float | None:
        """From warning to drop."""
        if self.warned is None or self.drop_s is None:
            return None
        return self.drop_s - self.warned.after_s


class Healthy(msgspec.Struct, frozen=True):
    """The zone with nothing lost."""

    carried: bool
    hottest: float
    spare: Spare
    false_warnings: list[str]
    """Cooling incidents while nothing was lost."""


class ZoneDrill(msgspec.Struct, frozen=True):
    """What each loss does to one zone."""

    zone: str
    load_kw: float
    design_kw: float
    """Load that the units carry with the largest of each hall to spare."""
    outdoor: float
    racks: int
    units: int
    chillers: int
    pumps: int
    towers: int
    """Machines of the site; what was filled in is not counted."""
    assumed: list[str]
    pairs_left_out: int
    healthy: Healthy
    drills: list[Outcome]


class Drilled(msgspec.Struct, frozen=True):
    """A whole drill, as ``coolwatch drill --json`` prints it."""

    site: str
    seed: int
    minutes: float
    """How long each loss was followed."""
    left_out: list[str]
    """What of the site file has no part in the drill, a sentence each."""
    zones: list[ZoneDrill]
