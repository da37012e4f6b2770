"""The daemon's loop, on one thread: poll -> judge -> hand on -> checkpoint.

    records of a partition  -> its engines -> scores, incidents, people
    every two seconds       -> what is wrong with the service itself, /metrics, heartbeat
    every checkpoint_every  -> effects acknowledged, snapshot, commit

With Kafka, InfluxDB or the store away the loop goes on with what it has.
Draining (a stop, a handover) saves open ticks as they are and never closes
them, so a restart gives the same verdicts as a run that was not stopped.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection

import structlog

from config.kinds import Kind
from config.settings import Settings
from config.site import Site
from detector.service.daemon.checkpoint import Checkpoints
from detector.service.daemon.gaps import Gaps
from detector.service.daemon.guard import Guard
from detector.service.daemon.outputs import Outputs
from detector.service.daemon.partition import Partition, load_partition
from detector.service.daemon.snapshots import Snapshots
from detector.service.engines.pipeline import Judged
from streams.errors import RejectReason, RetryError
from streams.messages import SECOND
from streams.records import Records
from streams.sources.source import Gap, Source
from streams.sources.source import Partition as TopicPartition

log = structlog.get_logger()

POLL_S = 0.25
HANDOVER_S = 5.0
"""The one deadline in which all revoked partitions are saved."""
DRAIN_S = 20.0
BACK_OFF_S = 1.0
PIECE_BYTES = 1 << 20
"""Of records, judged before the loop looks after itself: a poll may bring some 70 MiB."""
UPKEEP_EVERY_S = 2.0


class Daemon:
    """Judges what a source gives, until it is told to stop."""

    def __init__(
        self,
        source: Source,
        outputs: Outputs,
        snapshots: Snapshots,
        site: Site,
        kinds: dict[str, Kind],
        settings: Settings,
        upkeep: Callable[[Daemon], None],
    ) -> None:
        """``upkeep`` is called every two seconds from the loop (see `detector.service.daemon.upkeep`)."""
        self.source = source
        self.outputs = outputs
        self.site = site
        self.kinds = kinds
        self.settings = settings
        self.snapshots = snapshots
        self.checkpoints = Checkpoints(snapshots, outputs, source)
        self.guard = Guard()
        outputs.guard = self.guard
        self.held: dict[TopicPartition, Partition] = {}
        self.gaps = Gaps()
        self.missing: set[str] = set()
        """Topics that are not there."""
        self._upkeep = upkeep
        self._next_upkeep = 0.0
        self._next_checkpoint = time.monotonic() + settings.state.checkpoint_every / SECOND

    def run(self, stop: threading.Event) -> None:
        """Go round until ``stop`` is set, then drain."""
        try:
            while not stop.is_set():
                try:
                    self.turn()
                except RetryError as error:
                    log.warning("Kafka is away, trying again", error=str(error))
                    self._look_after()
                    stop.wait(BACK_OFF_S)
                except Exception as error:
                    self.guard.note("the loop", error)
                    self._go_back()
                    self._look_after()
                    stop.wait(BACK_OFF_S)
        finally:
            self.drain()

    def turn(self) -> None:
        """One round of the loop."""
        runs = self.source.poll(POLL_S)
        self._follow_group()
        remade = self._follow_topics()
        with self.guard("dead letters"):
            for gap in self.source.gaps:
                self._note(gap)
        for records in runs:
            if (records.topic, records.partition) not in remade:  # else it is read again from the beginning
                for piece in records.pieces(PIECE_BYTES):
                    self._judge(piece)
        with self.guard("the live edge"):
            self._find_edges()
        with self.guard("the checkpoint"):
            self._checkpoint()
        self._look_after()

    def _go_back(self) -> None:
        """After a turn that was broken off: what was fetched and not judged is fetched again."""
        with self.guard("the loop"):
            for key, partition in self.held.items():
                if partition.next_offset is not None:
                    self.source.seek(key, partition.next_offset)

    def drain(self) -> None:
        """Save everything as it stands, open ticks included, and leave the group."""
        log.info("stopping: saving state", partitions=len(self.held))
        try:
            if not self.checkpoints.finish(self.held.values(), DRAIN_S):
                log.warning("stopped without a last checkpoint; the next start goes on from the one before")
        finally:
            self.source.close()

    @property
    def at_live_edge(self) -> bool:
        """Whether every partition has caught up with what was there when it was taken over."""
        return all(partition.edge.reached for partition in self.held.values())

    def _judge(self, records: Records) -> None:
        partition = self.held.get((records.topic, records.partition))
        if partition is None:
            return  # taken away in this very poll; the next owner reads it
        if partition.next_offset is None and len(records):
            partition.next_offset = int(records.offset[0])
        for judged in partition.engines.push_in_parts(records):
            partition.next_offset = records.next_offset
            self._hand_on(partition, judged)
            self._look_after()
        if len(records):
            partition.last_record = int(records.timestamp[-1])

    def _hand_on(self, partition: Partition, judged: Judged) -> None:
        if judged.error is not None:
            self.guard.note("giving readings to their zones", judged.error)
        with self.guard("dead letters"):
            self.outputs.reject(judged.rejects)
        live = partition.edge.reached
        now = time.monotonic()
        for verdict in judged.verdicts:
            for failure, times in Counter(verdict.failures).items():
                said = str(failure)
                log.error("judging failed and was contained", zone=verdict.zone, failure=said, times=times)
            self.outputs.take(verdict, verdict.ids, live, *partition.key)
            if verdict.ids:
                partition.heard[verdict.zone] = now
            if not live:
                partition.edge.hold(verdict.incidents)

    def _follow_group(self) -> None:
        for change in self.source.rebalances():
            self._hand_over(change.revoked)
            self._take_on(change.assigned)

    def _follow_topics(self) -> set[TopicPartition]:
        """See which topics are missing, and begin those anew that were made anew; the partitions of these."""
        missing = self.source.missing()
        for topic in missing - self.missing:
            log.warning("the topic is not there; waiting for it", topic=topic)
        for topic in self.missing - missing:
            log.info("the topic is there now", topic=topic)
        self.missing = missing
        remade = {key for key, partition in self.held.items() if self._is_remade(partition)}
        for key in remade:
            self._begin_anew(self.held[key])
        return remade

    def _is_remade(self, partition: Partition) -> bool:
        """Whether the topic is another than the one that the partition's offset belongs to."""
        topic_id = self.source.topic_id(partition.topic)
        if not topic_id:
            return False
        partition.topic_id = partition.topic_id or topic_id  # a snapshot from before ids were kept
        return partition.topic_id != topic_id

    def _begin_anew(self, partition: Partition) -> None:
        """Read a topic that was made anew from its first record, with all that was learned of its zones."""
        log.error("the topic was made anew: read from its beginning", topic=partition.topic)
        offset = partition.next_offset or 0
        detail = f"the topic was made anew: what its old log held from offset {offset} on was not read"
        self._note(Gap(*partition.key, offset, offset, RejectReason.MADE_ANEW, detail))
        partition.begin_anew(self.source.topic_id(partition.topic))
        self.checkpoints.drop([partition.key])
        self.source.seek(partition.key, 0)

    def _note(self, gap: Gap) -> None:
        """Count what the source passed over; what is not ours any more, its next owner finds again."""
        partition = self.held.get((gap.topic, gap.partition))
        if partition is None:
            return
        self.gaps.note(gap, time.monotonic())
        partition.engines.miss(gap.records)
        if not gap.goes_on:
            reject = gap.reject()
            log.warning("records passed over", topic=gap.topic, partition=gap.partition, detail=reject.detail)
            self.outputs.reject([reject])

    def _take_on(self, keys: Collection[TopicPartition]) -> None:
        for topic, number in sorted(keys):
            partition = load_partition(self.snapshots, topic, number, self.site, self.kinds, self.settings)
            self.held[partition.key] = partition
            partition.heard = dict.fromkeys(partition.engines.zones.heard(), time.monotonic())
            if self._is_remade(partition):
                self._begin_anew(partition)
            elif partition.next_offset is not None:
                self.source.seek(partition.key, partition.next_offset)
            log.info("partition taken on", topic=topic, partition=number, snapshot=partition.next_offset)
        self.source.resume(keys)

    def _hand_over(self, keys: Collection[TopicPartition]) -> None:
        """Save what was taken away: the next owner need not judge again what this one has judged."""
        leaving = [self.held.pop(key) for key in sorted(keys) if key in self.held]
        if leaving and not self.checkpoints.finish(leaving, HANDOVER_S):
            log.warning("handed over without a checkpoint", partitions=[each.key for each in leaving])

    def _find_edges(self) -> None:
        """Bring every partition up to where the source stands, and tell what holds at its live edge."""
        positions = self.source.positions()
        self._ask_log_ends()
        for key, partition in self.held.items():
            position = positions.get(key)
            if position is None:
                continue
            if partition.saved_offset is not None and position < partition.saved_offset:
                log.error("the log was cut back behind what was saved of it", topic=partition.topic)
                partition.saved_offset = None
                partition.went_back = True
            partition.next_offset = position
            told = partition.newly_at_edge()
            if told is not None:
                log.info("at the live edge", topic=partition.topic, partition=partition.number)
                self.outputs.tell_open(told)
                # A step that fails is judged again from the last bytes: none may lie a backlog back.
                self._next_checkpoint = time.monotonic()

    def _ask_log_ends(self) -> None:
        """Where the logs ended when their partitions were taken on, as soon as the broker can say."""
        if all(partition.edge.edge is not None for partition in self.held.values()):
            return
        positions = self.source.positions()
        for key, behind in self.source.lag().items():
            partition = self.held.get(key)
            if partition is not None and partition.edge.edge is None:
                partition.edge.edge = positions[key] + behind

    def _checkpoint(self) -> None:
        now = time.monotonic()
        if now >= self._next_checkpoint and not self.checkpoints.under_way:
            self._next_checkpoint = now + self.settings.state.checkpoint_every / SECOND
            self.checkpoints.begin(self.held.values())
        self.checkpoints.advance()

    def _look_after(self) -> None:
        now = time.monotonic()
        if now >= self._next_upkeep:
            self._next_upkeep = now + UPKEEP_EVERY_S
            with self.guard("upkeep"):
                self._upkeep(self)
