"""Which air sensors at the racks stand alone with what they say.

What heats the air at one place heats it at others: the other places of that
rack, its exhaust, the racks beside it. A sensor that leaves its usual distance
from the median of its hall while nothing else does has most likely gone wrong
itself; it is no evidence of a cooling fault until something bears it out.
"""

from __future__ import annotations

import numpy as np

from config.kinds import Role
from detector.picture import Picture
from detector.points import ROLE_CODE, Points
from detector.rows import grow
from detector.topology import Topology
from streams.messages import F64

# A plain average for so long, then a habit so slow that a sensor which creeps does not take it along.
AVERAGED_S = 3600.0
HALF_LIFE_S = 24 * 3600.0
SETTLED_AFTER_S = 900.0
# A distance from the usual that matters, K.
ODD_K = 2.0
# A witness at the same rack shows at least this part of it; other racks as much as this, K, and so many of
# them, in all and as a part of the hall's, though never all: two sensors may go wrong on their own.
PART_AT_RACK = 0.3
ODD_ELSEWHERE_K = 1.2
RACKS_ELSEWHERE = 3
PART_ELSEWHERE = 0.05
ROLES = tuple(ROLE_CODE[role] for role in (Role.RACK_INLET, Role.RACK_OUTLET))


class Inlets:
    """Usual distance of each rack's air sensor from the median of its hall, K; NaN until seen."""

    state_fields = ("usual", "watched", "lone")

    def __init__(self) -> None:
        self.usual: F64 = np.full(64, np.nan)
        self.watched: F64 = np.zeros(64)
        """For how long each has been watched, s."""
        self.lone = np.zeros(64, np.bool_)
        """Sensors that read more than is usual and are alone with it."""
        self._slots = np.empty(0, np.int64)
        self._group = np.empty(0, np.int64)
        self._distance: F64 = np.empty(0)

    def judge(self, points: Points, topology: Topology, picture: Picture) -> None:
        """Find the sensors that stand alone."""
        self.fit(points.capacity)
        n = len(points)
        role = points.role[:n]
        self._slots = np.flatnonzero(np.isin(role, ROLES) & picture.fresh[:n])
        equipment = points.arrival.equipment[self._slots]
        group = np.array(topology.hall_of, np.int64)[equipment] * 2 + (role[self._slots] == ROLES[1])
        value = picture.latest[self._slots]
        self._distance = value - _medians(group, value)
        self._group = group
        # Also what is still believed while the newest reading is doubted stands alone.
        highest = np.fmax(value, picture.value[self._slots])
        odd = highest - _medians(group, highest) - self.usual[self._slots]
        self.lone[:] = False
        for i in np.flatnonzero(odd > ODD_K).tolist():
            lone = self.speaks_of(int(self._slots[i])) and not _witnessed(i, odd, equipment, group)
            self.lone[self._slots[i]] = lone

    def alone_now(self, points: Points, slots: list[int]) -> np.ndarray:
        """For each of ``slots``, whether it stands alone with what each sensor read last, tick or no tick."""
        alone = np.zeros(len(slots), np.bool_)
        hall = self._group // 2
        near = np.isin(hall, hall[np.isin(self._slots, slots)])
        known, group = self._slots[near], self._group[near]
        value = points.arrival.last_value[known]
        odd = value - _medians(group, value) - self.usual[known]
        equipment = points.arrival.equipment[known]
        row = np.full(points.capacity, -1)
        row[known] = np.arange(len(known))
        for n, slot in enumerate(slots):
            i = int(row[slot])
            if i >= 0 and odd[i] > ODD_K and self.speaks_of(slot):
                alone[n] = not _witnessed(i, odd, equipment, group)
        return alone

    def lone_equipment(self, points: Points) -> np.ndarray:
        """By equipment, whether a sensor of it stands alone."""
        found = np.zeros(len(points.equipment_ids), np.bool_)
        found[points.arrival.equipment[np.flatnonzero(self.lone[: len(points)])]] = True
        return found

    def speaks_of(self, slot: int) -> bool:
        """Whether it is known what is usual at a sensor."""
        return bool(self.watched[slot] >= SETTLED_AFTER_S)

    def learn(self, calm: np.ndarray, points: Points, dt: float) -> None:
        """Follow what is usual, slowly, at equipment that is ``calm`` (bool by equipment)."""
        slots = self._slots
        new = np.isnan(self.usual[slots])
        self.usual[slots[new]] = self._distance[new]
        odd = np.nan_to_num(self._distance - self.usual[slots])
        learn = calm[points.arrival.equipment[slots]] & (np.abs(odd) < ODD_K / 2)
        watched = self.watched[slots]
        slow = 1.0 - 0.5 ** (dt / HALF_LIFE_S)
        part = np.where(watched < AVERAGED_S, dt / np.fmax(watched, dt + 1e-9), slow)
        self.usual[slots[learn]] += (part * odd)[learn]
        self.watched[slots[learn]] += dt

    def fit(self, capacity: int) -> None:
        """Make room for points that have appeared: limits ask of them before their first tick has closed."""
        grow(self, ("usual",), capacity, np.nan)
        grow(self, ("watched", "lone"), capacity, 0)


def _witnessed(i: int, odd: F64, equipment: np.ndarray, group: np.ndarray) -> bool:
    """Whether other places of its rack, or enough other racks of its hall, are warmer than usual too."""
    same_rack = equipment == equipment[i]
    beside = same_rack.copy()
    beside[i] = False
    if (odd[beside] > PART_AT_RACK * odd[i]).any():
        return True
    elsewhere = ~same_rack & (group // 2 == group[i] // 2)
    racks = len(np.unique(equipment[elsewhere]))
    warmer = len(np.unique(equipment[elsewhere & (odd > ODD_ELSEWHERE_K)]))
    return warmer >= min(max(RACKS_ELSEWHERE, PART_ELSEWHERE * racks), max(racks - 1, 1))


def _medians(group: np.ndarray, value: F64) -> F64:
    """The median of each row's group."""
    medians = np.full(len(value), np.nan)
    finite = np.isfinite(value)
    for g in np.unique(group).tolist():
        rows = group == g
        told = value[rows & finite]
        medians[rows] = np.median(told) if len(told) else np.nan
    return medians
