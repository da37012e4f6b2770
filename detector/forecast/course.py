"""What each hall shows in a few figures, how they usually are, and how they went since trouble began."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.forecast.half_way import changed_half_way
from detector.seen.shared import OF_SEEN
from detector.threshold import TUNED, threshold
from detector.tick import Tick
from detector.usual.shared import OF_USUAL
from kernels.hall_heat import SEEN
from streams.messages import F64, SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of the course of a hall in trouble."""

    before_s: float = threshold(
        120.0, "s", "signs come late: the course begins this long before the first", TUNED
    )
    most_rows: int = threshold(120, "ticks", "a course of more is thinned to half...", TUNED)
    newest_rows: int = threshold(24, "ticks", "...but for its newest", TUNED)
    still_air: float = threshold(
        0.05, "", "below this part of the usual, air is still and says nothing", TUNED
    )
    still_water: float = threshold(0.1, "", "the same of water", TUNED)
    lost_after_s: float = threshold(
        3600.0, "s", "a hall that was not seen for so long is not played on", TUNED
    )
    most_fan_room: float = threshold(2.5, "", "no fan turns so many times faster than usual", TUNED)
    unmetered_leak_k: float = threshold(1.5, "K", "from supply to inlet, if unmeasured", TUNED)
    unmetered_gain_k: float = threshold(10.0, "K", "in a rack, if unmeasured", TUNED)
    unmetered_approach_k: float = threshold(9.0, "K", "from water to supply air, if unmeasured", TUNED)
    unmetered_water_rise_k: float = threshold(5.5, "K", "over the coils, if unmeasured", TUNED)
    unmetered_rack_kw: float = threshold(4.0, "kW", "load of a rack, if unmeasured", TUNED)
    least_gain_k: float = threshold(3.0, "K", "air gains so much in a rack at least...", TUNED)
    least_leak_k: float = threshold(0.2, "K", "...is so much warmer at inlets...", TUNED)
    least_return_k: float = threshold(2.0, "K", "...comes back so much warmer...", TUNED)
    least_approach_k: float = threshold(1.0, "K", "...and is so much warmer than water", TUNED)
    least_water_rise_k: float = threshold(
        2.0, "K", "water rises by so much over the coils at least...", TUNED
    )
    most_water_rise_k: float = threshold(12.0, "K", "...and at most", TUNED)


T = Thresholds()
FIGURES = (
    "inlet",
    "supply",
    "return",
    "water",
    "coil_water",
    "water_return",
    "air",  # sum of the units' efforts
    "flow",  # l/s, or pumps that run where no meter tells
    "chillers",  # that run
    "load",  # kW
    "rack_kw",
    "valve",  # %
    "rack_gain",  # K that air gains in a rack
    "speed",  # of the units that run, as a part of full speed
    "inlet_age",  # s, since what is told above was read
    "supply_age",
    "return_age",
    "water_age",
    "coil_water_age",
    "water_return_age",
)
AT = {name: i for i, name in enumerate(FIGURES)}
AT_COOLING_UNITS = {"supply": Role.SUPPLY_AIR, "return": Role.RETURN_AIR, "coil_water": Role.WATER_SUPPLY}
AGES = [AT[f"{name}_age"] for name in SEEN]
NOT_LEARNED: F64 = np.full(2, np.nan)


@dataclass(frozen=True, slots=True)
class Course:
    """What a hall and its plant have shown, from shortly before the trouble until now."""

    seconds: F64
    """f8[n], since the trouble was seen; ascending, the first is not above zero."""
    drivers: F64
    """f8[n, 5], what moves and runs (`kernels.hall_heat.DRIVERS`), as parts of the usual."""
    shown: F64
    """f8[n, 6], what sensors showed (`kernels.hall_heat.SEEN`), C; NaN = nothing."""
    read: F64
    """f8[n, 6], when that was read, s on the scale of ``seconds``."""
    usual: F64
    """f8[7], how the hall is while nothing is wrong (`kernels.hall_heat.START`)."""
    rack_kw: float
    """Usual load of a rack."""
    valve: float
    """Usual position of the units' valves, %; NaN where not known."""
    speed: float
    """Usual speed of the units' fans, as a part of full speed."""
    takes_up: F64
    """f8[2], heat that servers and water took up in an earlier trouble, kJ/K per kW; NaN = not known."""


