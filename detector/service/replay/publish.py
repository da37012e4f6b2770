"""``coolwatch publish``: recorded logs onto a Kafka topic, keyed by zone, at any pace."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import typer

from config.errors import ConfigError
from config.kinds import load_kinds
from config.settings import Settings
from detector.service.people.exit_codes import EXIT_BROKEN_OFF
from detector.service.people.progress import progress_bar
from detector.service.setup.configuration import connection, load
from detector.service.setup.keyed import MILLISECOND, Keyer
from detector.service.setup.topics import need_target
from streams.messages import SECOND
from streams.sources.logs import LogSource
from streams.sources.producer import Publisher

SHORTEST_WAIT_S = 0.005


def publish_logs(
    logs: Sequence[Path],
    bootstrap: str | None,
    topic: str,
    *,
    site: Path | None,
    config: Path | None,
    speed: str,
    shift_to_now: bool,
    create: bool,
) -> None:
    """Write every message of the logs, in the order in which they came in.

    Messages keep their bytes. ``shift_to_now`` moves all times by the same
    amount, so that the log ends when its last message is written (played slower
    than real time, it begins now); its messages are then written anew. None
    of them is then stamped later than it is written, unless its clock ran
    ahead of the log already.

    Raises:
        ConfigError: The pace is none, a log cannot be read, or the topic is not there and not to be made.
        BrokerAway: No broker answers.
    """
    pace = _read_speed(speed)
    settings, model = load(config, site)
    keyer = Keyer(model, load_kinds(), settings)
    source = LogSource(logs, settings.log, settings.messages)
    kafka = connection(settings.kafka, bootstrap)
    need_target(kafka, topic, "publish", "--topic", create=create, letters=settings.kafka.dead_letters)
    publisher = Publisher(kafka)
    shift = _shift(logs, settings, pace) if shift_to_now else 0
    sent = 0
    unread = 0
    clock = Pacer(pace)
    broken_off = False
    try:
        with progress_bar(f"-> {topic}") as tell:
            for records in source.records():
                for keyed in keyer.keyed(records, shift):
                    if keyed.stamped is not None and (wait := clock.wait_s(keyed.stamped)) > SHORTEST_WAIT_S:
                        time.sleep(wait)
                    publisher.send(topic, keyed.key, keyed.value)
                    sent += 1
                    unread += keyed.key is None
                tell(source.read_bytes / max(source.total_bytes, 1), f"{sent} messages")
    except KeyboardInterrupt:
        broken_off = True
    finally:
        publisher.close()
    how = "broken off: " if broken_off else ""
    typer.echo(f"{how}{sent} messages written to {topic}, keyed by zone; {unread} of them could not be read")
    if source.damaged:
        typer.echo(
            f"{len(source.damaged)} lines could not be published, first: {source.damaged[0].detail}", err=True
        )
    if broken_off:
        raise typer.Exit(EXIT_BROKEN_OFF)


class Pacer:
    """When a message that arrived at some time is due, if the first one is due now."""

    def __init__(self, speed: float | None) -> None:
        """``speed`` times real time; None = everything is due at once."""
        self._speed = speed
        self._first: int | None = None
        self._began = 0.0

    def wait_s(self, arrival: int) -> float:
        """Seconds until it is due; negative where it is overdue."""
        if self._speed is None:
            return 0.0
        if self._first is None:
            self._first, self._began = arrival, time.monotonic()
        due = self._began + (arrival - self._first) / SECOND / self._speed
        return due - time.monotonic()


def _read_speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.0 < speed < float("inf"):
        raise ConfigError(
            "publish",
            "--speed",
            f"{text!r} is no speed",
            "a number above 0 (60 = an hour a minute), or max",
        )
    return speed


def _shift(logs: Sequence[Path], settings: Settings, pace: float | None) -> int:
    """By how much to move all times, in ns, a whole number of milliseconds."""
    first, last = -1, -1
    for records in LogSource(logs, settings.log, settings.messages).records():
        stamps = records.timestamp[records.timestamp >= 0]
        if len(stamps):
            first = int(stamps[0]) if first < 0 else first
            last = int(stamps[-1])
    if first < 0:
        return 0
    # How long it plays, or at most how long it is: what is played slowly begins now.
    ahead = round((last - first) * min(1.0, 1.0 / pace)) if pace else 0
    early = round(SHORTEST_WAIT_S * SECOND)
    return (time.time_ns() - early + ahead - last) // MILLISECOND * MILLISECOND
