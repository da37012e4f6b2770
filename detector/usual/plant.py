"""What the plant of a zone usually sends: water temperature, and flow and pressure for its pumps' speed."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from detector.seen.condition import Condition
from detector.seen.newest_values import NewestValues
from detector.seen.slope import slope_of
from detector.seen.topology import Topology
from detector.seen.water import Metered, Water, told_setpoints
from detector.threshold import TUNED, threshold
from detector.usual.shared import OF_USUAL
from detector.usual.swings import Swings
from streams.messages import SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of the water that the plant sends."""

    weather_half_life_s: float = threshold(24 * 3600.0, "s", "memory of the usual outdoor air", TUNED)
    water_course_s: int = threshold(
        120, "s", "how fast water warms is told over this time, half of it at least...", TUNED
    )
    water_course_ticks: int = threshold(3, "ticks", "...and so many ticks", TUNED)
    water_known_after_s: float = threshold(
        1800.0, "s", "what is usual of the water is known after so long", TUNED
    )
    water_rises_by_k: float = threshold(
        0.5,
        "K",
        "water that is warmer than usual by more than this may be a fault: it is not learned so fast",
        TUNED,
    )
    chillers_rest_s: int = threshold(600, "s", "chillers that rest for so long...", TUNED)
    stays_cold_k: float = threshold(
        1.0, "K", "...with water no warmer than this are not what cools it", TUNED
    )
    free_cooling_k: float = threshold(
        2.0, "K", "outdoor air so far below the chilled water can carry its heat away", TUNED
    )


T = Thresholds()
UNKNOWN_AT_FIRST = (
    "usual_water",
    "usual_flow",
    "usual_meters",
    "usual_pull",
    "usual_head",
    "usual_pumps",
    "usual_condenser",
    "usual_outdoor",
)


@dataclass(frozen=True, slots=True)
class PlantUsual:
    """What the plant usually sends, as known now; see `Plant` for each. NaN until seen."""

    water: float
    flow: float
    meters: float
    source: int
    pull: float
    head: float
    pumps: float
    condenser: float
    outdoor: float
    watched_s: float
    rests_cold: int
    ran_in_cold_s: float
    swing: float
    """Largest habitual swing of the water above its reference, K."""
    swing_known: bool
    water_above: float
    """The water now above its set point, or above the usual where that is more, K."""
    knows_its_water: bool
    """Whether anything but the last minutes says how warm the water is to be."""


