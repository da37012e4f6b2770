"""Which air sensors at the racks are alone with what they say.

What heats the air at one place heats it at others: the other places of that
rack, its exhaust, the racks beside it. A sensor that leaves its usual distance
from the median of its hall while nothing else does has most likely gone wrong
itself; it is no evidence of a cooling fault until something bears it out.
"""

from __future__ import annotations

import re

import numpy as np

from config.kinds import Role
from detector.points import ROLE_CODE, ROOM, Points
from detector.seen.picture import Picture
from detector.seen.rows import grow
from detector.seen.topology import Topology
from kernels.arrival import UNSET
from kernels.levels import LEVEL_CRITICAL, LEVEL_NONE, LEVEL_WARNING
from streams.messages import F64, SECOND

# A plain average for so long, then a habit so slow that a sensor which creeps does not take it along.
AVERAGED_S = 3600.0
HALF_LIFE_S = 24 * 3600.0
SETTLED_AFTER_S = 900.0
# A distance from the usual that matters, K.
ODD_K = 2.0
# The same before it is known what is usual: places of a hall differ, but hardly by this, K.
ODD_AT_FIRST_K = 4.0
# What was read longer ago than this is no witness, s.
HEARD_WITHIN_S = 300
# What was read within this of another was read as lately, s; so many of a hall's are always slow or dead.
AS_LATELY_S = 5.0
PART_UNHEARD = 0.1
# A witness shows at least this part of it: at the same rack, if its own habit is known; and at other racks,
# as much as this, K, and so many of them, in all and as a share of the hall's, though never all: two sensors
# may go wrong on their own.
PART_AT_RACK = 0.3
# What a rack gives off is warmer by all of what it takes in, less its lag; by less it is for its own load.
PART_AT_EXHAUST = 0.6
ALONE_SO_FAR_TIMES = 1.5
PART_ELSEWHERE = 0.5
ODD_ELSEWHERE_K = 1.2
RACKS_ELSEWHERE = 3
SHARE_ELSEWHERE = 0.05
# A spot over few racks is in one place: so many of those next to it, this far by their names.
RACKS_BESIDE = 2
BESIDE = 2
# Where other places of the same rack are heard and say otherwise, it takes so many: wrong sensors are no
# witnesses of each other.
SHARE_AGAINST = 0.25
# What warms two racks takes both beyond their limits within this, s.
TOGETHER_S = 3600
ROLES = tuple(ROLE_CODE[role] for role in (Role.RACK_INLET, Role.RACK_OUTLET))


