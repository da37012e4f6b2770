"""What has fallen silent, and what fell silent together: a group of points is one until its last one returns.

What is asked at a pace is silent when that has passed several times without it, by the
time of the zone, and only while the zone itself is heard: after a gap of all of it
each has its time to come back. What is sent when it changes, and what was read once,
is silent only with its whole machine.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

import msgspec
import numpy as np

from detector.points import Points
from detector.seen.called import called_together
from detector.seen.newest_values import NewestValues
from detector.seen.raw_values import RawValues
from detector.seen.rows import grow
from detector.threshold import TUNED, threshold
from kernels.arrival import UNSET
from streams.messages import F64, I64, SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of silence."""

    silent_after_s: float = threshold(
        300.0, "s", "what is silent for no longer may have missed a few readings", TUNED
    )
    point_silent_after_s: float = threshold(
        1800.0, "s", "a point or two alone are given longer, for a sensor may miss a while", TUNED
    )
    silent_periods: float = threshold(
        10.0, "periods", "what is read seldom is silent after so many of its own periods...", TUNED
    )
    periods_missed: float = threshold(
        4.0, "periods", "...or so many, where it keeps its pace and those are more than half an hour", TUNED
    )
    many_points: int = threshold(
        3, "points", "so many that fall silent together do so by no sensor's whim", TUNED
    )
    overdue_periods: float = threshold(
        2.0, "periods", "what has missed so many when the first of them is told fell silent with it", TUNED
    )
    clock_again_s: float = threshold(
        3600.0, "s", "a wrong clock of so long ago is another one than that of now", TUNED
    )
    fell_together_s: float = threshold(
        120.0,
        "s",
        "what was last read within this time, or a period, fell silent together",
        TUNED,
    )


T = Thresholds()


class Group(msgspec.Struct):
    """Points that fell silent together."""

    root: str
    """What it is called, for as long as it lasts: a point, a machine, a hall, the zone, or a pattern."""
    since: int
    """When the last of them was last read, ns."""
    machines: int
    """How many there were at most."""
    source: str = ""
    """Name of what they come through, where the site file gives one."""


class Silent(msgspec.Struct, frozen=True):
    """A group as it stands at a tick."""

    root: str
    since: int
    """By stamps, ns."""
    points: int
    machines: tuple[str, ...]
    """Ids of those that still send nothing, in whole or in part."""
    whole: bool
    """Whether nothing at all is heard of any of these."""
    fell: int
    """How many machines fell silent with them, in all."""
    heard: int
    """How many machines of its hall, or of the zone, were ever heard."""
    source: str = ""
    """Name of what all of these come through, where the site file gives one."""
    mute: bool = False
    """Whether nothing that comes through that is heard."""


