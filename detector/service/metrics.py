"""/metrics for Prometheus and /health for whoever restarts things, on one small HTTP server.

The daemon's loop leaves a fresh `Status` every few seconds; the server's
threads only read the newest one, so nothing is shared that could change under
them.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from streams.messages import Counts

STALLED_AFTER_S = 30.0
"""A loop that has not turned for this long is not healthy."""

READING_OUTCOMES = ("scored", "late", "duplicate", "rejected", "ignored")


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
    at_live_edge: bool = False
    incidents: dict[tuple[str, str], int] = field(default_factory=dict)
    """How many are open, by category and severity."""
    checkpoint_age: float = 0.0
    spool_bytes: int = 0
    dropped_rows: int = 0
    dead_letters: dict[str, int] = field(default_factory=dict)
    """Rejects by reason."""

    def health(self) -> dict[str, object]:
        quiet = time.monotonic() - self.turned
        return {
            "status": "ok" if quiet < STALLED_AFTER_S else "stalled",
            "version": self.version,
            "loop_age_s": round(quiet, 3),
            "partitions": len(self.lag),
            "lag": sum(self.lag.values()),
            "delay_s": {zone: round(delay, 3) for zone, delay in self.delay.items()},
            "at_live_edge": self.at_live_edge,
            "checkpoint_age_s": round(self.checkpoint_age, 3),
            "spool_bytes": self.spool_bytes,
            "open_incidents": sum(self.incidents.values()),
        }


class StatusServer:
    """Serves the newest `Status` on ``listen`` (``host:port``; port 0 takes a free one)."""

    def __init__(self, listen: str) -> None:
        self.status = Status()
        host, _, port = listen.rpartition(":")
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_StatusCollector(self))
        self._server = ThreadingHTTPServer((host or "127.0.0.1", int(port)), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="status", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def metrics(self) -> bytes:
        return generate_latest(self._registry)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _StatusCollector(Collector):
    def __init__(self, server: StatusServer) -> None:
        self._server = server

    def collect(self) -> Iterator[Metric]:
        status = self._server.status
        records = CounterMetricFamily("coolwatch_records", "Records taken from Kafka", labels=["outcome"])
        records.add_metric(["decoded"], status.counts.decoded)
        records.add_metric(["rejected"], status.counts.rejected_records)
        yield records
        readings = CounterMetricFamily(
            "coolwatch_readings", "Readings by what became of them", labels=["outcome"]
        )
        for outcome in READING_OUTCOMES:
            readings.add_metric([outcome], getattr(status.counts, outcome))
        yield readings
        yield _gauge("coolwatch_readings_waiting", "Readings in ticks that are open", status.counts.waiting)
        lag = GaugeMetricFamily(
            "coolwatch_lag_records", "Records not yet judged", labels=["topic", "partition"]
        )
        for (topic, partition), behind in status.lag.items():
            lag.add_metric([topic, str(partition)], behind)
        yield lag
        delay = GaugeMetricFamily("coolwatch_delay_seconds", "Wall clock less event time", labels=["zone"])
        for zone, seconds in status.delay.items():
            delay.add_metric([zone], seconds)
        yield delay
        incidents = GaugeMetricFamily(
            "coolwatch_incidents_open", "Incidents that are firing", labels=["category", "severity"]
        )
        for labels, count in status.incidents.items():
            incidents.add_metric(list(labels), count)
        yield incidents
        letters = CounterMetricFamily("coolwatch_dead_letters", "Rejects by reason", labels=["reason"])
        for reason, count in status.dead_letters.items():
            letters.add_metric([reason], count)
        yield letters
        yield _gauge("coolwatch_checkpoint_age_seconds", "Since the last checkpoint", status.checkpoint_age)
        yield _gauge("coolwatch_spool_bytes", "Scores waiting on disk for InfluxDB", status.spool_bytes)
        yield CounterMetricFamily("coolwatch_spool_dropped", "Rows a full spool dropped", status.dropped_rows)
        yield _gauge("coolwatch_at_live_edge", "1 once the backlog is judged", float(status.at_live_edge))


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _handler(server: StatusServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
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

        def log_message(self, format: str, *args: object) -> None:
            """Requests are not worth a line each in the log."""

    return Handler
