"""The points of a zone: who they are, and what the site says of each."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from config.kinds import Kind, Role
from config.points import parse_point
from config.site import Site
from detector.threshold import TUNED, threshold
from kernels import arrival
from kernels.levels import LEVEL_NONE, level_of
from kernels.state import carry_over
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of the limits of a point."""

    deadband_of_span: float = threshold(
        1 / 120,
        "",
        "of a kind's plausible span, how far a value comes back before its limit is let go",
        TUNED,
    )


T = Thresholds()
ROLES = tuple(Role)
ROLE_CODE = {role: code for code, role in enumerate(ROLES)}


# Points that a new zone has room for.
ROOM = 8
# Room is doubled as they come, and beyond so many made larger by a quarter: a point is kilobytes.
DOUBLED_UP_TO = 4096
GROWN_BY = 4

# What of a point's state is its own history; the rest follows from its kind and the site.
REMEMBERED = (
    "last_time",
    "last_value",
    "raw_level",
    "level",
    "beyond_since",
    "beyond_heard",
    "beyond_until",
    "doubtful",
    "heard",
    "value_before",
    "aside_time",
    "aside_value",
    "aside_level",
    "asks",
    "gap",
    "longest_gap",
    "due",
)

# Hall of the points that a changed set of kinds no longer knows.
GONE = "-gone-"


def room_for(points: int) -> int:
    """Rows that so many points are kept in."""
    room = ROOM
    while room < points:
        room += room if room < DOUBLED_UP_TO else room // GROWN_BY
    return room


