"""What a topic or a log was understood to be, and what of it was not, tallied as records are decoded.

What could not be read, with a sample of each reason; foreign names that nothing
explains; which of the points that the site names were read. What the site
ignores, what measures no kind wants, and what says itself that it is no
reading, never count as not understood. `streams.formats.not_understood` says it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from config.site import Site
from streams.errors import RejectReason
from streams.formats.decoded import Decoded
from streams.formats.directory import MOST_UNCLAIMED, PointDirectory
from streams.formats.turns import Turns, turns_then
from streams.messages import Counts, Reject

NOT_OF_RECORDS = frozenset(
    {
        RejectReason.NO_LONGER_KEPT,
        RejectReason.MADE_ANEW,
        RejectReason.CORRUPT_BATCH,
        RejectReason.BAD_CLOCK,
        RejectReason.TOO_MANY_POINTS,
        RejectReason.NOT_A_ROW,
    }
)
"""Reasons that say nothing of how a record is written: by these nothing was misread."""

ENOUGH = 5
"""Steps of time that tell an order."""


class Sample(NamedTuple):
    """How often something could not be read for one reason, and the first time that it could not."""

    times: int
    first: Reject


@dataclass(slots=True)
class Understood:
    """The tally of one topic, or of one run of logs."""

    site: Site
    counts: Counts = field(default_factory=Counts)
    """The decoder's books."""
    read: int = 0
    """Readings that were handed on."""
    unread: int = 0
    """Records and readings that could not be read."""
    back: int = 0
    onward: int = 0
    """From one reading to the next, how often time ran back, and on."""
    rows: int = 0
    """Rows of tables that were read, lines that are none among them."""
    lost_rows: int = 0
    """Of these, lines of which nothing could be read."""
    reasons: dict[str, Sample] = field(default_factory=dict)
    shapes: Counter[str] = field(default_factory=Counter)
    """Records by what they were taken for."""
    unclaimed: Counter[str] = field(default_factory=Counter)
    """Readings of each foreign name that the site does not mention."""
    turns: dict[str, Turns] = field(default_factory=dict)
    """By id that several names lead to, in which order these were read."""
    named: set[str] = field(default_factory=set)
    """Ids that the site names and of which nothing was read so far."""
    _looked: tuple[int, int] = (-1, 0)
    """Generation of the directory and how many of its slots were looked at."""
    _slots: dict[int, str] = field(default_factory=dict)
    """Slots of those that are waited for."""

    def __post_init__(self) -> None:
        self.named = set(self.site.named_points())

    def take(self, decoded: Decoded, directory: PointDirectory) -> None:
        """Add what a batch came to; ``directory`` is that of the decoder that made it, as it is now."""
        self.counts.add(decoded.counts)
        self.read += len(decoded.readings)
        self.shapes.update(decoded.shapes)
        steps = np.diff(decoded.readings.time)
        self.back += int((steps < 0).sum())
        self.onward += int((steps > 0).sum())
        self.rows += decoded.rows
        self.lost_rows += decoded.lost_rows
        if decoded.turns:
            self.turns = turns_then(self.turns, decoded.turns)
        if decoded.unclaimed:
            self._claim(decoded.unclaimed)
        for reject in decoded.rejects:
            if reject.reason not in NOT_OF_RECORDS:
                self.unread += 1
                times, first = self.reasons.get(reject.reason, Sample(0, reject))
                self.reasons[reject.reason] = Sample(times + 1, first)
        if self.named:
            self._cross_off(decoded, directory)

    def _claim(self, found: Counter[str]) -> None:
        for name, times in found.items():
            if name in self.unclaimed or len(self.unclaimed) < MOST_UNCLAIMED:
                self.unclaimed[name] += times

    def _cross_off(self, decoded: Decoded, directory: PointDirectory) -> None:
        generation, looked = self._looked
        if generation != directory.generation:
            self._slots, looked = {}, 0
        ids = directory.ids
        self._slots |= {slot: ids[slot] for slot in range(looked, len(ids)) if ids[slot] in self.named}
        self._looked = directory.generation, len(ids)
        if self._slots and len(decoded.readings):
            here = np.zeros(len(ids), np.bool_)
            here[decoded.readings.point] = True
            for slot in [slot for slot in self._slots if here[slot]]:
                self.named.discard(self._slots.pop(slot))

    @property
    def unread_part(self) -> float:
        """The part of the records, or of what was found in them, that could not be read; 0 to 1."""
        counts = self.counts
        found = self.read + counts.ignored + self.unread
        records = min(counts.rejected_records, self.unread) / max(counts.records, 1)
        return max(records, self.unread / max(found, 1), self.lost_part)

    @property
    def newest_first(self) -> bool:
        """Whether times run backwards from the first reading to the last."""
        return self.back >= ENOUGH and self.back > 0.95 * (self.back + self.onward)

    @property
    def lost_part(self) -> float:
        """The part of the rows of tables of which nothing could be read; 0 to 1."""
        return self.lost_rows / max(self.rows, 1)
