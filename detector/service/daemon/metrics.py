"""/metrics for Prometheus and /health for whoever restarts things, on one small HTTP server.

The daemon's loop leaves a fresh `Status` every few seconds; the server's
threads only read the newest one, so nothing is shared that could change under
them.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from config.secrets import redacted
from detector.service.daemon.bounded_server import BoundedHandler, BoundedServer
from detector.service.people.words import utc
from detector.service.setup.disk_use import DiskUse
from streams.messages import Counts

STALLED_AFTER_S = 30.0
"""A loop that has not turned for this long is not healthy."""

OK = "ok"

READING_OUTCOMES = ("scored", "late", "duplicate", "rejected", "ignored", "absent", "set_aside")


@dataclass(frozen=True, slots=True)
class Status:
    """How the daemon stands; times in seconds."""

    version: str = ""
    turned: float = field(default_factory=time.monotonic)
    """When the loop last turned, on the monotonic clock."""
    counts: Counts = field(default_factory=Counts)
    lag: dict[tuple[str, int], int] = field(default_factory=dict)
    delay: dict[str, float] = field(default_factory=dict)
    """Wall clock less event time, by zone."""
    blind: tuple[str, ...] = ()
    """Zones whose event time stands, or lies in the future, while readings come in."""
    event_time: dict[str, int] = field(default_factory=dict)
    """Of the last tick, ns, by zone."""
    silent: tuple[str, ...] = ()
    """Zones of which nothing came in for two minutes, while nothing waits in Kafka."""
    limits_only: tuple[str, ...] = ()
    """Zones whose ticks fail, so that nothing but limits is judged there."""
    at_live_edge: bool = False
    store: str = OK
    influxdb: str = OK
    notify: dict[str, str] = field(default_factory=dict)
    """How the last try went, by destination."""
    incidents: dict[tuple[str, ...], int] = field(default_factory=dict)
    """How many are open, by category and severity."""
    checkpoint_age: float = 0.0
    spool_bytes: int = 0
    disk_error: str = ""
    """Why the disk of the spool takes nothing."""
    disk: DiskUse | None = None
    """What is kept on disk, and what is free there."""
    dropped_rows: int = 0
    gaps: dict[str, int] = field(default_factory=dict)
    """Runs of records that were passed over, by reason."""
    dead_letters: dict[str, int] = field(default_factory=dict)
    """Rejects by reason."""
    not_understood: int = 0
    """Things of the topics that are not understood of late."""
    unclaimed: int = 0
    """Readings so far under names that nothing explains."""
    failures: dict[str, int] = field(default_factory=dict)
    """How often each part of the service has failed by an error of its own."""

    def health(self) -> dict[str, object]:
        """What ``/health`` answers, ready for JSON; `docs/daemon.md` explains each key."""
        quiet = time.monotonic() - self.turned
        return {
            "status": "stalled" if quiet >= STALLED_AFTER_S else "blind" if self.blind else "ok",
            "version": self.version,
            "loop_age_s": round(quiet, 3),
            "partitions": len(self.lag),
            "lag": sum(self.lag.values()),
            "delay_s": {zone: round(delay, 3) for zone, delay in self.delay.items()},
            "blind": list(self.blind),
            "silent": list(self.silent),
            "limits_only": list(self.limits_only),
            "last_tick": {zone: utc(time) for zone, time in self.event_time.items()},
            "at_live_edge": self.at_live_edge,
            "checkpoint_age_s": round(self.checkpoint_age, 3),
            "store": redacted(self.store),
            "influxdb": self.influxdb,
            "notify": self.notify,
            "spool_bytes": self.spool_bytes,
            "disk_error": redacted(self.disk_error),
            "disk_short": [str(disk) for disk in self.disk.short] if self.disk else [],
            "open_incidents": sum(self.incidents.values()),
        }


class StatusServer:
    """Serves the newest `Status` on ``listen`` (``host:port``; port 0 takes a free one)."""

    def __init__(self, listen: str) -> None:
        self.status = Status()
        host, _, port = listen.rpartition(":")
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_StatusCollector(self))
        self._server = BoundedServer((host or "127.0.0.1", int(port)), _handler(self))
        self._rendering = threading.Lock()
        self._rendered: tuple[Status, bytes] | None = None
        self._thread = threading.Thread(target=self._server.serve_forever, name="status", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that is really listened on."""
        return int(self._server.server_address[1])

    def metrics(self) -> bytes:
        """Made once a `Status`, however many ask: the loop's time is not theirs."""
        with self._rendering:
            status = self.status
            if self._rendered is None or self._rendered[0] is not status:
                self._rendered = status, generate_latest(self._registry)
            return self._rendered[1]

    def close(self) -> None:
        """End the server and its thread."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _StatusCollector(Collector):
    def __init__(self, server: StatusServer) -> None:
        self._server = server

    def collect(self) -> Iterator[Metric]:
        status = self._server.status
        yield from _books(status.counts)
        yield _gauge(
            "lag_records",
            "Records not yet judged",
            ["topic", "partition"],
            {(topic, str(partition)): behind for (topic, partition), behind in status.lag.items()},
        )
        yield _gauge(
            "delay_seconds",
            "Wall clock less event time",
            ["zone"],
            {(zone,): delay for zone, delay in status.delay.items()},
        )
        yield _gauge(
            "incidents_open",
            "Incidents that are firing",
            ["category", "severity"],
            status.incidents,
        )
        yield _counter(
            "gaps",
            "Runs of records that were passed over",
            ["reason"],
            {(reason,): count for reason, count in status.gaps.items()},
        )
        yield _counter(
            "dead_letters",
            "Rejects by reason",
            ["reason"],
            {(reason,): count for reason, count in status.dead_letters.items()},
        )
        yield _gauge(
            "not_understood", "Things not understood of late", [], {(): float(status.not_understood)}
        )
        yield _counter(
            "unclaimed_readings", "Readings of names that nothing explains", [], {(): status.unclaimed}
        )
        yield _counter(
            "failures",
            "Errors of coolwatch itself that were contained",
            ["part"],
            {(part,): count for part, count in status.failures.items()},
        )
        yield _gauge("checkpoint_age_seconds", "Since the last checkpoint", [], {(): status.checkpoint_age})
        yield _gauge("spool_bytes", "Scores on disk that wait for InfluxDB", [], {(): status.spool_bytes})
        yield from _disk(status.disk)
        yield _counter("dropped_rows", "Rows that a full spool dropped", [], {(): status.dropped_rows})
        yield _gauge("at_live_edge", "1 once the backlog is judged", [], {(): float(status.at_live_edge)})


Samples = Mapping[tuple[str, ...], float]


def _books(counts: Counts) -> Iterator[Metric]:
    yield _counter(
        "records",
        "Records of Kafka",
        ["outcome"],
        {
            ("decoded",): counts.decoded,
            ("rejected",): counts.rejected_records,
            ("missed",): counts.missed,
        },
    )
    yield _counter(
        "readings",
        "Readings by what became of them",
        ["outcome"],
        {(outcome,): getattr(counts, outcome) for outcome in READING_OUTCOMES},
    )
    yield _gauge("readings_waiting", "Readings in ticks that are open", [], {(): counts.waiting})


def _disk(use: DiskUse | None) -> Iterator[Metric]:
    size: dict[tuple[str, ...], float] = {}
    free: dict[tuple[str, ...], float] = {}
    for disk in use.disks if use else ():
        for held in disk.held:
            size[held.name,], free[held.name,] = held.size, disk.free
    yield _gauge("disk_bytes", "What is kept on disk", ["place"], size)
    yield _gauge("disk_free_bytes", "What is free on its disk", ["place"], free)


def _gauge(name: str, text: str, labels: list[str], samples: Samples) -> Metric:
    return _filled(GaugeMetricFamily(f"coolwatch_{name}", text, labels=labels), samples)


def _counter(name: str, text: str, labels: list[str], samples: Samples) -> Metric:
    return _filled(CounterMetricFamily(f"coolwatch_{name}", text, labels=labels), samples)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, samples: Samples) -> Metric:
    for values, number in samples.items():
        family.add_metric(values, number)
    return family


def _handler(server: StatusServer) -> type[BoundedHandler]:
    class Handler(BoundedHandler):
        def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
            if self.path.split("?")[0] == "/metrics":
                self._answer(200, "text/plain; version=0.0.4; charset=utf-8", server.metrics())
            elif self.path.split("?")[0] == "/health":
                health = server.status.health()
                code = 200 if health["status"] == "ok" else 503
                self._answer(code, "application/json", json.dumps(health).encode())
            else:
                self._answer(404, "text/plain", b"try /metrics or /health\n")

        def _answer(self, code: int, kind: str, body: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
