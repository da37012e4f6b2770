"""What the daemon made of the records: rows, incidents, letters, books, each from where it stands."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
from kafka import KafkaConsumer, TopicPartition

from benchmarks.chaos.reference import Letter, Outcome, add_books
from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from detector.service.daemon.partition import load_partition
from detector.service.daemon.snapshots import Snapshots
from streams.store.store import Store
from tests.detector.service.rows import rows_of_database
from tests.services.influxdb import InfluxDB


def outcome(
    database: InfluxDB,
    bootstrap: str,
    topic: str,
    rejected: str,
    store: str,
    snapshots: Path,
    site: Path,
    ends: dict[int, int],
) -> tuple[Outcome, dict[int, int]]:
    """What was made of the records, and by partition how many were not judged up to its end.

    Of categories that the engine does not know (operations) nothing is taken: a
    replay has none.
    """
    found = Outcome(rows=_of_engine(rows_of_database(database, topic)))
    opened = Store(store)
    try:
        for incident in opened.incidents():
            if incident.category != "operations":
                found.incidents[incident.id] = incident
    finally:
        opened.close()
    found.letters = _letters(bootstrap, rejected)
    behind = {}
    settings, model, kinds = Settings.load(None), Site.load(site), load_kinds()
    for number, end in ends.items():
        partition = load_partition(Snapshots(str(snapshots)), topic, number, model, kinds, settings)
        behind[number] = end - (partition.next_offset or 0)
        add_books(found.books, number, partition.engines)
    return found, behind


def _of_engine(rows: dict[tuple[str, ...], object]) -> dict[tuple[str, ...], object]:
    return {key: value for key, value in rows.items() if "category=operations" not in key}


def _letters(bootstrap: str, topic: str) -> Counter[Letter]:
    """Letters of the decoder by where they stood; of the engine by the point that was refused."""
    found: Counter[Letter] = Counter()
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, metrics_enabled=False)
    try:
        partitions = [TopicPartition(topic, n) for n in sorted(consumer.partitions_for_topic(topic) or ())]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        while any(consumer.position(each) < ends[each] for each in partitions):
            for records in consumer.poll(timeout_ms=500).values():
                for record in records:
                    said = {name: value.decode() for name, value in record.headers}
                    payload = record.value or b""
                    if said["offset"] == "-1":
                        payload = msgspec.json.decode(payload)["point"].encode()
                    key = int(said["partition"]), int(said["offset"]), said["reason"], payload
                    found[key] += 1
        return found
    finally:
        consumer.close()
