"""Topics that a command needs: whether they are there, and one to be made."""

from __future__ import annotations

from collections.abc import Sequence

from config.errors import ConfigError
from detector.service.setup.topic_records import topics_there
from streams.sources.connection import Connection
from streams.sources.topics import make_topic


def need_sources(kafka: Connection, names: Sequence[str], command: str, option: str) -> None:
    """See that every topic is there to be read.

    Raises:
        ConfigError: One is not.
        BrokerAway: No broker answers.
    """
    there = topics_there(kafka)
    missing = [name for name in names if name not in there]
    if missing:
        others = ", ".join(sorted(name for name in there if not name.startswith("__"))) or "none"
        raise ConfigError(
            command,
            option,
            f"not on {kafka.bootstrap}: {', '.join(missing)}",
            f"name topics that are there ({others})",
        )


def need_target(
    kafka: Connection, name: str, command: str, option: str, *, create: bool, letters: str = ""
) -> None:
    """See that a topic is there to be written to.

    With ``create`` it is made where it is not, and ``letters``, the topic of the dead letters, too.

    Raises:
        ConfigError: It is not there, and is not to be made.
        BrokerAway: No broker answers, or it does not allow it.
    """
    there = topics_there(kafka)
    if name not in there and not create:
        raise ConfigError(command, option, f"not on {kafka.bootstrap}: {name}", "make it, or say --create")
    for wanted in (name, letters):
        if create and wanted and wanted not in there:
            make_topic(kafka, wanted)
