"""Which air sensors at the racks are alone with what they say.

What heats the air at one place heats it at others: the other places of that
rack, its exhaust, the racks beside it. A sensor that leaves its usual distance
from the median of its hall while nothing else does has most likely gone wrong
itself; it is no evidence of a cooling fault until something bears it out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.points import ROLE_CODE, ROOM, Points
from detector.seen.known import medians_known
from detector.seen.newest_values import NewestValues
from detector.seen.rows import grow
from detector.seen.shared import OF_SEEN
from detector.seen.topology import Topology
from detector.threshold import TUNED, threshold
from kernels.arrival import UNSET
from kernels.levels import LEVEL_CRITICAL, LEVEL_NONE, LEVEL_WARNING
from streams.messages import F64, SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of sensors at racks that stand alone with what they say."""

    inlet_averaged_s: float = threshold(
        3600.0, "s", "what is usual at a sensor is a plain average for so long...", TUNED
    )
    inlet_half_life_s: float = threshold(
        24 * 3600.0, "s", "...then a habit so slow that a sensor which creeps does not take it along", TUNED
    )
    odd_k: float = threshold(2.0, "K", "a distance from the usual that matters", TUNED)
    odd_at_first_k: float = threshold(
        4.0,
        "K",
        "the same before it is known what is usual: places of a hall differ, but hardly by this",
        TUNED,
    )
    heard_within_s: int = threshold(300, "s", "what was read longer ago than this is no witness", TUNED)
    as_lately_s: float = threshold(5.0, "s", "what was read within this of another was read as lately", TUNED)
    part_unheard: float = threshold(0.1, "", "so many of a hall's sensors are always slow or dead", TUNED)
    part_at_rack: float = threshold(
        0.3, "", "a witness at the same rack, whose own habit is known, shows at least this part of it", TUNED
    )
    part_at_exhaust: float = threshold(
        0.6,
        "",
        "an exhaust is warmer by all that its rack takes in, less its lag; by less it is for its own load",
        TUNED,
    )
    alone_so_far_times: float = threshold(
        1.5, "", "what stood alone until now needs witnesses that show so many times as much", TUNED
    )
    part_elsewhere: float = threshold(
        0.5, "", "a witness at another rack shows at least this part of it...", TUNED
    )
    odd_elsewhere_k: float = threshold(1.2, "K", "...and so much...", TUNED)
    racks_elsewhere: int = threshold(
        3, "racks", "...at so many of them, for two sensors may go wrong on their own...", TUNED
    )
    share_elsewhere: float = threshold(
        0.05, "", "...and at this share of the hall's, though never all", TUNED
    )
    racks_beside: int = threshold(
        2, "racks", "a spot over few racks is in one place: so many of those next to it...", TUNED
    )
    ranks_beside: int = threshold(2, "racks", "...this far by their names", TUNED)
    share_against: float = threshold(
        0.25,
        "",
        "the share of the hall's racks where other places of its own are heard and say otherwise",
        TUNED,
    )
    limits_together_s: int = threshold(
        3600, "s", "what warms two racks takes both beyond their limits within this", TUNED
    )


