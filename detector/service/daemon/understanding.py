"""What of the topics is not understood of late: by windows of some minutes, partition by partition.

A window that is under way speaks as soon as it holds enough, else the one before it does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from detector.incidents.faults import Category, Severity
from detector.service.daemon.operations import Condition
from detector.service.daemon.partition import Partition
from detector.service.engines.belated import arrived, mostly_belated
from streams.formats.not_understood import never_read_sentence, not_understood
from streams.formats.understood import Understood
from streams.sources.source import Partition as TopicPartition

WINDOW_S = 300.0
RECORDS_AT_LEAST = 200
"""Of fewer a part says little: one that is damaged is no feed that is not understood."""
NAMED_AFTER_S = 3600.0
"""By then what is sent at all was sent: what is sent on change repeats itself several times in it."""
SENTENCES = 4
HOLD_S = 30.0
"""For how long it must be so before anyone is told."""


@dataclass(slots=True)
class _Window:
    began: float
    """On the monotonic clock, s."""
    arrived: dict[str, tuple[int, int]] = field(default_factory=dict)
    before: list[str] = field(default_factory=list)
    """What the window before it came to."""


class Understanding:
    """What is said of the topics that the daemon holds."""

    def __init__(self) -> None:
        self._windows: dict[TopicPartition, _Window] = {}
        self._since: float | None = None

    def not_understood(self, partitions: Iterable[Partition], monotonic: float) -> list[str]:
        """Sentences, none where all is well; ``monotonic`` in s."""
        held = {partition.key: partition for partition in partitions}
        self._since = monotonic if self._since is None else self._since
        self._windows = {key: window for key, window in self._windows.items() if key in held}
        said: dict[str, None] = {}
        for partition in held.values():
            said |= dict.fromkeys(self._of_partition(partition, monotonic))
        return [*said, *self._never_read(held.values(), monotonic)]

    def _of_partition(self, partition: Partition, monotonic: float) -> list[str]:
        """A window that holds nearly nothing goes on, but for one in which all is silent."""
        window = self._windows.setdefault(partition.key, _Window(monotonic))
        tally, engines = partition.engines.window, partition.engines.zones.engines.values()
        over = monotonic - window.began >= WINDOW_S
        if tally.counts.records < RECORDS_AT_LEAST:
            return [] if over and not tally.counts.records else window.before
        belated = [each for engine in engines for each in mostly_belated(engine.points, window.arrived)]
        ids = partition.engines.decoder.directory.ids
        said = not_understood(tally, f"topic {partition.topic}", belated=belated, ids=ids)
        if over:
            counts = {id: pair for engine in engines for id, pair in arrived(engine.points).items()}
            self._windows[partition.key] = _Window(monotonic, counts, said)
            partition.engines.window = Understood(partition.engines.zones.site)
        return said or ([] if over else window.before)

    def _never_read(self, partitions: Iterable[Partition], monotonic: float) -> list[str]:
        """Points that the site names, of zones that are heard here, and of which nothing ever came."""
        tallies = [partition.engines for partition in partitions]
        if not tallies or self._since is None or monotonic - self._since < NAMED_AFTER_S:
            return []
        zones = {zone for engines in tallies for zone in engines.zones.heard()}
        missing = set.intersection(*(engines.understood.named for engines in tallies))
        site = tallies[0].zones.site
        ids = sorted(id for id in missing if site.zone_of(id) in zones)
        return [never_read_sentence(ids, "what came in")] if ids else []


def understanding_condition(said: Iterable[str]) -> Condition:
    """The one condition for all that is not understood, with the first few sentences of it."""
    lines = [sentence.strip() for sentence in said]
    more = f" ({len(lines) - SENTENCES} more)" if len(lines) > SENTENCES else ""
    return Condition(
        "not_understood",
        Category.OPERATIONS,
        "messages",
        Severity.CRITICAL,
        f"Not all that comes in is understood. {' '.join(lines[:SENTENCES])}{more}",
        hold_s=HOLD_S,
    )
