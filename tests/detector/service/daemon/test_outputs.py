"""What is down behind one output never stops another, and nothing counts as safe before it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from detector.service.daemon.outputs import Outputs
from streams.messages import Reject, RejectedReading, Verdict
from streams.sinks.dead_letters import DeadLetters
from streams.sinks.sink import SinkCounts
from tests.detector.service.fakes import FakeNotifier, FakeSink, FakeStore
from tests.detector.service.incidents import incident


@pytest.fixture
def parts() -> Iterator[tuple[Any, ...]]:
    sink, store, notifier = FakeSink(), FakeStore(), FakeNotifier()
    yield Outputs(sink, store, notifier), sink, store, notifier  # type: ignore[arg-type]


def verdict(*keys: str) -> Verdict:
    return Verdict("hall-1", incidents=[incident(key) for key in keys])


def test_people_are_told_though_the_store_is_away(parts: tuple[Any, ...]) -> None:
    outputs, _, store, notifier = parts
    store.away = True
    outputs.take(verdict("a"), [], live=True, topic="t", partition=0)
    assert [each.id for each in notifier.told] == ["a"]
    mark = outputs.mark()
    assert not outputs.acknowledged(mark)
    store.away = False
    outputs.take(verdict("b"), [], live=True, topic="t", partition=0)
    assert [each.id for each in store.taken] == ["a", "b"]
    assert outputs.acknowledged(outputs.mark())


def test_what_the_sink_has_not_acknowledged_is_not_safe(parts: tuple[Any, ...]) -> None:
    outputs, sink, *_ = parts
    sink.stuck = True
    outputs.take(verdict("a"), [], live=False, topic="t", partition=0)
    mark = outputs.mark()
    assert not outputs.acknowledged(mark)
    sink.stuck = False
    assert outputs.acknowledged(mark)


def test_nobody_is_told_of_the_past(parts: tuple[Any, ...]) -> None:
    outputs, sink, store, notifier = parts
    outputs.take(verdict("a"), [], live=False, topic="t", partition=0)
    assert notifier.told == []
    assert [each.id for each in store.taken] == ["a"]
    assert any(b"cooling_incident" in payload for payload in sink.payloads)


class Letters:
    """Keeps letters; acknowledges when told to."""

    def __init__(self) -> None:
        self.kept: list[Any] = []
        self.safe = True

    def put(self, reject: Any) -> None:
        self.kept.append(reject)

    def mark(self) -> int:
        return len(self.kept)

    def acknowledged(self, mark: int) -> bool:
        return self.safe or mark == 0

    def counts(self) -> SinkCounts:
        return SinkCounts()

    def close(self) -> None: ...


def test_a_letter_that_is_nowhere_yet_is_not_safe() -> None:
    letters = Letters()
    outputs = Outputs(dead_letters=DeadLetters(letters))
    letters.safe = False
    assert outputs.acknowledged(outputs.mark())
    outputs.reject([Reject("t", 0, 5, "broken_json")])
    assert not outputs.acknowledged(outputs.mark())
    letters.safe = True
    assert outputs.acknowledged(outputs.mark())


def test_what_the_engine_refuses_goes_to_the_dead_letters() -> None:
    letters = Letters()
    outputs = Outputs(dead_letters=DeadLetters(letters))
    refused = RejectedReading("hall-1/rack-01/power", 1_700_000_000_000_000_000, 4.0, "bad_clock")
    outputs.take(Verdict("hall-1", rejected=[refused]), [], live=True, topic="t", partition=2)
    (letter,) = letters.kept
    assert (letter.topic, letter.partition, letter.reason) == ("t", 2, "bad_clock")
    assert letter.payload == b'{"point":"hall-1/rack-01/power","time":1700000000000,"value":4.0}'
