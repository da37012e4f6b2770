"""Partitions that do not get on: places that a broker cannot read, or gives rubbish for.

A broker finds a place by walking from batch to batch. So where a batch lies
about its length, or a segment is gone, it gives nothing, an error, or bytes out
of the middle of a batch, for this offset and for others behind it: for ever,
and without a word if it gives nothing. Such a place is looked at several times,
apart from the other partitions; then the first offset behind it at which there
is something sound is searched for, a few looks at a time, and what lies between
is a gap.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kafka import TopicPartition

from streams.errors import BrokerAway, RejectReason
from streams.sources.doubts import FETCHES
from streams.sources.probe import Perhaps, Probe, Unreadable
from streams.sources.source import Gap

STILL_AFTER_S = 5.0
"""A partition that has not moved for so long, with more in its log, is looked at."""
LOOK_EVERY_S = 1.0
NOTHING_FOR_S = 30.0
"""How long a broker may fail to read anything up to the log's end before that is passed over too: by then it
is no start, no change of leader and no disk that was away for a moment."""
CAREFUL_FOR_S = 10.0
"""How long batches are fetched one by one after fetches of more had failed where one alone is sound."""
TURN_S = 0.5
"""How long `Standstill.advance` looks at most, and a look more."""


@dataclass(slots=True)
class Search:
    """For the first sound offset in (``unsound``, ``end``]: in steps that double, then by halves."""

    unsound: int
    end: int
    sound: int | None = None
    _step: int = 1

    @property
    def at(self) -> int:
        """Where to look next."""
        if self.sound is None:
            return min(self.unsound + self._step, self.end)
        return (self.unsound + self.sound) // 2

    @property
    def done(self) -> bool:
        """Whether the place is found to the record."""
        return self.sound is not None and self.sound - self.unsound <= 1

    def tell(self, is_sound: bool) -> None:
        """What the look at `at` found; the end counts as sound."""
        at = self.at
        if is_sound or at == self.end:
            self.sound = at
        else:
            self.unsound = at
            self._step *= 2


@dataclass(slots=True)
class _Place:
    position: int
    since: float
    """When it was come to, on the monotonic clock."""
    suspect: bool = False
    """Whether what was fetched here could not be used."""
    looks: int = 0
    next_look: float = 0.0
    says: str = ""
    for_now: bool = False
    """Whether what is wrong may be over soon."""
    search: Search | None = None


class Standstill:
    """Where every partition stands, and for how long. For the thread that polls."""

    def __init__(self, probe: Probe, clock: Callable[[], float] = time.monotonic) -> None:
        self._probe = probe
        self._clock = clock
        self._places: dict[TopicPartition, _Place] = {}
        self._broken_off = -math.inf
        self._careful_until = -math.inf

    @property
    def careful(self) -> bool:
        """Whether batches are to be fetched one by one."""
        return self._clock() < self._careful_until

    def held(self) -> set[TopicPartition]:
        """Those that the consumer had better not fetch: it would get the same again at once."""
        return {tp for tp, place in tuple(self._places.items()) if place.suspect}

    def suspect(self, tp: TopicPartition, position: int) -> None:
        """What was fetched at the position is an error, or begins with no whole batch."""
        self._place(tp, position).suspect = True

    def lose(self, tp: TopicPartition, position: int, says: str) -> None:
        """What was fetched there was looked at often enough, and does not tell where to go on."""
        place = self._place(tp, position)
        place.suspect, place.looks, place.says = True, FETCHES, says

    def broken_off(self) -> None:
        """A whole fetch failed."""
        self._broken_off = self._clock()

    def watch(self, stand: Mapping[TopicPartition, tuple[int, bool]]) -> None:
        """Take note of the partitions that are read: (position, whether there should be more to fetch)."""
        for gone in self._places.keys() - stand.keys():
            del self._places[gone]
        for tp, (position, more) in stand.items():
            place = self._place(tp, position)
            if not more and not place.suspect:
                place.since = self._clock()

    def advance(self) -> list[Gap]:
        """Look at what stands still, for a moment. What is to be passed over now."""
        until = self._clock() + TURN_S
        gaps = []
        for tp, place in list(self._places.items()):
            gap = None
            while gap is None and self._places.get(tp) is place and self._is_due(place, until):
                try:
                    gap = self._look(tp, place)
                except BrokerAway:
                    place.next_look = self._clock() + LOOK_EVERY_S
            if gap is not None:
                gaps.append(gap)
                del self._places[tp]
        return gaps

    def _place(self, tp: TopicPartition, position: int) -> _Place:
        place = self._places.get(tp)
        if place is None or place.position != position:
            place = self._places[tp] = _Place(position, self._clock())
        return place

    def _is_due(self, place: _Place, until: float) -> bool:
        now = self._clock()
        return place.next_look <= now < until and (place.suspect or now - place.since >= STILL_AFTER_S)

    def _look(self, tp: TopicPartition, place: _Place) -> Gap | None:
        if place.search is not None:
            return self._search(tp, place, place.search)
        if place.looks >= FETCHES:
            end = self._probe.end(tp)
            if end > place.position:
                place.search = Search(place.position, end)
                return None
        place.next_look = self._clock() + LOOK_EVERY_S
        try:
            self._probe.look(tp, place.position)
        except Unreadable as wrong:
            place.says, place.for_now = str(wrong), isinstance(wrong, Perhaps)
            place.looks += 1
        else:
            self._is_sound_after_all(tp, place)
        return None

    def _is_sound_after_all(self, tp: TopicPartition, place: _Place) -> None:
        now = self._clock()
        if place.suspect or now - self._broken_off < STILL_AFTER_S:
            self._careful_until = now + CAREFUL_FOR_S
        self._places[tp] = _Place(place.position, now)

    def _search(self, tp: TopicPartition, place: _Place, search: Search) -> Gap | None:
        if not search.done:
            search.tell(search.at == search.end or self._is_sound(tp, search.at))
            return None
        assert search.sound is not None
        waited = self._clock() - place.since
        if search.sound == search.end and place.for_now and waited < NOTHING_FOR_S:
            place.search, place.looks, place.next_look = None, 0, self._clock() + LOOK_EVERY_S
            return None
        behind = search.sound
        return Gap(tp.topic, tp.partition, place.position, behind, RejectReason.CORRUPT_BATCH, place.says)

    def _is_sound(self, tp: TopicPartition, offset: int) -> bool:
        try:
            self._probe.look(tp, offset)
        except Unreadable:
            return False
        return True
