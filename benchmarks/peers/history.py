"""One run's telemetry as the peers read it: as it arrived, and as last values on an even grid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol

import numba
import numpy as np
from numpy.typing import NDArray

from config.kinds import Role, load_kinds
from config.points import parse_point
from config.site import Site

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
SECOND = 1_000_000_000
STEP_S = 10

STALE = 60 * SECOND
PERIODS = 3
"""A value is carried forward for so many periods of its point, and for ``STALE`` at least."""
GAPS = 15
"""The period of a point is the median of so many of its latest gaps."""
ENDS = 101
"""So many readings at either end tell, by their median, when the run began and ended."""
NEAR = 3600 * SECOND
"""The grid goes no further than this beyond the two medians."""


@dataclass(frozen=True, slots=True)
class History:
    """All readings of one run in the order in which they arrived."""

    ids: tuple[str, ...]
    point: NDArray[np.int32]
    """[readings] index into ``ids``."""
    time: I64
    """[readings] ns UTC, as the message says."""
    value: F64
    """[readings] in the unit of the point's kind."""

    def until(self, time: int) -> History:
        """The readings up to a time (ns), of the same points."""
        kept = self.time <= time
        return History(self.ids, self.point[kept], self.time[kept], self.value[kept])


class Chunk(Protocol):
    """Readings in order of arrival, as `streams.simulator` hands them out."""

    @property
    def point(self) -> NDArray[np.int32]: ...
    @property
    def time(self) -> I64: ...
    @property
    def value(self) -> F64: ...


def history_of(ids: tuple[str, ...], chunks: Iterable[Chunk]) -> History:
    """All chunks of one run, one after another."""
    parts = [(chunk.point, chunk.time, chunk.value) for chunk in chunks if len(chunk.point)]
    if not parts:
        return History(ids, np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
    point, time, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    return History(ids, point, time, value)


class Grid(NamedTuple):
    """What a collector that asks every so often would have stored."""

    times: I64
    """[ticks] ns, multiples of the step between them."""
    values: F64
    """[ticks, points] the last value whose time is not after the tick's; NaN before a point's
    first, and once it is stale: older than 3 of its periods and than 60 s."""

    @property
    def step_s(self) -> float:
        return float(self.times[1] - self.times[0]) / SECOND if len(self.times) > 1 else STEP_S

    def ticks(self, seconds: float) -> int:
        """How many steps a span is, at least one."""
        return max(1, round(seconds / self.step_s))


def grid(history: History, step_s: int = STEP_S) -> Grid:
    """The last values at each multiple of ``step_s`` from the first reading on.

    A row holds no reading from after its time, so nothing a row says depends on what follows.
    Of readings of one point with the same time, the last to arrive stands.
    """
    step = step_s * SECOND
    if not len(history.time):
        return Grid(np.empty(0, np.int64), np.empty((0, len(history.ids))))
    first, end = _span(history.time)
    times = np.arange(-(-first // step), end // step + 1, dtype=np.int64) * step
    order = np.lexsort((history.time, history.point))
    bounds = np.searchsorted(history.point[order], np.arange(len(history.ids) + 1))
    values = np.full((len(times), len(history.ids)), np.nan)
    _carry_forward(times, history.time[order], history.value[order], bounds, values)
    return Grid(times, values)


def _span(time: I64) -> tuple[int, int]:
    """When a run began and ended, by clocks that most agree with."""
    early, late = time[:ENDS], time[-ENDS:]
    first = early[early >= np.median(early) - NEAR].min()
    return int(first), int(time[time <= np.median(late) + NEAR].max())


@numba.njit(nogil=True, cache=True)
def _carry_forward(times: I64, time: I64, value: F64, bounds: I64, out: F64) -> None:
    """Fill ``out`` [ticks, points] from readings sorted by (point, time); point p's are bounds[p:p+2]."""
    for p in range(len(bounds) - 1):
        begin, end = bounds[p], bounds[p + 1]
        upcoming = begin
        for k in range(len(times)):
            while upcoming < end and time[upcoming] <= times[k]:
                upcoming += 1
            if upcoming == begin:
                continue
            newest = upcoming - 1
            age = times[k] - time[newest]
            if age <= STALE or age <= PERIODS * _period(time[max(begin, newest - GAPS) : newest + 1]):
                out[k, p] = value[newest]


@numba.njit(nogil=True, cache=True)
def _period(time: I64) -> int:
    """The median of the gaps between ascending times, the upper one of two; zero if there is no gap."""
    gaps = len(time) - 1
    for i in range(gaps):
        shorter = alike = 0
        for j in range(gaps):
            shorter += time[j + 1] - time[j] < time[i + 1] - time[i]
            alike += time[j + 1] - time[j] == time[i + 1] - time[i]
        if shorter <= gaps // 2 < shorter + alike:
            return time[i + 1] - time[i]
    return 0


@lru_cache(maxsize=8)
def roles(ids: tuple[str, ...]) -> tuple[Role | None, ...]:
    """The role of each point; None for what is no point id or of no known kind."""
    kinds = load_kinds()
    names = [parse_point(id) for id in ids]
    known = [kinds.get(name.measure) if name is not None else None for name in names]
    return tuple(kind.role if kind is not None else None for kind in known)


def columns(history: History, *wanted: Role) -> I64:
    """The points that have one of these roles, as indices."""
    return np.array([i for i, role in enumerate(roles(history.ids)) if role in wanted], np.int64)


def halls(history: History, site: Site) -> tuple[str, ...]:
    """The hall of each point; empty for plant, which stands under its zone and serves all its halls.

    A place that the site names as a zone is plant; so is one that no rack inlet and no cooling
    unit's air is measured in.
    """
    places = [id.split("/", 1)[0] for id in history.ids]
    aired = {places[i] for i in columns(history, Role.RACK_INLET, Role.SUPPLY_AIR, Role.RETURN_AIR)}
    of_zones = {hall for zone in site.zones for hall in site.halls_of(zone) or ()}
    is_hall = {place: place in of_zones or (place in aired and place not in site.zones) for place in places}
    return tuple(place if is_hall[place] else "" for place in places)


def equipment(id: str) -> str:
    """The equipment that a point belongs to."""
    return "/".join(id.split("/", 2)[:2])
