"""Which point a name in a message means: slots, conversion of units, and what is ignored or refused."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from config.kinds import Kind
from config.points import MAX_POINT_ID, parse_point
from config.site import Site
from config.units import UnknownUnit, conversion
from kernels.names import UNKNOWN, NameTable
from streams.errors import RejectError, RejectReason
from streams.messages import F64, I32, I64

IGNORED = -1
"""In place of a slot: nothing wants this name."""

UNCLAIMED = "\0"
"""Stands before the name of a metric that no template wants: only the site file makes a point of it."""

NAMES_PER_POINT = 3
"""Names remembered per point allowed: aliases, units, ignored and refused names, ids without a place."""

LEARNED_AT_ONCE = 2048
"""New names of one batch that are taken in before the rest of it is looked up again."""

MOST_UNCLAIMED = 1000
"""Foreign names that are told apart; those beyond are counted with no name."""

REASONS = tuple(RejectReason)


def refused(reason: RejectReason) -> int:
    """What stands in place of a slot for a name that is refused."""
    return -2 - REASONS.index(reason)


def reason_of(slot: int) -> RejectReason | None:
    """The reason that stands in place of a slot, None if none does."""
    return REASONS[-2 - slot] if slot < IGNORED else None


def is_unclaimed(name: str) -> bool:
    """Whether a name is that of a metric that no template wants."""
    return name.startswith(UNCLAIMED)


def shown(name: str) -> str:
    """A name as people read it."""
    return name.removeprefix(UNCLAIMED)


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
        self._targets: dict[tuple[int, float, float], int] = {}
        self._foreign: dict[int, str] = {}
        """By route, the foreign names that the site does not mention."""
        self._count = 0
        self.slot_of = np.empty(64, np.int32)
        self.scale_of = np.empty(64, np.float64)
        self.offset_of = np.empty(64, np.float64)

    def keep_room(self) -> None:
        """Between batches, when nobody needs the slots of the last any more: begin anew if it is full."""
        if len(self._known) >= NAMES_PER_POINT * self._max_points:
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
                target = self._resolve(name, unit)
            except RejectError as error:
                target = (refused(error.reason), 1.0, 0.0)
            if target[0] == IGNORED and len(self._foreign) < MOST_UNCLAIMED and self._is_unclaimed(name):
                route = self._known[key] = self._new_route(target)
                self._foreign[route] = shown(name)
            else:
                route = self._known[key] = self._route_to(target)
            self._names.insert(name.encode(), unit.encode(), route)
        return route

    def routes(
        self, buffer: NDArray[np.uint8], name_start: I64, name_length: I64, unit_start: I64, unit_length: I64
    ) -> I32:
        """The routes of many names at once, given as spans of UTF-8 in a buffer."""
        routes = self._names.find(buffer, name_start, name_length, unit_start, unit_length)
        new = np.flatnonzero(routes == UNKNOWN)
        while len(new):
            for row in new[:LEARNED_AT_ONCE]:
                name = buffer[name_start[row] : name_start[row] + name_length[row]].tobytes().decode()
                unit = buffer[unit_start[row] : unit_start[row] + unit_length[row]].tobytes().decode()
                routes[row] = self.route(name, unit)
            # Names come again and again: most of the others are known by now.
            new = new[LEARNED_AT_ONCE:]
            routes[new] = self._names.find(
                buffer, name_start[new], name_length[new], unit_start[new], unit_length[new]
            )
            new = new[routes[new] == UNKNOWN]
        return routes

    def ignores(self, name: str) -> bool:
        """Whether readings of this name are ignored: the site says so, or no kind wants it."""
        try:
            return self._point(name) is None
        except RejectError:
            return False

    def unclaimed(self, routes: I32) -> dict[str, int]:
        """Of the routes of ignored readings, how often each foreign name that the site does not mention."""
        if not self._foreign or not len(routes):
            return {}
        times = np.bincount(routes)
        found = np.flatnonzero(times).tolist()
        return {self._foreign[route]: int(times[route]) for route in found if route in self._foreign}

    def _is_unclaimed(self, name: str) -> bool:
        """Whether a name that is ignored is not left out by the site, and no point of an unknown measure."""
        route = self._site.route(shown(name))
        return not route.ignore and (is_unclaimed(name) or parse_point(route.id) is None)

    def targets(self, routes: I32) -> tuple[I32, F64, F64]:
        """(slot or what stands in its place, scale, offset) of each route."""
        return self.slot_of[routes], self.scale_of[routes], self.offset_of[routes]

    def _resolve(self, name: str, unit: str) -> tuple[int, float, float]:
        found = self._point(name)
        if found is None:
            return IGNORED, 1.0, 0.0
        id, kind, site_unit = found
        try:
            scale, offset = conversion(unit or site_unit or kind.unit, kind.unit)
        except UnknownUnit as error:
            raise RejectError(RejectReason.UNKNOWN_UNIT, str(error)) from None
        return self.slot(id), scale, offset

    def _point(self, name: str) -> tuple[str, Kind, str | None] | None:
        """(id, kind, the site's unit) of a name, None if it is to be ignored. Raises RejectError."""
        unclaimed, name = is_unclaimed(name), shown(name)
        if unclaimed and (len(name.encode()) > MAX_POINT_ID or not name.isprintable()):
            return None
        if len(name.encode()) > MAX_POINT_ID:
            raise RejectError(RejectReason.POINT_TOO_LONG)
        if not name.strip() or not name.isprintable():
            raise RejectError(RejectReason.BAD_POINT)
        route = self._site.route(name)
        if route.ignore or (unclaimed and route.id == name):
            return None
        point = parse_point(route.id)
        if point is None:
            if "/" in route.id and "" in route.id.split("/"):
                raise RejectError(RejectReason.BAD_POINT)
            return None  # a foreign name that the site does not mention
        kind = self._kinds.get(point.measure)
        return None if kind is None else (point.id, kind, route.unit)

    def _route_to(self, target: tuple[int, float, float]) -> int:
        route = self._targets.get(target)
        if route is None:
            route = self._targets[target] = self._new_route(target)
        return route

    def _new_route(self, target: tuple[int, float, float]) -> int:
        route = self._count
        if route == len(self.slot_of):
            self.slot_of = np.concatenate([self.slot_of, np.empty_like(self.slot_of)])
            self.scale_of = np.concatenate([self.scale_of, np.empty_like(self.scale_of)])
            self.offset_of = np.concatenate([self.offset_of, np.empty_like(self.offset_of)])
        self.slot_of[route], self.scale_of[route], self.offset_of[route] = target
        self._count += 1
        return route
