"""What can be wrong with coolwatch or its feed, told from plain facts the daemon gathers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from detector.incidents.durations import duration
from detector.incidents.faults import Category, Severity
from detector.service.daemon.contained import part_conditions, zone_conditions
from detector.service.daemon.disk_budget import disk_conditions
from detector.service.daemon.facts import Facts
from detector.service.daemon.operations import Condition
from detector.service.daemon.renamed import rename_conditions
from detector.service.daemon.understanding import understanding_condition
from detector.service.people.words import utc
from streams.errors import RejectReason

SILENT_AFTER_S = 120.0
"""A zone with nothing new for this long, while nothing waits in Kafka, has gone silent."""
BEHIND_AFTER_S = 60.0
"""Verdicts this far behind the newest record are late."""
AWAY_AFTER_S = 30.0
"""How long the store or the snapshots may be away before anyone is told."""
LOST_FOR_S = 3600.0
"""How long it is told that a store is gone: nothing of it is left that could be looked at."""
CHECKPOINT_LATE_S = 300.0
_MENDS: dict[str, str] = {
    RejectReason.NO_LONGER_KEPT: "Let Kafka keep records for longer than coolwatch may be away "
    "(retention.ms, retention.bytes), and do not compact the topic.",
    RejectReason.CORRUPT_BATCH: "See to the disks of the brokers, and to what produces.",
    RejectReason.TOO_LARGE: "Let the producers write smaller batches.",
    RejectReason.MADE_ANEW: "It is read from its beginning; what was learned stays.",
}


def conditions(facts: Facts) -> Iterator[Condition]:
    """Everything that is wrong at this moment."""
    yield from _silence(facts)
    yield from _behind(facts)
    yield from _split_zones(facts)
    yield from _event_clocks(facts)
    yield from _missed(facts)
    yield from _missing_topics(facts)
    yield from zone_conditions(facts.troubles)
    yield from part_conditions(facts.failing, facts.snapshots_damaged)
    yield from rename_conditions(facts.renamed)
    yield from _waiting_effects(facts)
    if facts.disk is not None:
        yield from disk_conditions(facts.disk)
    yield from _rejects(facts)
    yield from _refused(facts)
    yield from _store(facts)
    yield from _destinations(facts)
    if facts.checkpoint_error or facts.checkpoint_age_s > CHECKPOINT_LATE_S:
        yield Condition(
            "checkpoint_late",
            Category.OPERATIONS,
            "snapshots",
            Severity.WARNING,
            f"No checkpoint for {duration(facts.checkpoint_age_s)}: a restart would judge that time again. "
            "See that the place of the snapshots can be written.",
            hold_s=AWAY_AFTER_S,
        )


def _missing_topics(facts: Facts) -> Iterator[Condition]:
    for topic in sorted(facts.missing_topics):
        yield Condition(
            "topic_missing",
            Category.OPERATIONS,
            topic,
            Severity.CRITICAL,
            f"There is no topic {topic}: coolwatch is blind for what it should bring, and begins as soon as "
            "it is there. Make it, or mend [kafka] topics.",
            hold_s=AWAY_AFTER_S,
        )


def _rejects(facts: Facts) -> Iterator[Condition]:
    if facts.not_understood:
        yield understanding_condition(facts.not_understood)
    elif facts.rejects_high:
        yield Condition(
            "rejects_high",
            Category.OPERATIONS,
            "messages",
            Severity.WARNING,
            "Too many messages cannot be read; only samples are kept. "
            f"Last: {facts.rejects_sample}. Look into the dead letters.",
        )


def _store(facts: Facts) -> Iterator[Condition]:
    if facts.store_away:
        yield Condition(
            "store_away",
            Category.OPERATIONS,
            "store",
            Severity.WARNING,
            f"The incident store is away ({facts.store_away}). Incidents and what was told wait in memory, "
            "and pages go out without silences.",
            hold_s=AWAY_AFTER_S,
        )
    if facts.store_damaged:
        yield Condition(
            "store_damaged",
            Category.OPERATIONS,
            "store",
            Severity.CRITICAL,
            f"The store's file was damaged. It stands at {facts.store_damaged} now, and a new one was begun: "
            "silences and acknowledgements have to be given again. See to the disk; take what you need from "
            "the copy (sqlite3 COPY .recover), then remove it.",
        )
    if facts.store_lost_s is not None and facts.store_lost_s < LOST_FOR_S:
        yield Condition(
            "store_lost",
            Category.OPERATIONS,
            "store",
            Severity.CRITICAL,
            "The store was removed, or another put in its place, while coolwatch ran. It goes on with what "
            "is there now and has put what is open into it; what was over, silences and acknowledgements are "
            "those of the store that is there. Give again what is missing, and see who removed it.",
        )
    if facts.store_dropped:
        yield Condition(
            "store_dropped",
            Category.OPERATIONS,
            "store",
            Severity.WARNING,
            f"The store was away for so long that older states of incidents and messages were given up "
            f"({facts.store_dropped} so far). The newest of each, and all that is open, wait on or are in.",
        )
    if facts.store_refused:
        yield Condition(
            "store_refused",
            Category.OPERATIONS,
            "store",
            Severity.WARNING,
            f"Rows that the store will never take were set aside ({facts.store_refused} so far); "
            f"they stand in the log. Last: {facts.store_refused_sample}",
        )


def _destinations(facts: Facts) -> Iterator[Condition]:
    """What one destination was not told is said on the others."""
    for trouble in facts.unreached:
        if trouble.refused is None:
            yield Condition(
                "notify_away",
                Category.OPERATIONS,
                trouble.destination,
                Severity.WARNING,
                f"{trouble.destination} takes no messages ({trouble.says}); {trouble.waiting} wait and are "
                "tried again. The other destinations are told.",
                hold_s=AWAY_AFTER_S,
            )
        else:
            yield Condition(
                "notify_refused",
                Category.OPERATIONS,
                trouble.destination,
                Severity.WARNING if trouble.refused.severity == Severity.WARNING else Severity.CRITICAL,
                f"{trouble.destination} refused a message for good ({trouble.says}): "
                f"{trouble.refused.title}. See its URL in [notify] urls.",
            )


def _waiting_effects(facts: Facts) -> Iterator[Condition]:
    if facts.spool_full:
        yield Condition(
            "spool_full",
            Category.OPERATIONS,
            "spool",
            Severity.WARNING,
            f"InfluxDB is away and the spool is full: {facts.dropped_rows} oldest rows dropped so far. "
            f"Judging and paging go on. Once it is back: coolwatch refill --from {utc(facts.away_since)}",
        )
    if facts.disk_error:
        yield Condition(
            "disk_full",
            Category.OPERATIONS,
            "disk",
            Severity.WARNING,
            f"The disk of the spool takes nothing: {facts.disk_error}. Judging and paging go on; what "
            "cannot be delivered waits in memory and a checkpoint waits for it. Make room.",
        )
    if facts.letters_error and facts.letters_waiting:
        yield Condition(
            "letters_undelivered",
            Category.OPERATIONS,
            "dead-letters",
            Severity.WARNING,
            f"Dead letters cannot be delivered: {facts.letters_error}. They wait on disk. "
            "Make the topic, or correct [kafka] dead_letters.",
            hold_s=AWAY_AFTER_S,
        )


def _refused(facts: Facts) -> Iterator[Condition]:
    for zone, (readings, samples) in facts.points_refused.items():
        yield Condition(
            "points_refused",
            Category.OPERATIONS,
            zone,
            Severity.CRITICAL,
            f"More points than there is room for: {readings} readings of {zone} are refused so far, the last "
            f"of {', '.join(samples)}; nothing is judged there. If these points are real, raise "
            "max_zone_points and max_points in [engine] and name their halls in the site file; if not, see "
            "what makes up ids.",
        )


def _silence(facts: Facts) -> Iterator[Condition]:
    """One condition a silent zone; a topic of which every zone is silent is one cause, not many."""
    for topic, zones in facts.silent_s.items():
        silent = {zone: seconds for zone, seconds in zones.items() if seconds >= SILENT_AFTER_S}
        if silent and len(silent) == len(zones):
            yield Condition(
                "topic_silent",
                Category.OPERATIONS,
                topic,
                Severity.CRITICAL,
                f"Nothing has come in on topic {topic} for {SILENT_AFTER_S / 60:.0f} min: coolwatch is blind "
                f"for {', '.join(sorted(silent))}. See that the collectors run.",
            )
            continue
        for zone in silent:
            yield Condition(
                "telemetry_lost",
                Category.TELEMETRY,
                zone,
                Severity.CRITICAL,
                f"No reading of {zone} for {SILENT_AFTER_S / 60:.0f} min, while other zones come in: "
                f"coolwatch is blind there. See that its collector runs.",
                zone=zone,
            )


def _missed(facts: Facts) -> Iterator[Condition]:
    for (topic, reason), missed in facts.missed.items():
        count = f"{missed.records} records" if missed.records else "Records"
        yield Condition(
            "records_missed",
            Category.OPERATIONS,
            f"{topic} {reason}",
            Severity.WARNING,
            f"{count} of topic {topic} could not be read so far: {missed.detail}. {_MENDS.get(reason, '')}",
        )


def _behind(facts: Facts) -> Iterator[Condition]:
    for (topic, partition), seconds in facts.behind_s.items():
        if seconds >= BEHIND_AFTER_S:
            yield Condition(
                "lag_high",
                Category.OPERATIONS,
                f"{topic}-{partition}",
                Severity.CRITICAL,
                f"Verdicts on topic {topic}, partition {partition} are more than {duration(BEHIND_AFTER_S)} "
                "late: warnings come late too. Give coolwatch more processor time, or another instance.",
                hold_s=AWAY_AFTER_S,
            )


def _event_clocks(facts: Facts) -> Iterator[Condition]:
    for zone, wrong in facts.clocks_wrong.items():
        yield Condition(
            "event_clock",
            Category.OPERATIONS,
            zone,
            Severity.CRITICAL,
            f"Readings of {zone} come in, but its event time {wrong}: limits are held, nothing else judged "
            "in time. See that the clocks of its gateways are right.",
            zone=zone,
        )


def _split_zones(facts: Facts) -> Iterator[Condition]:
    for zone, partitions in facts.partitions_of_zone.items():
        if len(partitions) > 1:
            topics: dict[str, list[int]] = defaultdict(list)
            for topic, partition in sorted(partitions):
                topics[topic].append(partition)
            where = "; ".join(f"{topic} {', '.join(map(str, numbers))}" for topic, numbers in topics.items())
            yield Condition(
                "zone_split",
                Category.OPERATIONS,
                zone,
                Severity.CRITICAL,
                f"Points of {zone} come in on several partitions ({where}), so no engine sees all of it. "
                f"Key messages by zone, or: coolwatch rekey --from {','.join(topics)} --to NEW-TOPIC",
                zone=zone,
            )
