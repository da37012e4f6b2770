"""Stand-ins at the edges of the service, for tests of its own rules."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from streams.errors import BrokerAway
from streams.messages import HallState, Incident
from streams.records import Records
from streams.sinks.sink import SinkCounts
from streams.sources.source import Gap, Partition, Rebalance


def records_of(
    values: Sequence[bytes], topic: str = "telemetry", partition: int = 0, first_offset: int = 0
) -> Records:
    return Records.of(values, topic, partition, offset=first_offset, timestamp=1_700_000_000_000_000_000)


def message(point: str, second: float, value: float) -> bytes:
    time = 1_700_000_000_000 + round(second * 1000)
    return json.dumps({"point": point, "time": time, "value": value}).encode()


class FakeSource:
    """Partitions as lists of values; rebalances as the test says."""

    def __init__(self, logs: dict[Partition, list[bytes]], batch: int = 10) -> None:
        self.logs = logs
        self.batch = batch
        self.gaps: list[Gap] = []
        self.topic_ids: dict[str, str] = {}
        self.committed: dict[Partition, int] = {}
        self.away = False
        self.closed = False
        self._position: dict[Partition, int] = {}
        self._paused: set[Partition] = set()
        self._changes: list[Rebalance] = []

    def assign(self, *partitions: Partition) -> None:
        self._changes.append(Rebalance(frozenset(partitions), frozenset()))
        for partition in partitions:
            self._position[partition] = 0
            self._paused.add(partition)

    def revoke(self, *partitions: Partition) -> None:
        self._changes.append(Rebalance(frozenset(), frozenset(partitions)))
        for partition in partitions:
            del self._position[partition]

    def poll(self, timeout_s: float) -> list[Records]:
        if self.away:
            raise BrokerAway("nobody there")
        runs = []
        for (topic, number), position in list(self._position.items()):
            values = self.logs[topic, number][position : position + self.batch]
            if values and (topic, number) not in self._paused:
                runs.append(records_of(values, topic, number, position))
                self._position[topic, number] = position + len(values)
        return runs

    def assigned(self) -> set[Partition]:
        return set(self._position)

    def rebalances(self) -> list[Rebalance]:
        changes, self._changes = self._changes, []
        return changes

    def seek(self, partition: Partition, offset: int) -> None:
        self._position[partition] = offset

    def pause(self, partitions: Iterable[Partition]) -> None:
        self._paused |= set(partitions)

    def resume(self, partitions: Iterable[Partition]) -> None:
        self._paused -= set(partitions)

    def commit(self, offsets: Mapping[Partition, int]) -> bool:
        self.committed |= offsets
        return True

    def topic_id(self, topic: str) -> str:
        return self.topic_ids.get(topic, "")

    def missing(self) -> set[str]:
        return set()

    def positions(self) -> dict[Partition, int]:
        return dict(self._position)

    def lag(self) -> dict[Partition, int]:
        return {key: len(self.logs[key]) - position for key, position in self._position.items()}

    def offsets_for_time(self, partitions: Collection[Partition], time_ns: int) -> dict[Partition, int]:
        return {partition: len(self.logs[partition]) for partition in partitions}

    def generation(self) -> int:
        return 1

    def close(self) -> None:
        self.closed = True


class FakeSink:
    """Keeps what it is given; acknowledges when told to."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.stuck = False
        self._acknowledged = 0

    def submit(self, payload: bytes) -> int:
        self.payloads.append(payload)
        return len(self.payloads)

    def acknowledged(self) -> int:
        if not self.stuck:
            self._acknowledged = len(self.payloads)
        return self._acknowledged

    def flush(self, deadline_s: float) -> bool:
        return not self.stuck

    def counts(self) -> SinkCounts:
        return SinkCounts()

    def close(self) -> None: ...

    def rows(self) -> set[bytes]:
        return set(b"".join(self.payloads).splitlines())


class FakeStore:
    """Stands in for a `StoreWriter`."""

    def __init__(self) -> None:
        self.away = False
        self.problem = ""
        self.set_aside = 0
        self.last_set_aside = ""
        self.lost_at: float | None = None
        self.dropped = 0
        self.taken: list[Incident] = []
        self._put: list[Incident] = []

    def put(self, rows: Iterable[Incident]) -> None:
        self._put += rows
        self._work_off()

    def hold(self, incidents: Iterable[Incident]) -> None:
        held = {each.id for each in self._put}
        self.put([each for each in incidents if each.id not in held])

    def put_halls(self, pictures: Mapping[tuple[str, str], tuple[HallState, int]]) -> None: ...

    def damaged_copies(self) -> list[Path]:
        return []

    def mark(self) -> int:
        return len(self._put)

    def acknowledged(self, mark: int) -> bool:
        self._work_off()
        return len(self.taken) >= mark

    def _work_off(self) -> None:
        if not self.away:
            self.taken += self._put[len(self.taken) :]


class FakeNotifier:
    def __init__(self) -> None:
        self.told: list[Incident] = []

    def offer_all(self, incidents: Sequence[Incident], live: bool) -> None:
        if live:
            self.told.extend(incidents)

    def tick(self) -> None: ...

    def unreached(self) -> list[object]:
        return []
