"""Splitting by zone: each engine sees its own points in their order, however the records are cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from detector.engine import Engine
from detector.service.engines import zones
from detector.service.engines.pipeline import STEPS_AT_ONCE, Judged, Pipeline
from tests.detector.service.fakes import message, records_of

SITE = Site.loads('[[zone]]\nname = "plant-a"\nhalls = ["hall-1", "hall-2"]\n')
POINTS = (
    "plant-a/chiller-1/power",
    "hall-1/rack-01/inlet_air_temperature",
    "hall-2/rack-01/inlet_air_temperature",
    "hall-3/rack-01/inlet_air_temperature",
    "elsewhere/what",
)


def engines() -> Pipeline:
    return Pipeline(SITE, load_kinds(), Settings.load(None))


def values(count: int, first: int = 0) -> list[bytes]:
    return [message(POINTS[i % len(POINTS)], i * 3.0, 20.0 + i % 7) for i in range(first, first + count)]


def ticks(judged: list[Judged]) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for each in judged:
        for verdict in each.verdicts:
            told.setdefault(verdict.zone, []).extend(map(repr, verdict.ticks))
    return told


def test_a_plant_and_its_halls_share_an_engine() -> None:
    partition = engines()
    partition.push(records_of(values(50)))
    assert sorted(partition.zones.engines) == ["hall-3", "plant-a"]
    assert set(partition.zones.engines["hall-3"].ids) == {POINTS[3]}
    assert set(partition.zones.engines["plant-a"].ids) == set(POINTS[:3])


@settings(max_examples=8)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=6))
def test_the_same_records_in_any_batches_give_the_same(cuts: list[int]) -> None:
    log = values(200)
    whole = ticks([engines().push(records_of(log))])
    partition = engines()
    judged, at = [], 0
    for cut in [*cuts, len(log)]:
        judged.append(partition.push(records_of(log[at : at + cut], first_offset=at)))
        at += cut
    assert ticks(judged) == whole
    assert partition.counts() == _counts(log)


def test_what_engines_are_rebuilt_from_is_bounded_over_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ticks([engines().push(records_of(values(200)))])
    monkeypatch.setattr(zones, "MOST_ROWS", 30)
    partition = engines()
    judged = []
    for first in range(0, 200, 20):
        judged.append(partition.push(records_of(values(20, first), first_offset=first)))
        assert sum(engine.rows for engine in partition.zones.engines.values()) <= 30
    assert ticks(judged) == whole


def test_a_zone_that_cannot_be_put_into_bytes_costs_no_verdict_of_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = ticks([engines().push(records_of(values(200)))])

    def unable(engine: Engine) -> bytes:
        raise MemoryError("no room for the bytes")

    monkeypatch.setattr(Engine, "snapshot", unable)
    monkeypatch.setattr(zones, "MOST_ROWS", 30)
    partition = engines()
    judged = []
    for first in range(0, 200, 20):
        judged.append(partition.push(records_of(values(20, first), first_offset=first)))
        assert sum(engine.rows for engine in partition.zones.engines.values()) <= 30
    assert ticks(judged) == whole
    assert not [each.error for each in judged if each.error is not None]
    assert {failure.what for each in judged for v in each.verdicts for failure in v.failures} == {
        "MemoryError: no room for the bytes"
    }


def test_the_books_add_up_over_decoder_and_engines() -> None:
    log = [*values(300), b"{", *values(3), b"", *values(100, first=300)]
    partition = engines()
    partition.push(records_of(log))
    counts = partition.counts()
    assert counts.balanced()
    assert counts.records == len(log)
    assert counts.rejected_records == 2
    assert counts.ignored == 80
    assert counts.late == 3  # old, and no step of the clocks: those who sent them went on as before


def test_a_saved_partition_goes_on_as_if_nothing_had_been() -> None:
    log = values(300)
    whole = engines()
    expected = ticks([whole.push(records_of(log[:120])), whole.push(records_of(log[120:]))])
    first = engines()
    before = first.push(records_of(log[:120]))
    second = engines()
    assert second.load(first.save()) == []
    after = second.push(records_of(log[120:], first_offset=120))
    assert ticks([before, after]) == expected
    assert second.counts() == whole.counts()
    assert second.decoder.directory.ids == whole.decoder.directory.ids


def _counts(log: list[bytes]) -> object:
    partition = engines()
    partition.push(records_of(log))
    return partition.counts()


def test_hours_in_one_record_are_judged_a_few_ticks_at_a_time() -> None:
    whole, in_parts = engines(), engines()
    record = b"[" + b",".join(message(POINTS[1], i * 20.0, 20.0 + i % 7) for i in range(500)) + b"]"
    parts = list(in_parts.push_in_parts(records_of([record, b"{"])))
    assert len(parts) > 10
    assert max(len(verdict.ticks) for part in parts for verdict in part.verdicts) <= STEPS_AT_ONCE + 1
    assert ticks(parts) == ticks([whole.push(records_of([record, b"{"]))])
    assert [len(part.rejects) for part in parts] == [1] + [0] * (len(parts) - 1)
    assert in_parts.counts() == whole.counts()


def test_what_holds_no_reading_is_heard_of_too() -> None:
    (judged,) = engines().push_in_parts(records_of([b"{"]))
    assert len(judged.rejects) == 1 and not judged.verdicts
