"""Which point a name in a message means: slots, conversion of units, and what is ignored or refused."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from config.kinds import Kind
from config.points import parse_point
from config.site import Site
from kernels.names import NameTable
from streams.errors import RejectError, RejectReason
from streams.formats.meaning import OTHER, Meaning, Target, meaning_of
from streams.formats.numbers import NO_MEANINGS, Meanings
from streams.formats.unclaimed import is_unclaimed, shown
from streams.messages import F64, I32, I64

IGNORED = -1
"""In place of a slot: nothing wants this name."""

NAMES_PER_POINT = 3
"""Names remembered per point allowed: aliases, units, ignored and refused names, ids without a place."""

SAME = Target(1.0, 0.0)
"""What stands for the target of a name that has none."""

_SPELLED = re.compile("[a-z0-9_]+")
"""A measure as kinds are spelled."""
MOST_UNCLAIMED = 1000
"""Foreign names that are told apart; those beyond are counted with no name."""

REASONS = tuple(RejectReason)


def refused(reason: RejectReason) -> int:
    """What stands in place of a slot for a name that is refused."""
    return -2 - REASONS.index(reason)


def reason_of(slot: int) -> RejectReason | None:
    """The reason that stands in place of a slot, None if none does."""
    return REASONS[-2 - slot] if slot < IGNORED else None


class PointDirectory:
    """The points seen so far, by slot, and the *route* of every (name, unit) pair seen.

    A route says slot, scale and offset: a value in a message times ``scale``
    plus ``offset`` is in the unit of the point's kind. Slots are given in the
    order in which points first appear, so they do not depend on how the
    records were cut into batches. Which points are judged is not decided here:
    ids that come without end fill the table, and it is then begun anew.
    """

    def __init__(self, site: Site, kinds: dict[str, Kind], max_points: int) -> None:
        self._site = site
        self._kinds = kinds
        self._max_points = max_points
        self.generation = -1
        """How often the table was begun anew: slots of one generation mean nothing in another."""
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget all names and slots."""
        self.generation += 1
        self.ids: list[str] = []
        self._slots: dict[str, int] = {}
        self._names = NameTable()
        self._known: dict[tuple[str, str], int] = {}
        self._meanings: dict[str, Meaning | RejectError | None] = {}
        self._refusals: dict[tuple[str, str], RejectError] = {}
        self._targets: dict[tuple[int, Target, str], int] = {}
        self._states: dict[int, dict[float, float]] = {}
        """By route, what the numbers mean that stand for states."""
        self._foreign: dict[int, str] = {}
        """By route, the foreign names that the site does not mention."""
        self.sources: dict[int, str] = {}
        """By route, the name that its readings come under; an id's own spellings are one."""
        self._sources_of: dict[int, set[str]] = {}
        self.shared: set[int] = set()
        """Slots that several names lead to."""
        self._count = 0
        self.slot_of = np.empty(64, np.int32)
        self.scale_of = np.empty(64, np.float64)
        self.offset_of = np.empty(64, np.float64)
        self._stated = np.zeros(64, np.bool_)

    def keep_room(self) -> None:
        """Between batches, when nobody needs the slots of the last any more: begin anew if it is full."""
        if max(len(self._known), len(self._meanings)) >= NAMES_PER_POINT * self._max_points:
            self.begin_anew()

    def slot(self, id: str) -> int:
        """The slot of a point's id, a new one if it has none yet."""
        slot = self._slots.get(id)
        if slot is None:
            slot = self._slots[id] = len(self.ids)
            self.ids.append(id)
        return slot

    def take_up(self, ids: list[str]) -> None:
        """Give points of old their slots again (a fresh directory only), be they more than are allowed.

        Raises ValueError where an id stands twice.
        """
        self.ids = list(ids)
        self._slots = {id: slot for slot, id in enumerate(ids)}
        if len(self._slots) != len(ids):
            raise ValueError("a point has two slots")

    def route(self, name: str, unit: str = "") -> int:
        """The route of a name and the unit that its message gave (empty for none)."""
        key = (name, unit)
        route = self._known.get(key)
        if route is None:
            try:
                slot, target = self._resolve(name, unit)
            except RejectError as error:
                slot, target = refused(error.reason), SAME
                self._refusals[key] = error
            if slot == IGNORED and len(self._foreign) < MOST_UNCLAIMED and self._is_unclaimed(name):
                route = self._known[key] = self._new_route(slot, target)
                self._foreign[route] = shown(name)
            else:
                route = self._known[key] = self._route_to(slot, target, self._source(slot, name))
            self._names.insert(name.encode(), unit.encode(), route)
        return route

    def routes(
        self, buffer: NDArray[np.uint8], name_start: I64, name_length: I64, unit_start: I64, unit_length: I64
    ) -> I32:
        """The routes of many names at once, given as spans of UTF-8 in a buffer."""
        return self._names.find_or_learn(
            buffer,
            name_start,
            name_length,
            unit_start,
            unit_length,
            lambda name, unit: self.route(name.decode(), unit.decode()),
        )

    def ignores(self, name: str) -> bool:
        """Whether readings of this name are ignored: the site says so, or no kind wants it."""
        try:
            return self._meaning(name) is None
        except RejectError:
            return False

    def unclaimed(self, routes: I32) -> dict[str, int]:
        """Of the routes of ignored readings, how often each foreign name that the site does not mention."""
        if not self._foreign or not len(routes):
            return {}
        times = np.bincount(routes)
        found = np.flatnonzero(times).tolist()
        return {self._foreign[route]: int(times[route]) for route in found if route in self._foreign}

    def first_of(self, routes: I32, time: I64, value: F64) -> dict[str, tuple[int, float]]:
        """(time, value as it was sent) of the first of these readings of each unclaimed name."""
        if not self._foreign or not len(routes):
            return {}
        found, first = np.unique(routes, return_index=True)
        return {
            self._foreign[route]: (int(time[row]), float(value[row]))
            for route, row in zip(found.tolist(), first.tolist(), strict=True)
            if route in self._foreign
        }

    def spelling_of(self, id: str) -> tuple[str, float, float]:
        """A name that leads to a point, and how its values are converted: times the one plus the other."""
        slot = self._slots.get(id, -1)
        for of_slot, target, source in self._targets:
            if of_slot == slot and source:
                return source, target.scale, target.offset
        return id, 1.0, 0.0

    def _is_unclaimed(self, name: str) -> bool:
        """Whether a name that is ignored is not left out by the site, and no point of an unknown measure.

        An id that has its measure further in, ``site/building/hall/unit/power``, is a foreign name, and so is
        one whose unknown measure is written as people write it: ``DCIM/R01/Inlet Temp``.
        """
        route = self._site.route(shown(name))
        point = parse_point(route.id)
        parts = route.id.split("/")
        foreign = is_unclaimed(name) or point is None or _SPELLED.fullmatch(point.measure) is None
        return not route.ignore and (foreign or any(part in self._kinds for part in parts[3:]))

    def meanings(self, name: str, unit: str) -> Meanings:
        """What words mean at a name and its unit."""
        try:
            meaning = self._meaning(name)
        except RejectError:
            return NO_MEANINGS
        return NO_MEANINGS if meaning is None else meaning.meanings(unit)

    def refusal(self, name: str, unit: str) -> RejectError:
        """Why a name with its unit is refused."""
        return self._refusals[name, unit]

    def converted(self, routes: I32, value: F64) -> tuple[I32, F64]:
        """(slot or what stands in its place, value in the unit of its kind) of each row.

        A number that stands for none of its point's states is NaN.
        """
        with np.errstate(over="ignore"):  # infinity is found out by the caller
            converted = value * self.scale_of[routes] + self.offset_of[routes]
        if self._states:
            for row in np.flatnonzero(self._stated[routes]):
                states = self._states[int(routes[row])]
                converted[row] = states.get(float(value[row]), states.get(OTHER, np.nan))
        return self.slot_of[routes], converted

    def _resolve(self, name: str, unit: str) -> tuple[int, Target]:
        meaning = self._meaning(name)
        if meaning is None:
            return IGNORED, SAME
        target = meaning.target(unit)
        return self.slot(meaning.id), target

    def _meaning(self, name: str) -> Meaning | None:
        """What a name means, None if it is to be ignored. Raises RejectError."""
        if name in self._meanings:
            known = self._meanings[name]
        else:
            try:
                known = meaning_of(name, self._site, self._kinds)
            except RejectError as error:
                known = error
            self._meanings[name] = known
        if isinstance(known, RejectError):
            raise known
        return known

    def _source(self, slot: int, name: str) -> str:
        """What readings of a name are told apart by: the name, where the site says that it is this point."""
        meaning = self._meanings.get(name) if slot >= 0 else None
        if not isinstance(meaning, Meaning):
            return ""
        source = meaning.id if meaning.route.id == shown(name) else shown(name)
        names = self._sources_of.setdefault(slot, set())
        names.add(source)
        if len(names) > 1:
            self.shared.add(slot)
        return source

    def _route_to(self, slot: int, target: Target, source: str) -> int:
        route = self._targets.get((slot, target, source))
        if route is None:
            route = self._targets[slot, target, source] = self._new_route(slot, target)
            if source:
                self.sources[route] = source
        return route

    def _new_route(self, slot: int, target: Target) -> int:
        route = self._count
        if route == len(self.slot_of):
            self.slot_of = np.concatenate([self.slot_of, np.empty_like(self.slot_of)])
            self.scale_of = np.concatenate([self.scale_of, np.empty_like(self.scale_of)])
            self.offset_of = np.concatenate([self.offset_of, np.empty_like(self.offset_of)])
            self._stated = np.concatenate([self._stated, np.zeros_like(self._stated)])
        self.slot_of[route] = slot
        self.scale_of[route], self.offset_of[route] = target.scale, target.offset
        if target.states:
            self._stated[route] = True
            self._states[route] = dict(target.states)
        self._count += 1
        return route
