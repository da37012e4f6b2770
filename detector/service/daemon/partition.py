"""One partition as the daemon holds it, and as a snapshot keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
import structlog

from config.kinds import Kind
from config.settings import Settings
from config.site import Site
from detector.service.daemon.catchup import LiveEdge
from detector.service.daemon.snapshots import SnapshotName, Snapshots
from detector.service.engines.pipeline import Pipeline, SavedEngines
from streams.messages import Incident
from streams.sources.source import Partition as TopicPartition

log = structlog.get_logger()


class SavedPartition(msgspec.Struct, frozen=True):
    """The body of a snapshot: everything that a restart needs of one partition."""

    topic: str
    partition: int
    next_offset: int
    generation: int
    engines: SavedEngines
    topic_id: str = ""
    """Of the topic that the offset belongs to; empty where it was not known."""


@dataclass(slots=True)
class Partition:
    """The engines of one partition and how far they have come."""

    topic: str
    number: int
    engines: Pipeline
    next_offset: int | None
    """Where to go on; None before the first record of a partition that has no snapshot."""
    generation: int
    saved_offset: int | None = None
    """The offset of the last snapshot that was written or loaded."""
    edge: LiveEdge = field(default_factory=LiveEdge)
    damage: str = ""
    """What is wrong with a snapshot that could not be used; empty once a new one is written."""
    last_record: int = 0
    """When the newest judged record was stamped, ns; 0 where none was."""
    topic_id: str = ""
    """Of the topic that the offset belongs to (`streams.sources.source.Source.topic_id`)."""
    went_back: bool = False
    """Whether the snapshots that are there name offsets of which the log knows nothing any more."""
    heard: dict[str, float] = field(default_factory=dict)
    """Monotonic time of the last reading, by zone."""

    @property
    def key(self) -> TopicPartition:
        """Topic and number."""
        return self.topic, self.number

    @property
    def moved(self) -> bool:
        """Whether there is anything that the last snapshot does not hold."""
        return self.next_offset is not None and self.next_offset != self.saved_offset

    def begin_anew(self, topic_id: str) -> None:
        """The topic was made anew: what was learned stays, the offsets count from 0."""
        self.topic_id = topic_id
        self.next_offset = 0
        self.saved_offset = None
        self.went_back = True
        self.edge = LiveEdge()

    def body(self) -> bytes:
        """The body of a snapshot of the partition as it stands."""
        assert self.next_offset is not None
        return msgspec.msgpack.encode(
            SavedPartition(
                self.topic, self.number, self.next_offset, self.generation, self.engines.save(), self.topic_id
            )
        )

    def newly_at_edge(self) -> list[Incident] | None:
        """What people must be told if the partition has just reached its live edge, else None."""
        if self.next_offset is None or self.edge.reached:
            return None
        return self.edge.arrive(self.next_offset, self.engines.zones.open_incidents())


def load_partition(
    snapshots: Snapshots, topic: str, number: int, site: Site, kinds: dict[str, Kind], settings: Settings
) -> Partition:
    """The partition as its newest usable snapshot holds it; a fresh one where there is none.

    The generation is one above the newest that was ever written, so that what
    this owner writes sorts after it at the same offset.
    """
    names, damage = _names(snapshots, topic, number)
    generation = 1 + max((name.generation for name in names), default=0)
    for name in names:
        engines = Pipeline(site, kinds, settings)
        try:
            saved = msgspec.msgpack.decode(snapshots.read(topic, number, name), type=SavedPartition)
            dropped = engines.load(saved.engines)
        except Exception as error:  # whatever is in the file or in its place: judging must go on
            damage = f"{name}: {type(error).__name__}: {error}"
            log.error("snapshot cannot be used, trying the one before", snapshot=str(name), error=damage)
            continue
        for what in dropped:
            log.warning("not carried over from the snapshot", topic=topic, partition=number, what=what)
        return Partition(
            topic,
            number,
            engines,
            saved.next_offset,
            generation,
            saved.next_offset,
            topic_id=saved.topic_id,
            damage=damage,
        )
    fresh = Pipeline(site, kinds, settings)
    return Partition(topic, number, fresh, None, generation, damage=damage)


def _names(snapshots: Snapshots, topic: str, number: int) -> tuple[list[SnapshotName], str]:
    """The partition's snapshots, newest first; none, and why, where their place cannot be looked into."""
    try:
        return snapshots.names(topic, number), ""
    except Exception as error:
        log.error("the snapshots cannot be read", topic=topic, partition=number, error=repr(error))
        return [], f"{snapshots.url} cannot be read: {type(error).__name__}: {error}"
