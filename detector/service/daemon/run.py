"""``coolwatch run``: the daemon put together from its settings."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import TypeVar

import structlog

from config.errors import ConfigError
from config.kinds import load_kinds
from config.settings import InfluxSettings, Settings, WebSettings
from detector.service.daemon.daemon import Daemon
from detector.service.daemon.disk_budget import DiskBudget
from detector.service.daemon.instance import instance_name
from detector.service.daemon.metrics import StatusServer
from detector.service.daemon.operations import Operations
from detector.service.daemon.outputs import Outputs
from detector.service.daemon.snapshots import Snapshots
from detector.service.daemon.upkeep import Upkeep
from detector.service.people.logs import log_to_stderr
from detector.service.setup.configuration import connection, load
from detector.service.setup.private import keep_private
from detector.service.setup.warmup import load_kernels
from streams.errors import BrokerAway, StreamError
from streams.messages import SECOND, Incident
from streams.notify.heartbeat import Heartbeat
from streams.notify.notifier import Notifier
from streams.sinks.dead_letters import DeadLetters
from streams.sinks.influx_writer import InfluxWriter
from streams.sinks.letter_topic import TIMEOUT_S as LETTERS_TIMEOUT_S
from streams.sinks.letter_topic import LetterTopic
from streams.sinks.spool import MIB, Spool, SpoolInUse
from streams.sinks.spooled import SpooledSink
from streams.sinks.spooled_letters import SpooledLetters
from streams.sources.connection import Connection
from streams.sources.consumer import ConsumerSource
from streams.sources.kafka import KafkaSource
from streams.sources.poll import PollSource
from streams.sources.producer import Publisher
from streams.sources.source import Source
from streams.sources.topics import make_topic
from streams.store.store import Store
from streams.store.writer import StoreWriter

log = structlog.get_logger()

BROKER_RETRY_S = 2.0
DAY = 86_400 * SECOND
LETTERS = "letters"
LETTERS_BOOTSTRAP_MS = 2_000
"""They are tried again, and a stop waits for a try that has begun."""
LETTERS_BYTES = 64 * MIB
"""Bound of the dead letters that wait, on disk and in memory each."""

Made = TypeVar("Made")


def run_daemon(config: Path | None, site: Path | None) -> None:
    """Run until SIGTERM or Ctrl-C, then drain. Raises ConfigError for settings that cannot be right."""
    settings, model = load(config, site)
    log_to_stderr()
    keep_private(settings)
    if settings.rules.off:
        log.warning("rules are switched off", rules=list(settings.rules.off))
    stop = stop_on_signals()
    with ExitStack() as parts:
        server = _status_server(settings.web)
        if server is not None:
            parts.callback(server.close)
        store = Store(settings.store.url)
        parts.callback(store.close)
        writer = StoreWriter(store, keep=settings.store.keep_days * DAY)
        parts.callback(writer.close)
        notifier = Notifier(settings.notify, writer, model.in_maintenance)
        parts.callback(notifier.close)
        notifier.recall()
        heartbeat = Heartbeat(settings.notify.heartbeat_url)
        parts.callback(heartbeat.close)
        sink = _influx_sink(settings.influxdb)
        if sink is not None:
            parts.callback(sink.close)
        log.info("loading kernels")
        load_kernels()
        kafka = connection(settings.kafka)
        dead_letters = _dead_letters(settings, kafka)
        if dead_letters is not None:
            parts.callback(dead_letters.close)
        source = _source(settings, kafka, stop)
        if source is None:
            return
        outputs = Outputs(sink, writer, notifier, dead_letters, settings)
        budget = DiskBudget(settings, sink.spool if sink is not None else None)
        name = instance_name(Path(settings.influxdb.spool))
        operations = Operations(_open_incidents(store), name, alone=store.file is not None)
        upkeep = Upkeep(operations, server, heartbeat, budget)
        snapshots = Snapshots(settings.state.snapshots)
        snapshots.clear_leftovers()
        log.info("watching", topics=list(settings.kafka.topics), group=settings.kafka.group)
        Daemon(source, outputs, snapshots, model, load_kinds(), settings, upkeep).run(stop)
    log.info("stopped")


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set; a second signal ends the process at once."""
    stop = threading.Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    return stop


def _status_server(web: WebSettings) -> StatusServer | None:
    if not web.listen:
        return None
    try:
        server = StatusServer(web.listen)
    except OSError as error:
        problem = f"cannot listen on {web.listen}: {error.strerror}"
        raise ConfigError("settings", "web.listen", problem, "another port, or empty: off") from error
    log.info("serving /metrics and /health", port=server.port)
    return server


def _influx_sink(influxdb: InfluxSettings) -> SpooledSink | None:
    if not influxdb.url:
        log.info("influxdb: switched off, scores are not written")
        return None
    spool = _spool(Path(influxdb.spool), influxdb.spool_mib * MIB)
    return SpooledSink(InfluxWriter(influxdb), spool)


def _spool(folder: Path, max_bytes: int) -> Spool:
    try:
        return Spool(folder, max_bytes)
    except SpoolInUse as error:
        raise ConfigError("settings", "influxdb.spool", str(error), "a folder for each instance") from error
    except OSError as error:
        problem = f"cannot be used: {error.strerror}"
        raise ConfigError("settings", "influxdb.spool", problem, "a folder that can be written") from error


def _dead_letters(settings: Settings, kafka: Connection) -> DeadLetters | None:
    """Letters stand in a spool of their own, inside the one of the scores, until their topic has them."""
    topic = settings.kafka.dead_letters
    if not topic:
        return None
    writer = LetterTopic(
        topic,
        lambda: Publisher(kafka, LETTERS_TIMEOUT_S, bootstrap_timeout_ms=LETTERS_BOOTSTRAP_MS),
        lambda name: make_topic(kafka, name, LETTERS_TIMEOUT_S),
    )
    spool = _spool(Path(settings.influxdb.spool) / LETTERS, LETTERS_BYTES)
    return DeadLetters(SpooledLetters(SpooledSink(writer, spool, "dead letters", LETTERS_BYTES)))


def _source(settings: Settings, kafka: Connection, stop: threading.Event) -> Source | None:
    kind: Callable[..., ConsumerSource] = KafkaSource if settings.kafka.fast else PollSource
    topics, group, start = settings.kafka.topics, settings.kafka.group, settings.kafka.start
    return _until_there(lambda: kind(kafka, topics, group, start), stop)


def _until_there(make: Callable[[], Made], stop: threading.Event) -> Made | None:
    """Make a client of Kafka, trying again while no broker answers; None if told to stop meanwhile."""
    while not stop.is_set():
        try:
            return make()
        except BrokerAway as error:
            log.warning("Kafka is away, trying again", error=str(error))
            stop.wait(BROKER_RETRY_S)
    return None


def _open_incidents(store: Store) -> list[Incident]:
    try:
        return store.open_incidents()
    except StreamError as error:
        log.warning("the store is away: open incidents of the service are not known", error=str(error))
        return []