class Plant:
    """Usual water supply, C, flow, l/s, and flow and pressure at full pump speed; NaN until seen."""

    state_fields = (
        *UNKNOWN_AT_FIRST,
        "usual_source",
        "otherwise_s",
        "watched_s",
        "course",
        "rests_since",
        "warmest",
        "rests_cold",
        "ran_in_cold_s",
    )

    def __init__(self) -> None:
        self.usual_water = math.nan
        self.usual_flow = math.nan
        self.usual_meters = math.nan
        self.usual_source = int(Metered.NOBODY)
        self.otherwise_s = 0.0
        """For how long the flow has been measured otherwise."""
        self.usual_pull = math.nan
        self.usual_head = math.nan
        self.usual_pumps = math.nan
        self.usual_condenser = math.nan
        self.usual_outdoor = math.nan
        self.watched_s = 0.0
        self.rests_since = 0
        """When the chillers that have all stopped were first seen to, ns; 0 while one runs."""
        self.warmest = -math.inf
        """The water above its reference since then, K."""
        self.ran_in_cold_s = 0.0
        """For how long chillers have run although it was cold outdoors."""
        self.rests_cold = 0
        """How often all chillers were at rest for long and the water stayed cold."""
        self.course: deque[tuple[int, float]] = deque()
        """Water supply of the last minutes: (end of the tick in ns, C)."""
        self.swings = Swings(1)
        """Of the water above its reference, K: one row."""

    def water_reference(self, topology: Topology, values: NewestValues) -> float:
        """The warmest that is in order: the set point, or what is usual where that is more; C."""
        told = told_setpoints(topology, values)
        return float(np.fmax(self.usual_water, told.max() if len(told) else math.nan))

    def knows_its_water(self, topology: Topology, values: NewestValues) -> bool:
        """Whether anything but the last minutes says how warm the water is to be."""
        return len(told_setpoints(topology, values)) > 0 or self.watched_s >= T.water_known_after_s

    def now(self, water: Water, topology: Topology, values: NewestValues) -> PlantUsual:
        """How it is now; what comes later does not move it."""
        return PlantUsual(
            water=self.usual_water,
            flow=self.usual_flow,
            meters=self.usual_meters,
            source=self.usual_source,
            pull=self.usual_pull,
            head=self.usual_head,
            pumps=self.usual_pumps,
            condenser=self.usual_condenser,
            outdoor=self.usual_outdoor,
            watched_s=self.watched_s,
            rests_cold=self.rests_cold,
            ran_in_cold_s=self.ran_in_cold_s,
            swing=float(self.swings.usual[0]),
            swing_known=bool(self.swings.known[0]),
            water_above=water.supply - self.water_reference(topology, values),
            knows_its_water=self.knows_its_water(topology, values),
        )

    def watch(self, water: Water, end: int) -> None:
        """Take in how warm the water is now."""
        if math.isfinite(water.supply):
            self.course.append((end, water.supply))
        while self.course and end - self.course[0][0] > T.water_course_s * SECOND:
            self.course.popleft()

    def watch_rest(self, end: int, chillers_stopped: bool, warm: float) -> None:
        """Note whether chillers rest while the water stays cold: something else cools it then.

        ``warm``: the water above its reference, K.
        """
        if chillers_stopped:
            self.rests_since = self.rests_since or end
            self.warmest = max(self.warmest, warm if math.isfinite(warm) else math.inf)
            return
        if (
            self.rests_since
            and end - self.rests_since >= T.chillers_rest_s * SECOND
            and self.warmest < T.stays_cold_k
        ):
            self.rests_cold += 1
        self.rests_since, self.warmest = 0, -math.inf

    def warms_at(self) -> float:
        """How fast the water has warmed over the last two minutes, K/s; NaN before they are known."""
        if (
            len(self.course) < T.water_course_ticks
            or self.course[-1][0] - self.course[0][0] < T.water_course_s / 2 * SECOND
        ):
            return math.nan
        return slope_of(self.course)

    def learn(self, water: Water, warm: float, healthy: bool, chillers_run: bool, dt: float) -> None:
        """Take in one tick; ``warm`` is the water above its reference, K."""
        runs_in_cold = chillers_run and cold_outdoors(water)
        self.ran_in_cold_s += dt if runs_in_cold else 0.0
        if not healthy:
            self.swings.forget_peaks()
            return
        self.swings.learn(np.array([warm]), dt)
        self.watched_s += dt
        part = 1.0 - 0.5 ** (dt / OF_USUAL.usual_half_life_s)
        highest = self.usual_water + T.water_rises_by_k if math.isfinite(self.usual_water) else math.inf
        self.usual_water = _blend(self.usual_water, min(water.supply, highest), part)
        metered = self._same_meters(water, dt)
        if metered:
            self.usual_flow = _blend(self.usual_flow, water.flow, part)
            self.usual_meters = _blend(self.usual_meters, water.meters, part)
        self.usual_condenser = _blend(self.usual_condenser, water.condenser, part)
        part = 1.0 - 0.5 ** (dt / T.weather_half_life_s)
        self.usual_outdoor = _blend(self.usual_outdoor, water.outdoor, part)
        if water.pumps or water.pumps_unseen:
            part = 1.0 - 0.5 ** (dt / OF_USUAL.usual_half_life_s)
            self.usual_pumps = _blend(self.usual_pumps, water.pumps, part)
            if metered:
                self.usual_pull = _blend(self.usual_pull, water.pull, part)
            self.usual_head = _blend(self.usual_head, water.head, part)

    def forget(self) -> None:
        """Forget what was usual: the plant runs otherwise now."""
        for name in UNKNOWN_AT_FIRST:
            setattr(self, name, math.nan)
        self.watched_s = 0.0
        self.swings.forget([0])

    def _same_meters(self, water: Water, dt: float) -> bool:
        """Whether the flow is measured as usual: by the best meters, or by those that are left for long."""
        if water.source == self.usual_source:
            self.otherwise_s = 0.0
            return True
        if water.source is Metered.NOBODY:
            return False
        self.otherwise_s += dt
        better = water.source < (self.usual_source or math.inf)
        if not better and self.otherwise_s < T.water_known_after_s:
            return False
        self.usual_source, self.otherwise_s = int(water.source), 0.0
        self.usual_flow = self.usual_meters = self.usual_pull = math.nan
        return True


def cold_outdoors(water: Water) -> bool:
    """Outdoor air below the chilled water: it may be cooled without the chillers."""
    return water.outdoor < water.supply - T.free_cooling_k


def most_cooling_units_stopped(topology: Topology, condition: Condition, in_service: np.ndarray) -> bool:
    """Most units have stopped, and have shut their own valves."""
    served = [u for hall in topology.cooling_units for u in hall if in_service[u]]
    stopped = sum(condition.running[u] == 0.0 for u in served)
    return stopped > len(served) / 2


def chillers_stopped(topology: Topology, condition: Condition, in_service: np.ndarray) -> bool:
    """Whether all chillers that are heard have stopped while units draw water."""
    running = condition.running[list(topology.chillers)]
    heard = running[np.isfinite(running)]
    return bool(
        len(heard)
        and (heard == 0.0).all()
        and not most_cooling_units_stopped(topology, condition, in_service)
    )


def _blend(usual: float, now: float, part: float) -> float:
    if math.isnan(now):
        return usual
    return now if math.isnan(usual) else usual + part * (now - usual)