class FallenSilent:
    """The groups of points that are silent now."""

    state_fields = ("group_of", "read_at", "gap_from", "back_since", "end", "wrong_at")

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self.groups: dict[int, Group] = {}
        self.group_of = np.empty(0, np.int32)
        """By slot, the number of its group; 0 where it is in none."""
        self.read_at: I64 = np.empty(0, np.int64)
        """By slot, when it was last read as it joined its group, ns."""
        self.wrong_at: dict[str, int] = {}
        """By id of equipment, when its clock was wrong last, ns."""
        self.gap_from = UNSET
        """When the zone was last silent as a whole: from this tick, ns..."""
        self.back_since = UNSET
        """...to this one."""
        self.end = UNSET
        """Of the newest tick."""

    def watch(
        self,
        points: Points,
        values: NewestValues,
        raw: RawValues,
        wrong_clocks: Collection[str],
        end: int,
        shift: int,
    ) -> tuple[Silent, ...]:
        """Take in a tick: the groups that are silent at ``end``, ns, which is ``shift`` more than stamps.

        What is refused, or comes too late, since it has one of the ``wrong_clocks`` (ids of equipment) is not
        silent.
        """
        n = len(points)
        grow(self, ("group_of", "read_at"), points.capacity, 0)
        self._give_time(wrong_clocks, end)
        self._watch_zone(values, end)
        seen, period = values.seen[:n], values.pace.period[:n]
        inside = self.group_of[:n] > 0
        heard = np.maximum(seen, self.back_since)
        if self.wrong_at:
            # What had a wrong clock has its time to come back, too.
            wrong_at = np.array([self.wrong_at.get(id, 0) for id in points.equipment_ids], np.int64)
            heard = np.maximum(heard, wrong_at[points.arrival.equipment[:n]])
        quiet_s = (end - heard) / SECOND
        # Nearly always all of them have been read.
        if not (inside.any() or ((seen != UNSET) & (quiet_s > T.silent_after_s)).any()):
            return ()
        asked = (seen != UNSET) & np.isfinite(period) & values.pace.polled(points) & ~points.gone[:n]
        asked &= ~points.retired[:n]
        silent = asked & (quiet_s > self._patience(values, n))
        if not (silent.any() or inside.any()):
            return ()
        # Whoever is in a group stays until it is read again.
        self.group_of[:n][inside & ((seen > self.read_at[:n]) | ~asked)] = 0
        silent &= self.group_of[:n] == 0
        if silent.any():
            self._join(points, values, raw, asked, silent, quiet_s)
        self.groups = {k: group for k, group in self.groups.items() if (self.group_of[:n] == k).any()}
        return tuple(self._now(k, points, raw, asked, shift) for k in self.groups)

    def _give_time(self, wrong_clocks: Collection[str], end: int) -> None:
        """Time for what has a wrong clock, once: what has one at times and at times not is silent."""
        for id in wrong_clocks:
            last = self.wrong_at.get(id)
            if last is None or last == self.end or end - last > T.clock_again_s * SECOND:
                self.wrong_at[id] = end

    def _watch_zone(self, values: NewestValues, end: int) -> None:
        longest_s = max(T.silent_after_s, T.periods_missed * values.pace.of_zone_s)
        if self.end != UNSET and end - self.end > longest_s * SECOND:
            self.gap_from, self.back_since = self.end, end
        self.end = end

    def _patience(self, values: NewestValues, n: int) -> F64:
        """By slot, for how long it may be silent, s."""
        period = values.pace.period[:n]
        keeps = np.fmax(T.point_silent_after_s, T.periods_missed * period)
        missed = np.where(values.pace.holds(n), np.inf, keeps)
        return np.fmax(T.silent_after_s, np.fmin(T.silent_periods * period, missed))

    def _join(
        self,
        points: Points,
        values: NewestValues,
        raw: RawValues,
        asked: np.ndarray,
        silent: np.ndarray,
        quiet_s: F64,
    ) -> None:
        """Put what has newly fallen silent into the group it fell silent with, or into new ones.

        What comes through one named source is never of a group with what does not.
        """
        n = len(points)
        equipment, count = points.arrival.equipment[:n], len(points.equipment_ids)
        seen, period = values.seen[:n], values.pace.period[:n]
        gone = silent | (self.group_of[:n] > 0)
        mute = np.bincount(equipment[asked & gone], minlength=count) == np.bincount(
            equipment[asked], minlength=count
        )
        # Of a machine that lives, a point is given longer; what is sent when it changes is never missed.
        alone = ~mute[equipment] & ((quiet_s <= T.point_silent_after_s) | values.pace.holds(n))
        new = np.flatnonzero(silent & ~alone)
        within = np.fmax(T.fell_together_s, period) * SECOND
        for k, group in self.groups.items():
            number = raw.sources.index(group.source) if group.source in raw.sources else -1
            joins = new[(np.abs(seen[new] - group.since) <= within[new]) & (raw.source[new] == number)]
            self._put(k, joins, seen)
            new = new[self.group_of[new] == 0]
            if len(joins):
                group.machines = max(group.machines, len(np.unique(equipment[self.group_of[:n] == k])))
        overdue = asked & (self.group_of[:n] == 0) & (quiet_s > T.overdue_periods * period)
        overdue &= ~values.pace.holds(n) | mute[equipment]
        for number in np.unique(raw.source[new]).tolist():
            of = new[raw.source[new] == number]
            for first, last in _runs(seen[of], within[of]):
                founders = of[np.argsort(seen[of], kind="stable")[first:last]]
                if len(founders) < T.many_points and quiet_s[founders].max() <= T.point_silent_after_s:
                    continue
                since = int(seen[founders].max())
                with_them = overdue & (np.abs(seen - since) <= within) & (raw.source[:n] == number)
                slots = np.union1d(founders, np.flatnonzero(with_them))
                self._found(points, slots, since, asked, seen, raw.sources[number])

    def _put(self, k: int, slots: np.ndarray, seen: I64) -> None:
        self.group_of[slots] = k
        self.read_at[slots] = seen[slots]

    def _found(
        self, points: Points, slots: np.ndarray, since: int, asked: np.ndarray, seen: I64, source: str
    ) -> None:
        """A new group, called as none that there is."""
        equipment = points.arrival.equipment
        ids = sorted({points.equipment_ids[e] for e in equipment[slots].tolist()})
        taken = {group.root for group in self.groups.values()}
        root = points.ids[slots[0]] if len(slots) == 1 and not self._is_all(points, slots, asked) else ""
        root = root or called_together(ids, self._machines_by_hall(points, asked), self._zone)
        if root in taken:
            root = next((id for id in ids if id not in taken), points.ids[slots[0]])
        k = max(self.groups, default=0) + 1
        self.groups[k] = Group(root, since, len(ids), source)
        self._put(k, slots, seen)

    def _is_all(self, points: Points, slots: np.ndarray, asked: np.ndarray) -> bool:
        """Whether these are all the points of their machines."""
        equipment = points.arrival.equipment[: len(points)]
        theirs = np.isin(equipment, equipment[slots]) & asked
        return int(theirs.sum()) <= len(slots)

    def _machines_by_hall(self, points: Points, asked: np.ndarray) -> dict[str, int]:
        found: dict[str, int] = {}
        for e in np.unique(points.arrival.equipment[: len(points)][asked]).tolist():
            hall = points.equipment_ids[e].split("/", 1)[0]
            found[hall] = found.get(hall, 0) + 1
        return found

    def _now(self, k: int, points: Points, raw: RawValues, asked: np.ndarray, shift: int) -> Silent:
        group = self.groups[k]
        slots = np.flatnonzero(self.group_of[: len(points)] == k)
        equipment = np.unique(points.arrival.equipment[slots])
        machines = tuple(points.equipment_ids[e] for e in equipment.tolist())
        halls = {machine.split("/", 1)[0] for machine in machines}
        by_hall = self._machines_by_hall(points, asked)
        heard = sum(by_hall.get(hall, 0) for hall in halls)
        # A gap of all of the zone took all of its machines along.
        with_zone = self.gap_from != UNSET and group.since >= self.gap_from - T.fell_together_s * SECOND
        fell = heard if with_zone and group.since <= self.gap_from else group.machines
        return Silent(
            root=group.root,
            since=group.since - shift,
            points=len(slots),
            machines=machines,
            whole=self._is_all(points, slots, asked),
            fell=fell,
            heard=heard,
            source=group.source,
            mute=self._is_mute(group, points, raw, asked),
        )

    def _is_mute(self, group: Group, points: Points, raw: RawValues, asked: np.ndarray) -> bool:
        """Whether nothing that comes through the source of a group is heard."""
        if group.source not in raw.sources[1:]:
            return False
        n = len(points)
        of = asked & (raw.source[:n] == raw.sources.index(group.source))
        return not (of & (self.group_of[:n] == 0)).any()


def _runs(seen: I64, within: F64) -> list[tuple[int, int]]:
    """Rows of ``seen``, ns, in their order, cut where one is more than ``within`` after the one before."""
    if not len(seen):
        return []
    order = np.argsort(seen, kind="stable")
    cuts = np.flatnonzero(np.diff(seen[order]) > np.fmax(within[order][1:], within[order][:-1])) + 1
    edges = [0, *cuts.tolist(), len(seen)]
    return list(pairwise(edges))
