"""What a run that nothing disturbed makes of the records that a topic holds."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from kafka import KafkaConsumer, TopicPartition

from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from detector.service.daemon.outputs import Outputs
from detector.service.engines.pipeline import Pipeline
from streams.messages import SECOND, Counts, Incident, Reject
from streams.notify.decide import Circumstances, decide
from streams.notify.message import compose
from streams.records import Records
from streams.sinks.score_log import ScoreLog
from streams.store.overlay import Told
from tests.detector.service.rows import Rows, rows_of_file

SLICE = 500
_NEVER = 1 << 62
Letter = tuple[int, int, str, bytes]
"""Partition, offset (-1 where the engine refused a reading), reason, payload"""


@dataclass
class Outcome:
    """What became of the records, by whichever way."""

    rows: Rows = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    letters: Counter[Letter] = field(default_factory=Counter)
    books: dict[str, Counts] = field(default_factory=dict)
    """Of each zone by its name, and of what comes before the zones by partition."""


@dataclass
class Reference(Outcome):
    told: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Incident and title of each message, if people had been told of everything."""
    partition_of: dict[str, int] = field(default_factory=dict)
    """By hall."""
    ends: dict[int, int] = field(default_factory=dict)
    arrived: dict[bytes, float] = field(default_factory=dict)
    """When the broker had each message, s since the epoch."""


def replay_topic(bootstrap: str, topic: str, site: Path, folder: Path) -> Reference:
    """Judge every partition from its first record to its last."""
    found = Reference()
    settings, model, kinds = Settings.load(None), Site.load(site), load_kinds()
    book = _Book()
    rows = folder / "replayed.lp"
    rows.unlink(missing_ok=True)
    sink = ScoreLog(rows, max_bytes=1 << 40)
    outputs = Outputs(sink, notifier=None)
    for number, records in read_topic(bootstrap, topic).items():
        engines = Pipeline(model, kinds, settings)
        found.ends[number] = records.next_offset
        for begin in range(0, len(records), SLICE):
            judged = engines.push(_part(records, begin))
            found.letters.update(map(letter, judged.rejects))
            for verdict in judged.verdicts:
                found.partition_of[verdict.zone] = number
                ids = engines.zones.engines[verdict.zone].ids
                outputs.take(verdict, ids, False, topic, number)
                for incident in verdict.incidents:
                    found.incidents[incident.id] = incident
                    book.offer(incident)
                for refused in verdict.rejected:
                    found.letters[number, -1, refused.reason, refused.point.encode()] += 1
        add_books(found.books, number, engines)
        for i in range(len(records)):
            value = records.value(i)
            if value is not None:
                found.arrived.setdefault(value, records.timestamp[i] / SECOND)
    sink.close()
    found.rows = rows_of_file(rows)
    found.told = book.told
    return found


def add_books(books: dict[str, Counts], number: int, engines: Pipeline) -> None:
    """Put a partition's books among the others."""
    zones = {name: engine.counts for name, engine in engines.zones.engines.items()}
    before = [engines.decoded, engines.zones.admission.counts]
    for name, counts in [*zones.items(), *((f"partition {number}", each) for each in before)]:
        books.setdefault(name, Counts()).add(counts)


class _Book:
    """Keeps who would have been told what."""

    def __init__(self) -> None:
        self.told: Counter[tuple[str, str]] = Counter()
        self._before: defaultdict[str, list[Told]] = defaultdict(list)

    def offer(self, incident: Incident) -> None:
        before = self._before[incident.id]
        reason = decide(incident, Circumstances(before), incident.updated, repeat_every=_NEVER)
        if reason.tells:
            self.told[incident.id, compose(incident, reason).title] += 1
            before.append(Told(incident.id, str(reason), incident.severity, incident.updated))


def letter(reject: Reject) -> Letter:
    return reject.partition, reject.offset, str(reject.reason), reject.payload


def read_topic(bootstrap: str, topic: str) -> dict[int, Records]:
    """All records of a topic, by partition, read the library's ordinary way."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, metrics_enabled=False)
    try:
        partitions = [TopicPartition(topic, n) for n in sorted(consumer.partitions_for_topic(topic) or ())]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        taken: dict[int, list[tuple[int, int, bytes | None]]] = {each.partition: [] for each in partitions}
        while any(consumer.position(each) < ends[each] for each in partitions):
            for each, records in consumer.poll(timeout_ms=500).items():
                taken[each.partition] += [(r.offset, r.timestamp, r.value) for r in records]
        return {n: _records(topic, n, rows, ends[TopicPartition(topic, n)]) for n, rows in taken.items()}
    finally:
        consumer.close()


def _records(topic: str, number: int, rows: list[tuple[int, int, bytes | None]], end: int) -> Records:
    length = np.array([-1 if value is None else len(value) for _, _, value in rows], np.int64)
    held = np.maximum(length, 0)
    return Records(
        topic,
        number,
        np.frombuffer(bytearray(b"".join(value or b"" for _, _, value in rows)), np.uint8),
        np.cumsum(held) - held,
        length,
        np.array([offset for offset, _, _ in rows], np.int64),
        np.array([stamp * 1_000_000 for _, stamp, _ in rows], np.int64),
        end,
    )


def _part(records: Records, begin: int) -> Records:
    rows = slice(begin, begin + SLICE)
    return dataclasses.replace(
        records,
        start=records.start[rows],
        length=records.length[rows],
        offset=records.offset[rows],
        timestamp=records.timestamp[rows],
    )
