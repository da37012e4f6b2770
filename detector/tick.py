"""Everything that a rule may look at, at the end of one tick: arrays, numbers and topology.

Nothing in it can be moved, by a rule or by anyone: what state holds is copied
into it, and its arrays cannot be written.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.seen.balance import Balance
from detector.seen.condition import Condition
from detector.seen.fallen_silent import Silent
from detector.seen.points_now import PointsNow
from detector.seen.sealed import seal
from detector.seen.shown import Shown
from detector.seen.source_failures import SourceFailure
from detector.seen.stops import Stopped
from detector.seen.topology import Topology
from detector.seen.warming import Warming
from detector.seen.water import Water
from detector.usual.equipment import Usual
from detector.usual.hunting import Swinging
from detector.usual.models.cooling_units import CoolingUnitsExpected
from detector.usual.models.racks import RacksExpected
from detector.usual.plant import PlantUsual
from detector.usual.reference.crept import Crept
from streams.messages import F64, I64


@dataclass(frozen=True, slots=True)
class Tick:
    """By equipment, unless it says by hall; NaN = not known."""

    end: int
    """ns, in the engine's time."""
    topology: Topology
    points: PointsNow
    silent: tuple[Silent, ...]
    """What has fallen silent, each group of points that fell silent together."""
    shown: Shown
    """What each piece of equipment shows, by role: see `column`."""
    condition: Condition
    usual: Usual
    stops: Stopped
    hunting: Swinging
    water: Water
    plant: PlantUsual
    """What is usual of the water."""
    water_warms: float
    """How fast the chilled water has warmed over the last two minutes, K/s."""
    warmest_ahead: float
    """Outdoors within a day, C."""
    stopped_s: F64
    """For how long each piece of equipment has been seen at rest, s; NaN where it is not."""
    slack_s: F64
    """How long before it was read it may have come to what it shows, s; 0 for what is read often (`Pace`)."""
    resting: np.ndarray
    """Equipment that is at rest as it is all the time."""
    valve: F64
    """Opening of each valve, %, else its command."""
    supply_above: F64
    """Supply air beside its set point, against what is usual there, K."""
    capacity_kw: F64
    """What each machine can carry: declared, or seen when it had no more to give."""
    setpoint_rise: F64
    """By hall: how far the set points of supply and return air have been raised not long ago, K."""
    setpoint_fall: F64
    """The same of how far they have been lowered."""
    load: F64
    """Heat load of each hall, kW; NaN where not metered."""
    removed: F64
    """What the units of each hall say they carry, as they measure it; NaN where too few tell."""
    load_part: F64
    """Load of each hall as a part of what is usual there; NaN where not metered."""
    load_change: F64
    """Load of each hall over the smallest of the last quarter of an hour, less one."""
    load_since_stop: F64
    """The same over the smallest since a unit of the hall last stopped; NaN where all run."""
    balances: tuple[Balance, ...]
    """By hall, as the next."""
    warmings: tuple[Warming, ...]
    cooling_units: CoolingUnitsExpected
    racks: RacksExpected
    lone: np.ndarray
    """Racks with a sensor that nothing near it bears out."""
    in_service: np.ndarray
    """Equipment that runs, or ran not long before now or the trouble that is under way."""
    maintained: np.ndarray
    """Equipment under declared maintenance."""
    crept: Crept
    """What has left its long reference by the last block of minutes."""
    racks_beyond: bool
    """Whether a rack is beyond a limit."""
    sources: tuple[SourceFailure, ...]
    """Sources that fail: what comes through them is not among what is shown."""
    healthy: np.ndarray
    """Equipment that no incident touched when the tick began."""
    quarantined: np.ndarray
    """Halls that a cooling incident touched as a whole then."""
    onset: I64
    """By hall: since when it is in trouble, ns; UNSET where it is not, as of the tick before."""
    lost_sight: np.ndarray
    """Halls of which nothing had been seen for long."""

    def __post_init__(self) -> None:
        seal(self)

    def column(self, role: Role) -> F64:
        """One value of a role for each piece of equipment; NaN where no point of it speaks (`Shown`)."""
        return self.shown.column(role)

    def name_of(self, e: int) -> str:
        """What people call a piece of equipment."""
        return self.topology.ids[e].split("/", 1)[-1].upper()

    def root_of(self, machines: tuple[int, ...]) -> str:
        """One machine in service is its own root; several are the plant's."""
        served = [m for m in machines if self.in_service[m]]
        return self.topology.ids[served[0]] if len(served) == 1 else self.topology.zone