T = Thresholds()
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

    def judge(self, points: Points, topology: Topology, values: NewestValues) -> None:
        """Find the sensors that are alone."""
        self.fit(points.capacity)
        n = len(points)
        role = points.role[:n]
        self._slots = np.flatnonzero(np.isin(role, ROLES) & values.fresh[:n])
        equipment = points.arrival.equipment[self._slots]
        group = np.array(topology.hall_of, np.int64)[equipment] * 2 + (role[self._slots] == ROLES[1])
        value = values.latest[self._slots]
        self._distance = value - medians_known(group, value)
        # Also what is still believed while the newest reading is doubted is alone.
        highest = np.fmax(value, values.value[self._slots])
        doubted = not np.array_equal(highest, value, equal_nan=True)
        above = highest - medians_known(group, highest) if doubted else self._distance
        odd, far = self._odd(self._slots, above)
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

    def alone_now(self, points: Points, slots: list[int], withheld: np.ndarray) -> np.ndarray:
        """For each of ``slots``, whether it is alone, by the last tick or by what each sensor read last.

        Another rack beyond its limit bears it out at once, whatever the last tick said.
        """
        alone: np.ndarray = self.lone[slots].copy()
        n = len(points)
        role, heard = points.role[:n], points.arrival.heard[:n]
        near = np.isin(role, ROLES) & np.isin(points.hall[:n], points.hall[slots]) & ~withheld[:n]
        known = np.flatnonzero(near & (heard >= heard[slots].max() - T.heard_within_s * SECOND))
        group = points.hall[known] * 2 + (role[known] == ROLES[1])
        values = points.heard_value()
        # Of two readings that prove a level others may not have been read since the second: the less counts.
        proved = np.array(slots)[points.arrival.level[slots] > LEVEL_NONE]
        values[proved] = np.fmin(values[proved], points.arrival.value_before[proved])
        value = values[known]
        odd, far = self._odd(known, value - medians_known(group, value))
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

    def others_heard(self, points: Points, slot: int, withheld: np.ndarray) -> bool:
        """Whether the others of its hall have been read since a sensor went beyond its limit."""
        n, state = len(points), points.arrival
        heard = state.heard[:n]
        since = state.beyond_heard[slot] if state.beyond_since[slot] != UNSET else heard[slot]
        others = np.isin(points.role[:n], ROLES) & (points.hall[:n] == points.hall[slot])
        others &= heard >= heard[slot] - T.heard_within_s * SECOND
        others &= ~withheld[:n]
        others[slot] = False
        unheard = others & (heard < since - round(T.as_lately_s * SECOND))
        return int(unheard.sum()) <= T.part_unheard * int(others.sum())

    def lone_equipment(self, points: Points) -> np.ndarray:
        """By equipment, whether a sensor of it is alone."""
        found = np.zeros(len(points.equipment_ids), np.bool_)
        found[points.arrival.equipment[np.flatnonzero(self.lone[: len(points)])]] = True
        return found

    def _odd(self, slots: np.ndarray, distance: F64) -> tuple[F64, np.ndarray]:
        """How much further from its hall's median each sensor is than usual, K, and whether that is far."""
        known, usual = self._known(slots), self.usual[slots]
        odd = distance - np.where(known, usual, 0.0)
        far = odd > np.where(known | self.lone[slots], T.odd_k, T.odd_at_first_k)
        # One that began like the others and left them has more to tell than that it is wrong.
        return odd, far & (known | ~(usual < T.odd_at_first_k))

    def _known(self, slots: np.ndarray) -> np.ndarray:
        """Whether it is known what is usual at each sensor."""
        known: np.ndarray = self.watched[slots] >= OF_SEEN.settled_after_s
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
        part = np.where(
            self._known(slots), np.where(exhaust, T.part_at_exhaust, T.part_at_rack), T.part_elsewhere
        )
        # What was alone until now needs more than a witness that hovers about the threshold.
        part = part * odd[i] * (T.alone_so_far_times if self.lone[slots[i]] else 1.0)
        same_rack = equipment == equipment[i]
        beside = same_rack.copy()
        beside[i] = False
        if (odd > part)[beside].any():
            return True
        elsewhere = ~same_rack & (group // 2 == group[i] // 2)
        warm = odd > max(T.odd_elsewhere_k, T.part_elsewhere * odd[i])
        racks = len(np.unique(equipment[elsewhere]))
        warmer = len(np.unique(equipment[elsewhere & warm]))
        close = np.abs(rank - rank[i]) <= T.ranks_beside
        next_to_it = len(np.unique(equipment[elsewhere & warm & close]))
        if next_to_it >= T.racks_beside and not beside.any():
            return True
        share = T.share_against if beside.any() else T.share_elsewhere
        return warmer >= min(max(T.racks_elsewhere, share * racks), max(racks - 1, 1))

    def speaks_of(self, slot: int) -> bool:
        """Whether it is known what is usual at a sensor."""
        return bool(self._known(np.array([slot]))[0])

    def learn(self, calm: np.ndarray, points: Points, dt: float) -> None:
        """Follow what is usual, slowly, at equipment that is ``calm`` (bool by equipment)."""
        slots = self._slots
        new = np.isnan(self.usual[slots])
        self.usual[slots[new]] = self._distance[new]
        odd = np.nan_to_num(self._distance - self.usual[slots])
        learn = calm[points.arrival.equipment[slots]] & (np.abs(odd) < T.odd_k / 2) & ~self.lone[slots]
        watched = self.watched[slots]
        slow = 1.0 - 0.5 ** (dt / T.inlet_half_life_s)
        part = np.where(watched < T.inlet_averaged_s, dt / np.fmax(watched, dt + 1e-9), slow)
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
        return bool(places.sum() > 1 and np.sort(odd[places])[-2] <= T.part_at_rack * odd[k])

    nearly = (beyond >= LEVEL_WARNING) & (odd[i] - odd <= T.odd_k)
    others = (group == group[i]) & (equipment != equipment[i])
    alike = (odd >= T.part_elsewhere * odd[i]) & (odd[i] >= T.part_elsewhere * odd)
    alike &= np.abs(since - since[i]) <= T.limits_together_s * SECOND
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