def figures_of(tick: Tick) -> F64:
    """f8[halls, 20]: `FIGURES` of each hall, NaN where nothing tells."""
    topology, shown = tick.topology, tick.shown
    cooling_units, unit_hall = _members(topology.cooling_units)
    racks, rack_hall = _members(topology.racks)
    halls = len(topology.halls)
    column = shown.column
    found = np.full((halls, len(FIGURES)), np.nan)

    def keep(name: str, values: F64, hall: np.ndarray, weight: F64 | None = None) -> None:
        found[:, AT[name]] = _mean(values, hall, halls, weight)

    effort = _effort(tick, cooling_units, unit_hall)
    inlet = column(Role.RACK_INLET)[racks]
    keep("inlet", inlet, rack_hall)
    keep("inlet_age", shown.ages(Role.RACK_INLET)[racks], rack_hall)
    for name, role in AT_COOLING_UNITS.items():
        keep(name, column(role)[cooling_units], unit_hall, effort if name == "supply" else None)
        keep(f"{name}_age", shown.ages(role)[cooling_units], unit_hall)
    keep("valve", tick.valve[cooling_units], unit_hall, effort)
    keep("speed", np.where(effort > 0.0, effort, np.nan), unit_hall)
    keep("rack_kw", column(Role.POWER)[racks], rack_hall)
    keep("rack_gain", column(Role.RACK_OUTLET)[racks] - inlet, rack_hall)
    known = np.isfinite(effort)
    moved = np.bincount(unit_hall[known], effort[known], halls)
    found[:, AT["air"]] = np.where(np.bincount(unit_hall[known], minlength=halls) > 0, moved, np.nan)
    found[:, AT["load"]] = tick.load
    for name, value in _of_plant(tick).items():
        found[:, AT[name]] = value
    return found


def _members(of_halls: tuple[tuple[int, ...], ...]) -> tuple[np.ndarray, np.ndarray]:
    rows = np.array([r for members in of_halls for r in members], np.intp)
    hall = np.repeat(np.arange(len(of_halls)), [len(members) for members in of_halls])
    return rows, hall


def _mean(values: F64, hall: np.ndarray, halls: int, weight: F64 | None = None) -> F64:
    """Mean over the members of each hall that tell; NaN where none does."""
    weight = np.ones(len(values)) if weight is None else np.nan_to_num(weight)
    told = np.isfinite(values)
    total = np.bincount(hall[told], weight[told], halls)
    mean: F64 = np.bincount(hall[told], (weight * values)[told], halls) / np.where(total > 0.0, total, np.nan)
    return mean


def _effort(tick: Tick, cooling_units: np.ndarray, hall: np.ndarray) -> F64:
    """What each unit moves; one that has fallen silent does what it last did."""
    effort = tick.condition.effort[cooling_units]
    running = np.where(effort > 0.0, effort, np.nan)
    typical = _mean(running, hall, len(tick.topology.halls))[hall]
    silent = np.where(tick.usual.last_heat[cooling_units] == 0.0, 0.0, typical)
    return np.where(np.isfinite(effort), effort, silent)


def _of_plant(tick: Tick) -> dict[str, float]:
    topology, shown = tick.topology, tick.shown
    plant = np.array(topology.hall_of) < 0
    chillers, pumps = np.array(topology.chillers, np.intp), np.array(topology.pumps, np.intp)
    loop = plant.copy()
    loop[chillers] = False
    supply, back = shown.column(Role.WATER_SUPPLY), shown.column(Role.WATER_RETURN)
    water_age, back_age = shown.ages(Role.WATER_SUPPLY), shown.ages(Role.WATER_RETURN)
    return {
        "water": _first_known(supply[loop], supply[chillers]),
        "water_return": _first_known(back[loop], back[chillers]),
        "water_age": _first_known(water_age[loop], water_age[chillers]),
        "water_return_age": _first_known(back_age[loop], back_age[chillers]),
        "flow": _known(tick.water.flow, _count(tick.condition.running[pumps])),
        "chillers": _count(tick.condition.running[chillers]),
    }


def _first_known(*groups: F64) -> float:
    """Mean of the first group in which anything is known."""
    for group in groups:
        known = group[np.isfinite(group)]
        if len(known):
            return float(known.mean())
    return math.nan


def _count(running: F64) -> float:
    known = running[np.isfinite(running)]
    return float(known.sum()) if len(known) else math.nan