class Inlets:
    """Usual distance of each rack's air sensor from the median of its hall, K; NaN until seen."""

    state_fields = ("usual", "watched", "lone")

    def __init__(self) -> None:
        self.usual: F64 = np.full(ROOM, np.nan)
        self.watched: F64 = np.zeros(ROOM)
        """For how long each has been watched, s."""
        self.lone = np.zeros(ROOM, np.bool_)
        """Sensors that read more than is usual and are alone with it."""
        self._slots = np.empty(0, np.int64)
        self._distance: F64 = np.empty(0)

    def judge(self, points: Points, topology: Topology, picture: Picture) -> None:
        """Find the sensors that are alone."""
        self.fit(points.capacity)
        n = len(points)
        role = points.role[:n]
        self._slots = np.flatnonzero(np.isin(role, ROLES) & picture.fresh[:n])
        equipment = points.arrival.equipment[self._slots]
        group = np.array(topology.hall_of, np.int64)[equipment] * 2 + (role[self._slots] == ROLES[1])
        value = picture.latest[self._slots]
        self._distance = value - _medians(group, value)
        # Also what is still believed while the newest reading is doubted is alone.
        highest = np.fmax(value, picture.value[self._slots])
        odd, far = self._odd(self._slots, highest - _medians(group, highest))
        self.lone[self._slots[~far]] = False
        if not far.any():
            return
        rank = _ranks(points, equipment)
        beyond = _shown_at_least_twice(points)[self._slots]
        since = points.arrival.beyond_heard[self._slots]
        for i in np.flatnonzero(far).tolist():
            borne_out = _shares_its_limit(i, beyond, since, odd, equipment, group)
            borne_out = borne_out or self._witnessed(i, odd, self._slots, equipment, rank, group)
            self.lone[self._slots[i]] = not borne_out

    def alone_now(self, points: Points, slots: list[int]) -> np.ndarray:
        """For each of ``slots``, whether it is alone, by the last tick or by what each sensor read last.

        Another rack beyond its limit bears it out at once, whatever the last tick said.
        """
        alone: np.ndarray = self.lone[slots].copy()
        n = len(points)
        role, heard = points.role[:n], points.arrival.heard[:n]
        near = np.isin(role, ROLES) & np.isin(points.hall[:n], points.hall[slots])
        known = np.flatnonzero(near & (heard >= heard[slots].max() - HEARD_WITHIN_S * SECOND))
        group = points.hall[known] * 2 + (role[known] == ROLES[1])
        values = points.heard_value()
        # Of two readings that prove a level others may not have been read since the second: the less counts.
        proved = np.array(slots)[points.arrival.level[slots] > LEVEL_NONE]
        values[proved] = np.fmin(values[proved], points.arrival.value_before[proved])
        value = values[known]
        odd, far = self._odd(known, value - _medians(group, value))
        if not far.any():
            return alone
        equipment = points.arrival.equipment[known]
        rank = _ranks(points, equipment)
        beyond = _shown_at_least_twice(points)[known]
        since = points.arrival.beyond_heard[known]
        row = np.full(points.capacity, -1)
        row[known] = np.arange(len(known))
        for n, slot in enumerate(slots):
            i = int(row[slot])
            if i < 0 or not far[i]:
                continue
            borne_out = _shares_its_limit(i, beyond, since, odd, equipment, group)
            alone[n] |= not borne_out and not self._witnessed(i, odd, known, equipment, rank, group)
            alone[n] &= not borne_out
        return alone

    def others_heard(self, points: Points, slot: int) -> bool:
        """Whether the others of its hall have been read since a sensor went beyond its limit."""
        n, state = len(points), points.arrival
        heard = state.heard[:n]
        since = state.beyond_heard[slot] if state.beyond_since[slot] != UNSET else heard[slot]
        others = np.isin(points.role[:n], ROLES) & (points.hall[:n] == points.hall[slot])
        others &= heard >= heard[slot] - HEARD_WITHIN_S * SECOND
        others[slot] = False
        unheard = others & (heard < since - round(AS_LATELY_S * SECOND))
        return int(unheard.sum()) <= PART_UNHEARD * int(others.sum())

    def lone_equipment(self, points: Points) -> np.ndarray:
        """By equipment, whether a sensor of it is alone."""
        found = np.zeros(len(points.equipment_ids), np.bool_)
        found[points.arrival.equipment[np.flatnonzero(self.lone[: len(points)])]] = True
        return found

    def _odd(self, slots: np.ndarray, distance: F64) -> tuple[F64, np.ndarray]:
        """How much further from its hall's median each sensor is than usual, K, and whether that is far."""
        known, usual = self._known(slots), self.usual[slots]
        odd = distance - np.where(known, usual, 0.0)
        far = odd > np.where(known | self.lone[slots], ODD_K, ODD_AT_FIRST_K)
        # One that began like the others and left them has more to tell than that it is wrong.
        return odd, far & (known | ~(usual < ODD_AT_FIRST_K))

    def _known(self, slots: np.ndarray) -> np.ndarray:
        """Whether it is known what is usual at each sensor."""
        known: np.ndarray = self.watched[slots] >= SETTLED_AFTER_S
        return known

    def _witnessed(
        self,
        i: int,
        odd: F64,
        slots: np.ndarray,
        equipment: np.ndarray,
        rank: np.ndarray,
        group: np.ndarray,
    ) -> bool:
        """Whether other places of its rack, or enough other racks of its hall, are warmer than usual too."""
        exhaust = (group % 2 == 1) & (group[i] % 2 == 0)
        part = np.where(self._known(slots), np.where(exhaust, PART_AT_EXHAUST, PART_AT_RACK), PART_ELSEWHERE)
        # What was alone until now needs more than a witness that hovers about the threshold.
        part = part * odd[i] * (ALONE_SO_FAR_TIMES if self.lone[slots[i]] else 1.0)
        same_rack = equipment == equipment[i]
        beside = same_rack.copy()
        beside[i] = False
        if (odd > part)[beside].any():
            return True
        elsewhere = ~same_rack & (group // 2 == group[i] // 2)
        warm = odd > max(ODD_ELSEWHERE_K, PART_ELSEWHERE * odd[i])
        racks = len(np.unique(equipment[elsewhere]))
        warmer = len(np.unique(equipment[elsewhere & warm]))
        close = np.abs(rank - rank[i]) <= BESIDE
        next_to_it = len(np.unique(equipment[elsewhere & warm & close]))
        if next_to_it >= RACKS_BESIDE and not beside.any():
            return True
        share = SHARE_AGAINST if beside.any() else SHARE_ELSEWHERE
        return warmer >= min(max(RACKS_ELSEWHERE, share * racks), max(racks - 1, 1))

    def speaks_of(self, slot: int) -> bool:
        """Whether it is known what is usual at a sensor."""
        return bool(self._known(np.array([slot]))[0])

    def learn(self, calm: np.ndarray, points: Points, dt: float) -> None:
        """Follow what is usual, slowly, at equipment that is ``calm`` (bool by equipment)."""
        slots = self._slots
        new = np.isnan(self.usual[slots])
        self.usual[slots[new]] = self._distance[new]
        odd = np.nan_to_num(self._distance - self.usual[slots])
        learn = calm[points.arrival.equipment[slots]] & (np.abs(odd) < ODD_K / 2) & ~self.lone[slots]
        watched = self.watched[slots]
        slow = 1.0 - 0.5 ** (dt / HALF_LIFE_S)
        part = np.where(watched < AVERAGED_S, dt / np.fmax(watched, dt + 1e-9), slow)
        self.usual[slots[learn]] += (part * odd)[learn]
        self.watched[slots[learn]] += dt

    def forget(self, points: Points, equipment: list[int]) -> None:
        """Watch the sensors of these pieces of equipment anew."""
        self.fit(points.capacity)
        slots = np.flatnonzero(np.isin(points.arrival.equipment[: len(points)], equipment))
        self.usual[slots] = np.nan
        self.watched[slots] = 0.0
        self.lone[slots] = False

    def fit(self, capacity: int) -> None:
        """Make room for points that have appeared: limits ask of them before their first tick has closed."""
        grow(self, ("usual",), capacity, np.nan)
        grow(self, ("watched", "lone"), capacity, 0)


def _shown_at_least_twice(points: Points) -> np.ndarray:
    """The level that each point shows; of what is doubted only if it stays."""
    return np.where(points.doubted() & ~points.stays_beyond(), LEVEL_NONE, points.shown_level())


def _shares_its_limit(
    i: int, beyond: np.ndarray, since: np.ndarray, odd: F64, equipment: np.ndarray, group: np.ndarray
) -> bool:
    """Whether a place of another rack is beyond a physical limit too, or as odd as this and nearly so.

    Two that go wrong by themselves hardly pass a limit within an hour of each other and are as far off,
    but among many it happens: neither counts where other places of its own rack say otherwise.
    """
    if beyond[i] < LEVEL_CRITICAL:
        return False

    def denied(k: int) -> bool:
        places = (equipment == equipment[k]) & (group == group[k])
        return bool(places.sum() > 1 and np.sort(odd[places])[-2] <= PART_AT_RACK * odd[k])

    nearly = (beyond >= LEVEL_WARNING) & (odd[i] - odd <= ODD_K)
    others = (group == group[i]) & (equipment != equipment[i])
    alike = (odd >= PART_ELSEWHERE * odd[i]) & (odd[i] >= PART_ELSEWHERE * odd)
    alike &= np.abs(since - since[i]) <= TOGETHER_S * SECOND
    shares = others & ((beyond >= LEVEL_CRITICAL) | nearly) & alike
    return shares.any() and not denied(i) and not all(denied(k) for k in np.flatnonzero(shares).tolist())


def _ranks(points: Points, equipment: np.ndarray) -> np.ndarray:
    """Where each piece of ``equipment`` stands among them, in the order of their names."""
    names = points.equipment_ids
    order = sorted(set(equipment.tolist()), key=lambda e: _in_numbers(names[e]))
    rank = {e: r for r, e in enumerate(order)}
    return np.array([rank[e] for e in equipment.tolist()], np.int64)


def _in_numbers(name: str) -> list[tuple[int, str]]:
    """A key that sorts rack-9 before rack-10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _medians(group: np.ndarray, value: F64) -> F64:
    """The median of each row's group."""
    medians = np.full(len(value), np.nan)
    finite = np.isfinite(value)
    for g in np.unique(group).tolist():
        rows = group == g
        told = value[rows & finite]
        medians[rows] = np.median(told) if len(told) else np.nan
    return medians
