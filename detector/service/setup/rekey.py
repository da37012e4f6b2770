"""``coolwatch rekey``: topics that spread a zone over partitions, copied into one that does not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from config.errors import ConfigError
from config.kinds import load_kinds
from detector.service.people.exit_codes import EXIT_BROKEN_OFF
from detector.service.people.progress import progress_bar
from detector.service.setup.configuration import connection, load
from detector.service.setup.keyed import MILLISECOND, Keyer
from detector.service.setup.topics import need_sources, need_target
from streams.sources.kafka import KafkaSource
from streams.sources.producer import Publisher

POLL_S = 0.5


def rekey_topics(
    sources: Sequence[str],
    target: str,
    bootstrap: str | None,
    *,
    site: Path | None,
    config: Path | None,
    follow: bool,
    create: bool,
) -> None:
    """Copy every record that the topics hold now; with ``follow``, also what comes after.

    A message that holds points of several zones becomes one message a zone.
    Running it again writes the same readings again, which the detector takes
    for the duplicates that they are.

    Raises:
        ConfigError: A topic is not there, and none was to be made.
        BrokerAway: No broker answers.
    """
    names = [name.strip() for name in sources if name.strip()]
    if not names or target in names:
        problem = "names no topic" if not names else f"reads {target} and writes it too"
        raise ConfigError("rekey", "--from", problem, "name the topics to copy, and another for --to")
    settings, model = load(config, site)
    kafka = connection(settings.kafka, bootstrap)
    need_sources(kafka, names, "rekey", "--from")
    need_target(kafka, target, "rekey", "--to", create=create, letters=settings.kafka.dead_letters)
    keyer = Keyer(model, load_kinds(), settings)
    publisher = Publisher(kafka)
    source = KafkaSource(kafka, names, None, "earliest")
    copied = 0
    unread = 0
    broken_off = False
    try:
        with progress_bar(f"{', '.join(names)} -> {target}") as tell:
            for change in source.rebalances():
                source.resume(change.assigned)
            while (behind := _behind(source)) or follow:
                for records in source.poll(POLL_S):
                    for keyed in keyer.keyed(records):
                        stamp = None if keyed.stamped is None else keyed.stamped // MILLISECOND
                        publisher.send(target, keyed.key, keyed.value, timestamp_ms=stamp)
                        unread += keyed.key is None
                        copied += 1
                tell(copied / max(copied + behind, 1), f"{copied} messages")
    except KeyboardInterrupt:
        broken_off = True
    finally:
        source.close()
        publisher.close()
    how = "broken off: " if broken_off else ""
    typer.echo(
        f"{how}{copied} messages written to {target}, keyed by zone; {unread} of them could not be read"
    )
    if broken_off:
        raise typer.Exit(EXIT_BROKEN_OFF)


def _behind(source: KafkaSource) -> int:
    """Records still to come; at least 1 while not every partition's position is known."""
    lag = source.lag()
    return sum(lag.values()) if source.assigned() <= lag.keys() else 1