class HallCourse:
    """The usual figures of one hall, and their course since shortly before trouble began."""

    state_fields = ("_usual", "_seconds", "_last", "_rows")

    def __init__(self) -> None:
        self._usual: F64 = np.full(len(FIGURES), np.nan)
        self._seconds = 0.0
        self._last = 0
        self._rows: deque[tuple[float, ...]] = deque()
        """End of the tick in ns, common level of the inlets in K above habit, then `FIGURES`."""

    def watch(self, figures: F64, level: float, end: int) -> None:
        """Take in one tick: ``figures`` as of `figures_of`, ``level`` in K above habit (NaN = not known)."""
        self._rows.append((end, level, *figures.tolist()))

    def learn(self, end: int, troubled: bool, longest_s: float = OF_SEEN.longest_step_s) -> None:
        """Learn what is usual from the newest tick unless ``troubled``; beyond ``longest_s`` lies a gap."""
        if troubled:
            self._rows = deque(_thinned(self._rows))
            return
        figures = np.array(self._rows[-1][2:])
        # Of what is read seldom the reading before the first sign belongs to it.
        before_s = T.before_s + longest_s - OF_SEEN.longest_step_s
        while end - self._rows[0][0] > before_s * SECOND:
            self._rows.popleft()
        dt = min((end - self._last) / SECOND, longest_s) if self._last else 0.0
        self._last = end
        self._seconds += dt
        part = max(dt / max(self._seconds, 1.0), 1.0 - 0.5 ** (dt / OF_USUAL.usual_half_life_s))
        first = np.isnan(self._usual)
        self._usual[first] = figures[first]
        known = np.isfinite(figures)
        self._usual[known] += part * (figures - self._usual)[known]

    def lost_sight(self, end: int) -> bool:
        """Whether nothing was seen for so long before ``end`` that what was before says nothing of now."""
        if not self._rows or end - self._rows[-1][0] <= T.lost_after_s * SECOND:
            return False
        self._rows.clear()
        return True

    def load_part(self, load: float) -> float:
        """A load, kW, as a part of the usual one; NaN where either is not known."""
        usual = float(self._usual[AT["load"]])
        return load / usual if usual > 0.0 else math.nan

    def since(self, onset: int, takes_up: F64) -> Course | None:
        """The course with time counted from ``onset``; None where no inlet has been seen yet."""
        usual = self._start()
        if usual is None:
            return None
        rows = changed_half_way(np.array(_thinned(self._rows)), 2 + AT["air"])
        figures = rows[:, 2:]
        parts = figures / np.where(self._usual > 0.0, self._usual, np.nan)
        drivers = parts[:, [AT["air"], AT["flow"], AT["chillers"], AT["load"], AT["speed"]]]
        drivers = np.clip(np.where(np.isnan(drivers), 1.0, drivers), 0.0, T.most_fan_room)
        shown = figures[:, : AT["air"]].copy()
        shown[:, 0] = usual[0] + rows[:, 1]
        shown[:, AT["coil_water"]] += usual[AT["water"]] - self._usual[AT["coil_water"]]
        shown[drivers[:, 0] < T.still_air, AT["supply"]] = np.nan
        shown[drivers[:, 1] < T.still_water, AT["water"] :] = np.nan
        rack_kw = self._usual[AT["rack_kw"]]
        seconds = (rows[:, 0] - onset) / SECOND
        return Course(
            seconds=seconds,
            drivers=np.ascontiguousarray(drivers),
            shown=shown,
            read=seconds[:, None] - np.nan_to_num(figures[:, AGES]),
            usual=usual,
            rack_kw=float(rack_kw) if rack_kw > 0.0 else T.unmetered_rack_kw,
            valve=float(self._usual[AT["valve"]]),
            speed=_known(float(self._usual[AT["speed"]]), 1.0),
            takes_up=takes_up,
        )

    def _start(self) -> F64 | None:
        """How the hall is at rest, made to agree with itself where sensors do not."""
        inlet, supply, back, water, coil_water, water_return = self._usual[: AT["air"]]
        rack_gain = self._usual[AT["rack_gain"]]
        if math.isnan(inlet) or not self._rows:
            return None
        rack_gain = max(rack_gain, T.least_gain_k)
        supply = min(_known(supply, inlet - T.unmetered_leak_k), inlet - T.least_leak_k)
        back = max(_known(back, inlet + _known(rack_gain, T.unmetered_gain_k)), inlet + T.least_return_k)
        water = min(
            _known(water, _known(coil_water, supply - T.unmetered_approach_k)), supply - T.least_approach_k
        )
        rise = min(
            max(_known(water_return - water, T.unmetered_water_rise_k), T.least_water_rise_k),
            T.most_water_rise_k,
        )
        speed = self._rows[-1][2 + AT["speed"]]
        room = min(max(1.0 / speed, 1.0), T.most_fan_room) if speed > 0.0 else 1.0
        return np.array([inlet, supply, back, water, rise, rack_gain, room])


def _thinned(rows: deque[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """Every other row of a long course, and its newest."""
    kept = list(rows)
    return kept if len(kept) <= T.most_rows else kept[: -T.newest_rows : 2] + kept[-T.newest_rows :]


def _known(value: float, otherwise: float) -> float:
    return otherwise if math.isnan(value) else value
