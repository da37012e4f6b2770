"""Every few seconds: how the service itself stands, for /metrics, the database and whoever is on call."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from importlib.metadata import version

from detector.engine import Engine
from detector.service.daemon.conditions import SILENT_AFTER_S, conditions
from detector.service.daemon.daemon import Daemon
from detector.service.daemon.disk_budget import DiskBudget
from detector.service.daemon.event_clocks import EventClocks
from detector.service.daemon.facts import Facts
from detector.service.daemon.metrics import OK, Status, StatusServer
from detector.service.daemon.operations import Operations
from detector.service.daemon.understanding import Understanding
from detector.service.setup.disk_use import DiskUse
from streams.errors import RetryError
from streams.messages import SECOND, Counts
from streams.sinks.rows import daemon_line
from streams.sinks.sink import SinkCounts
from streams.sources.source import Partition as TopicPartition

ROW_EVERY_S = 10.0
REFUSED_FOR_S = 600.0
"""Points are taken to have their places again when none was refused for so long."""


class Upkeep:
    """Called from the daemon's loop; see `Daemon`."""

    def __init__(
        self,
        operations: Operations,
        server: StatusServer | None,
        heartbeat: Callable[[bool], None],
        budget: DiskBudget | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """``heartbeat`` is told each time whether the partitions make progress."""
        self.operations = operations
        self.server = server
        self.heartbeat = heartbeat
        self.budget = budget
        self.clock = clock
        self.version = version("coolwatch")
        self._lag: dict[TopicPartition, int] = {}
        self._heartbeat_positions: dict[TopicPartition, int | None] = {}
        self._clocks = EventClocks()
        self._clocks_wrong: dict[str, str] = {}
        self._silent: set[str] = set()
        self._understanding = Understanding()
        self._not_understood: list[str] = []
        self._disk: DiskUse | None = None
        self._next_row = 0.0
        self._first = True
        self._refused: dict[str, tuple[int, float]] = {}
        """By zone, readings refused for want of room, and when the last were, by the monotonic clock."""
        self._away_since = clock()
        self._dropped_before = 0

    def __call__(self, daemon: Daemon) -> None:
        """One round: tell what is wrong and what no longer is, and show how things stand."""
        reachable = False
        with daemon.guard("lag"):
            reachable = self._ask_lag(daemon)
        now = self.clock()
        with daemon.guard("event clocks"):
            self._clocks_wrong = self._clocks.wrong(_engines(daemon), now, time.monotonic())
        with daemon.guard("understanding"):
            self._not_understood = self._understanding.not_understood(daemon.held.values(), time.monotonic())
        with daemon.guard("disk"):
            if self.budget is not None:
                self._disk = self.budget.look(time.monotonic())
        if self._first:
            self._first = False
            with daemon.guard("notifications"):  # what a kill kept from being told
                daemon.outputs.tell_open(self.operations.open_incidents)
        with daemon.guard("operations"):
            incidents = self.operations.judge(conditions(self._facts(daemon, now)), now)
            with daemon.guard("notifications"):
                daemon.outputs.tell(incidents, live=True)
            daemon.outputs.record(incidents)
        with daemon.guard("metrics"):
            self._show(daemon, now)
        with daemon.guard("notifications"):
            if daemon.outputs.notifier is not None:
                daemon.outputs.notifier.tick()
        with daemon.guard("heartbeat"):
            self.heartbeat(reachable and self._progresses(daemon) and not self._clocks_wrong)

    def _show(self, daemon: Daemon, now: int) -> None:
        delay = _delay(daemon, now)
        if time.monotonic() >= self._next_row:
            self._next_row = time.monotonic() + ROW_EVERY_S
            worst = max(delay.values(), default=0.0)
            row = daemon_line(float(sum(self._lag.values())), worst, self.version, now)
            daemon.outputs.write_row(row)
        if self.server is not None:
            self.server.status = self._status(daemon, delay)

    def _ask_lag(self, daemon: Daemon) -> bool:
        try:
            self._lag = daemon.source.lag()
        except RetryError:
            return False
        return True

    def _progresses(self, daemon: Daemon) -> bool:
        """Whether every partition has moved since the last look, or has nothing before it."""
        before = self._heartbeat_positions
        now = {key: partition.next_offset for key, partition in daemon.held.items()}
        self._heartbeat_positions = now
        return bool(now) and all(
            not self._lag.get(key) or before.get(key) != position for key, position in now.items()
        )

    def _facts(self, daemon: Daemon, now: int) -> Facts:
        sink = daemon.outputs.sink.counts() if daemon.outputs.sink else SinkCounts()
        letters = daemon.outputs.dead_letters
        monotonic = time.monotonic()
        if not sink.away:
            self._away_since, self._dropped_before = now, sink.dropped
        dropped = sink.dropped - self._dropped_before
        facts = Facts(
            spool_full=dropped > 0,
            disk_error=sink.disk_error,
            disk=self._disk,
            dropped_rows=dropped,
            away_since=self._away_since,
            clocks_wrong=self._clocks_wrong,
            checkpoint_age_s=monotonic - daemon.checkpoints.last_done,
            checkpoint_error=daemon.checkpoints.failing_since is not None,
            missed=daemon.gaps.recent(monotonic),
            missing_topics=daemon.missing,
            failing=daemon.guard.failing(),
            not_understood=self._not_understood,
        )
        _add_store_and_people(facts, daemon)
        if letters is not None:
            kept = letters.counts()
            facts.disk_error = sink.disk_error or kept.disk_error
            facts.letters_error = kept.last_error if kept.away else ""
            facts.letters_waiting = kept.waiting
            facts.rejects_high = letters.over_ceiling
            facts.rejects_sample = letters.last
        silent: dict[str, dict[str, float]] = defaultdict(dict)
        for key, partition in daemon.held.items():
            if partition.damage:
                facts.snapshots_damaged[f"{partition.topic}-{partition.number}"] = partition.damage
            for zone, engine in partition.engines.zones.engines.items():
                facts.troubles[zone] = engine.trouble, engine.engine.intake.event_time or 0
            for zone, heard in partition.heard.items():
                facts.partitions_of_zone.setdefault(zone, set()).add(key)
                if not self._lag.get(key):
                    silent[partition.topic][zone] = monotonic - heard
            if partition.edge.reached and self._lag.get(key) and partition.last_record:
                facts.behind_s[key] = (now - partition.last_record) / SECOND
        facts.silent_s = dict(silent)
        self._silent = {zone for zones in silent.values() for zone, s in zones.items() if s >= SILENT_AFTER_S}
        facts.renamed = [each for p in daemon.held.values() for each in p.engines.renamed()]
        facts.points_refused = self._points_refused(daemon, monotonic)
        return facts

    def _points_refused(self, daemon: Daemon, monotonic: float) -> dict[str, tuple[int, list[str]]]:
        refused: Counter[str] = Counter()
        samples: dict[str, list[str]] = {}
        for partition in daemon.held.values():
            admission = partition.engines.zones.admission
            refused.update(admission.refused)
            samples |= admission.samples
        for zone, count in refused.items():
            if count != self._refused.get(zone, (0, 0.0))[0]:
                self._refused[zone] = count, monotonic
        return {
            zone: (refused[zone], samples[zone])
            for zone, (_, at) in self._refused.items()
            if zone in samples and monotonic - at < REFUSED_FOR_S
        }

    def _status(self, daemon: Daemon, delay: dict[str, float]) -> Status:
        counts = Counts()
        incidents: Counter[tuple[str, ...]] = Counter()
        for partition in daemon.held.values():
            counts.add(partition.engines.counts())
            for each in partition.engines.zones.open_incidents():
                incidents[each.category, each.severity] += 1
        for each in self.operations.open_incidents:
            incidents[each.category, each.severity] += 1
        sink = daemon.outputs.sink.counts() if daemon.outputs.sink else SinkCounts()
        letters = daemon.outputs.dead_letters
        engines = _engines(daemon)
        return Status(
            version=self.version,
            counts=counts,
            lag=dict(self._lag),
            delay=delay,
            event_time={zone: engine.event_time for zone, engine in engines.items() if engine.event_time},
            limits_only=tuple(sorted(zone for zone, engine in engines.items() if engine.trouble.limits_only)),
            store=daemon.outputs.store.problem or OK if daemon.outputs.store is not None else OK,
            influxdb="away" if sink.away else OK,
            notify=_destinations(daemon),
            blind=tuple(sorted(self._clocks_wrong)),
            silent=tuple(sorted(self._silent)),
            at_live_edge=daemon.at_live_edge,
            incidents=dict(incidents),
            checkpoint_age=time.monotonic() - daemon.checkpoints.last_done,
            spool_bytes=sink.spooled_bytes,
            disk_error=sink.disk_error or (letters.counts().disk_error if letters is not None else ""),
            disk=self._disk,
            dropped_rows=sink.dropped + sink.lost,
            gaps=dict(daemon.gaps.by_reason),
            dead_letters=dict(letters.by_reason) if letters is not None else {},
            failures=daemon.guard.counts(),
            not_understood=len(self._not_understood),
            unclaimed=sum(p.engines.understood.unclaimed.total() for p in daemon.held.values()),
        )


def _add_store_and_people(facts: Facts, daemon: Daemon) -> None:
    writer, notifier = daemon.outputs.store, daemon.outputs.notifier
    if writer is not None:
        facts.store_away = writer.problem
        facts.store_damaged = next((str(copy) for copy in reversed(writer.damaged_copies())), "")
        if writer.lost_at is not None:
            facts.store_lost_s = time.monotonic() - writer.lost_at
        facts.store_dropped = writer.dropped
        facts.store_refused, facts.store_refused_sample = writer.set_aside, writer.last_set_aside
    if notifier is not None:
        facts.unreached = notifier.unreached()


def _engines(daemon: Daemon) -> dict[str, Engine]:
    return {z: e.engine for p in daemon.held.values() for z, e in p.engines.zones.engines.items()}


def _destinations(daemon: Daemon) -> dict[str, str]:
    notifier = daemon.outputs.notifier
    if notifier is None:
        return {}
    return dict.fromkeys(notifier.destinations, OK) | {
        each.destination: each.says for each in notifier.unreached() if each.refused is None
    }


def _delay(daemon: Daemon, now: int) -> dict[str, float]:
    """Wall clock less event time by zone, in seconds."""
    return {
        zone: (now - engine.event_time) / SECOND
        for zone, engine in _engines(daemon).items()
        if engine.event_time is not None
    }
