"""Hostile records, the short form of ``python -m benchmarks.fuzz``."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import fuzz
from benchmarks.hostile import Hostile
from detector.service.engines.pipeline import Judged, Pipeline
from streams.records import Records


def test_every_hostile_record_is_accounted_for() -> None:
    figures = fuzz.fuzz(60_000, seed=7)
    assert figures["accounted"] == figures["records"] == 60_000
    assert {"broken_json", "wrong_type", "absurd_time", "bad_point", "not_text"} <= set(figures["reasons"])


def test_the_same_seed_gives_the_same_records() -> None:
    one, other = Hostile(3).batch(5000), Hostile(3).batch(5000)
    assert np.array_equal(one.buffer, other.buffer) and np.array_equal(one.length, other.length)
    assert not np.array_equal(one.buffer[:1000], Hostile(4).batch(5000).buffer[:1000])


def test_a_record_that_vanishes_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    push = Pipeline.push

    def loses_one(self: Pipeline, records: Records) -> object:
        kept = slice(1, None)
        return push(
            self,
            Records(
                records.topic,
                records.partition,
                records.buffer,
                records.start[kept],
                records.length[kept],
                records.offset[kept],
                records.timestamp[kept],
                records.next_offset,
            ),
        )

    monkeypatch.setattr(Pipeline, "push", loses_one)
    with pytest.raises(fuzz.Unaccounted):
        fuzz.fuzz(1000, seed=1)


def test_a_rejected_record_without_a_letter_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    push = Pipeline.push

    def keeps_no_letters(self: Pipeline, records: Records) -> Judged:
        return Judged(push(self, records).verdicts, [])

    monkeypatch.setattr(Pipeline, "push", keeps_no_letters)
    with pytest.raises(fuzz.Unaccounted, match="letters of 0 records"):
        fuzz.fuzz(1000, seed=1)