class Points:
    """Slots of a zone: ids, roles, equipment, limits. Grows as points appear."""

    def __init__(self, zone: str, site: Site, kinds: dict[str, Kind]) -> None:
        self.zone = zone
        self._site = site
        self._kinds = kinds
        self.ids: list[str] = []
        self.halls: list[str] = []
        self.kinds: list[Kind] = []
        self.equipment_ids: list[str] = []
        self._slot_of: dict[str, int] = {}
        self._equipment_of: dict[str, int] = {}
        self._hall_of: dict[str, int] = {}
        self.arrival = arrival.make_points(ROOM)
        self.role = np.zeros(ROOM, np.int32)
        self.hall = np.zeros(ROOM, np.int32)
        """Number of the hall (or zone) that each point stands in."""
        self.gone = np.zeros(ROOM, np.bool_)
        """Points whose kind is no longer known: they only hold their slot."""
        self.retired = np.zeros(ROOM, np.bool_)
        """Points that the site leaves out by now: nobody waits for them."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def capacity(self) -> int:
        """Slots that there is room for without growing."""
        return len(self.role)

    def find(self, point_id: str) -> int | None:
        """Slot of a point; None where it has none."""
        return self._slot_of.get(point_id)

    def add(self, point_id: str) -> int:
        """Slot of a point, made if it is new. ValueError for an id whose kind is not known."""
        known = self._slot_of.get(point_id)
        if known is not None:
            return known
        name = parse_point(point_id)
        kind = None if name is None else self._kinds.get(name.measure)
        if name is None or kind is None:
            raise ValueError(f"{point_id}: not a point of a known kind")
        slot = len(self.ids)
        if slot == self.capacity:
            self._grow(room_for(slot + 1))
        equipment_id = f"{name.hall}/{name.equipment}"
        self.ids.append(point_id)
        self.kinds.append(kind)
        self.halls.append(sys.intern(name.hall))
        self._slot_of[point_id] = slot
        self._add_equipment(equipment_id)
        self.hall[slot] = self._hall_of.setdefault(name.hall, len(self._hall_of))
        self.gone[slot] = name.hall == GONE
        self.retired[slot] = self._site.leaves_out(point_id)
        self.role[slot] = ROLE_CODE[Role(kind.role)]
        self._describe(slot, kind)
        return slot

    def _add_equipment(self, equipment_id: str) -> None:
        if equipment_id not in self._equipment_of:
            self._equipment_of[equipment_id] = len(self.equipment_ids)
            self.equipment_ids.append(equipment_id)

    def _describe(self, slot: int, kind: Kind) -> None:
        equipment_id = self.equipment_of(slot)
        limits = self._site.limits(self.ids[slot])
        row = (limits.low_critical, limits.low_warning, limits.warning, limits.critical, limits.shutdown)
        points = self.arrival
        points.equipment[slot] = self._equipment_of[equipment_id]
        points.limits[slot] = [np.nan if x is None else x for x in row]
        points.low[slot] = kind.low
        points.high[slot] = kind.high
        points.max_rate[slot] = kind.max_rate
        points.deadband[slot] = (kind.high - kind.low) * T.deadband_of_span

    def source_of(self, slot: int) -> str:
        """Name of the gateway that a point comes through; empty where the site does not say."""
        return self._site.source_of(self.ids[slot])

    @property
    def held(self) -> int:
        """How many points there are."""
        return len(self.ids)

    @property
    def once_heard(self) -> int:
        """How many have been read once at most."""
        return int(np.isnan(self.arrival.value_before[: len(self)]).sum())

    def spoke_again(self) -> np.ndarray:
        """Whether each has been read more than once."""
        again: np.ndarray = self.arrival.gap[: len(self)] > 0
        return again

    def knows_hall(self, hall: str) -> bool:
        """Whether points of a hall have been read again and again."""
        number = self._hall_of.get(hall)
        return number is not None and bool((self.spoke_again() & (self.hall[: len(self)] == number)).any())

    def heard_value(self) -> F64:
        """What each point was last heard to read, whatever its stamp."""
        n, points = len(self), self.arrival
        aside = points.aside_time[:n] != arrival.UNSET
        return np.where(aside, points.aside_value[:n], points.last_value[:n])

    def shown_level(self) -> np.ndarray:
        """The level of what each was last heard to read, proved or not; none of what is outside all sense."""
        n, points = len(self), self.arrival
        sense = (points.low[:n] <= points.last_value[:n]) & (points.last_value[:n] <= points.high[:n])
        shown: np.ndarray = np.maximum(np.where(sense, points.raw_level[:n], 0), points.aside_level[:n])
        return shown

    def doubted(self) -> np.ndarray:
        """Whether what each was last heard to read was reached as physics does not."""
        n = len(self)
        doubted: np.ndarray = self.arrival.doubtful[:n] & (self.arrival.aside_level[:n] == LEVEL_NONE)
        return doubted

    def stays_beyond(self) -> np.ndarray:
        """Whether each has been beyond a limit for more than one reading."""
        n, points = len(self), self.arrival
        since = points.beyond_since[:n]
        stays: np.ndarray = (since != arrival.UNSET) & (since < points.last_time[:n])
        return stays

    def equipment_of(self, slot: int) -> str:
        """Id of the equipment that the point of a slot stands at."""
        hall, equipment, _ = self.ids[slot].split("/", 2)
        return f"{hall}/{equipment}"

    def _grow(self, capacity: int) -> None:
        self.arrival = carry_over(self.arrival, arrival.make_points(capacity))
        more = capacity - len(self.role)
        self.role = np.concatenate([self.role, np.zeros(more, np.int32)])
        self.hall = np.concatenate([self.hall, np.zeros(more, np.int32)])
        self.gone = np.concatenate([self.gone, np.zeros(more, np.bool_)])
        self.retired = np.concatenate([self.retired, np.zeros(more, np.bool_)])

    def state(self) -> dict[str, Any]:
        """The ids, what arrived last at each, and the limits that it was held against."""
        n = len(self)
        return {
            "ids": self.ids,
            "equipment": self.equipment_ids,
            "limits": self.arrival.limits[:n],
            "arrival": {name: getattr(self.arrival, name)[:n] for name in REMEMBERED},
        }

    def restore(self, state: dict[str, Any]) -> list[str]:
        """Put the points back under the site of today. Returns what could not be, in words.

        A point whose kind is no longer known keeps its slot, as one that
        nobody reads, so that all other slots stay what they were.
        """
        dropped = []
        # Equipment keeps its index even where the point that brought it is gone.
        for equipment_id in state["equipment"]:
            self._add_equipment(equipment_id)
        for slot, point_id in enumerate(state["ids"]):
            try:
                self.add(point_id)
            except ValueError:
                self.add(f"{GONE}/{slot}/value")
                dropped.append(f"{point_id}: its kind is no longer known")
        n = len(self)
        known = state["arrival"]
        for name in REMEMBERED:
            if name in known:
                getattr(self.arrival, name)[:n] = known[name]
        self._reconsider_limits(state["limits"])
        return dropped

    def _reconsider_limits(self, before: np.ndarray) -> None:
        """Where the site has changed a limit, what is beyond it is judged anew, by the newest reading."""
        points = self.arrival
        for slot in range(len(self)):
            limits = points.limits[slot]
            if np.array_equal(limits, before[slot], equal_nan=True):
                continue
            low_critical, low_warning, warning, critical, shutdown = limits.tolist()
            value, deadband = points.last_value[slot], points.deadband[slot]
            raw = level_of(value, low_critical, low_warning, warning, critical, shutdown, deadband, 0)
            points.raw_level[slot] = raw
            points.level[slot] = min(points.level[slot], raw)
            if raw == LEVEL_NONE:
                points.beyond_since[slot] = arrival.UNSET
                points.doubtful[slot] = False
            elif points.beyond_since[slot] == arrival.UNSET:
                points.beyond_since[slot] = points.last_time[slot]
                points.beyond_heard[slot] = points.heard[slot]
