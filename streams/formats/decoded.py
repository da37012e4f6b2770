"""What a batch of records came to, and its books."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from streams.errors import RejectReason
from streams.formats.collector import Refusal
from streams.formats.turns import Turns, turns_then
from streams.messages import I64, Counts, Failure, Readings, Reject
from streams.records import Records

PAYLOAD_LENGTH = 4096
"""How much of its record's bytes a reject keeps."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a batch came to."""

    readings: Readings
    record: I64
    """The record that each reading is from, counted from 0 in the batch."""
    rejects: list[Reject]
    """In the order of their records. Of several in one record, the first holds its bytes.
    The detail ends with the setting that mends it, where one is known."""
    counts: Counts
    """Of this batch. A record is *decoded* if at least one thing in it was a
    usable reading, or knowingly ignored or without a value, else *rejected*; either way each
    bad reading in it is a reject of its own. ``readings`` counts those that
    end here (``rejected + ignored + absent``): what is handed on is counted by
    the engine that gets it, so the two books add up to those of the whole."""
    unclaimed: Counter[str] = field(default_factory=Counter)
    """Of the ignored readings, those of each foreign name that the site does not mention."""
    foreign: dict[str, tuple[int, float]] = field(default_factory=dict)
    """(time, value as it was sent) of the first reading of each of these names."""
    turns: dict[str, Turns] = field(default_factory=dict)
    """By id that several names lead to, in which order these were read."""
    shapes: Counter[str] = field(default_factory=Counter)
    """What the records were taken for: how many by the name of a shape or format."""
    rows: int = 0
    """Rows of tables that were read since this was last said, lines that are none among them."""
    lost_rows: int = 0
    """Of these, lines of which nothing could be read."""

    def then(self, rest: Decoded, records: int) -> Decoded:
        """This, of so many records, and what follows it as one."""
        counts = Counts()
        counts.add(self.counts)
        counts.add(rest.counts)
        return Decoded(
            self.readings.then(rest.readings),
            np.concatenate([self.record, rest.record + records]),
            self.rejects + rest.rejects,
            counts,
            self.unclaimed + rest.unclaimed,
            rest.foreign | self.foreign,
            turns_then(self.turns, rest.turns),
            self.shapes + rest.shapes,
            self.rows + rest.rows,
            self.lost_rows + rest.lost_rows,
        )


def unforeseen(records: Records, error: Exception) -> Decoded:
    """One record, or none, of which nothing can be said but that it makes the decoder fail."""
    said = str(Failure.of(error))
    refusals = [Refusal(i, RejectReason.UNFORESEEN, said, reading=False) for i in range(len(records))]
    counts = Counts(records=len(records), rejected_records=len(records))
    return Decoded(Readings.empty(), np.empty(0, np.int64), rejects_of(records, refusals), counts)


def counts_of(usable: NDArray[np.bool_], ignored: int, absent: int, refusals: list[Refusal]) -> Counts:
    """The books of a batch: whether each record came to anything, how many readings ended how."""
    decoded = int(usable.sum())
    rejected = sum(refusal.reading for refusal in refusals)
    return Counts(
        records=len(usable),
        decoded=decoded,
        rejected_records=len(usable) - decoded,
        readings=ignored + absent + rejected,
        rejected=rejected,
        ignored=ignored,
        absent=absent,
    )


def rejects_of(records: Records, refusals: list[Refusal]) -> list[Reject]:
    """What was refused, in the order of the records."""
    rejects = []
    last = -1
    for refusal in sorted(refusals, key=lambda refusal: refusal.record):
        record = refusal.record
        payload = (records.value(record) or b"")[:PAYLOAD_LENGTH] if record != last else b""
        at = int(records.offset[record])
        rejects.append(Reject(records.topic, records.partition, at, refusal.reason, refusal.says(), payload))
        last = record
    return rejects
