"""A look over a whole log, or over topics as they are now: what is in it, and what of it cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.kinds import load_kinds
from config.sections.messages import MessagesSettings
from config.settings import Settings
from config.site import Site
from detector.service.people.progress import progress_bar
from detector.service.setup.configuration import connection
from detector.service.setup.seen_names import SeenNames
from detector.service.setup.starting_site import site_text
from detector.service.setup.told_names import told_names
from detector.service.setup.topic_records import spread_records
from streams.formats.decoder import Decoder
from streams.formats.understood import Understood
from streams.records import Records
from streams.sources.logs import LogSource
from streams.sources.sniff_json import shapes_told
from streams.sources.table_doubt import Doubt
from streams.sources.table_layout import Layout
from streams.sources.tables import Table

MOST_LOOKS = 3
"""Looks at the same messages, each with what the one before told of how to read them."""


@dataclass(slots=True)
class Sampled:
    """What a look found."""

    where: str
    names: SeenNames
    understood: Understood
    layouts: list[Layout] = field(default_factory=list)
    """How the tables among the logs are laid out."""
    messages: MessagesSettings | None = None
    """How the messages were read, where a first look told more than the settings say."""
    told: list[str] = field(default_factory=list)
    """What there is to look over of that."""
    not_read: list[str] = field(default_factory=list)
    """What of the logs could not be read as files: sentences."""

    @property
    def doubts(self) -> list[Doubt]:
        """What keeps tables from being read until a setting says it."""
        return list(dict.fromkeys(doubt for layout in self.layouts for doubt in layout.doubts))

    @property
    def found(self) -> list[str]:
        """What was told of the tables."""
        return list(dict.fromkeys(found for layout in self.layouts for found in layout.found))


def _assumed(found: Sampled, messages: MessagesSettings) -> dict[str, object]:
    """Settings by which more of the messages can be read; ``found`` learns what there is to look over."""
    names = found.names
    update: dict[str, object] = {}
    if names.without_zone and not messages.time_zone:
        update["time_zone"] = "UTC"
        found.told.append('times name no zone, and were taken as UTC: set time_zone, as "Europe/Berlin"')
    told = shapes_told(names.strangers, [shape.name for shape in messages.shape])
    known = [shape.model_dump(exclude={"name"}) for shape in messages.shape]
    more = [shape for shape in told.shapes if shape.model_dump(exclude={"name"}) not in known]
    if more:
        update["shape"] = (*messages.shape, *more)
    found.told += [f"told from the messages: {each}" for each in told.found]
    found.told += [f"in doubt: {each}" for each in told.doubts]
    return update


def sampled_logs(logs: Sequence[Path], settings: Settings) -> Sampled:
    """All of the logs; once more where that tells how to read more. Raises ConfigError for no log at all."""
    return _sampled(lambda settings, site: _sampled_logs(logs, settings, site), settings)


def sampled_topic(bootstrap: str | None, topic: str, settings: Settings) -> Sampled:
    """The topic as it is now; once more where that tells how to read more. Raises BrokerAway."""
    return _sampled(lambda settings, site: _sampled_topic(bootstrap, topic, settings, site), settings)


def _sampled(look: Callable[[Settings, Site], Sampled], settings: Settings) -> Sampled:
    """A look, and others as long as each tells more of how to read; what is left is told by the names too."""
    nothing = Site.loads("", "init")
    found = look(settings, nothing)
    for _ in range(MOST_LOOKS - 1):
        update = _assumed(found, settings.messages)
        if not update:
            break
        settings = settings.model_copy(update={"messages": settings.messages.model_copy(update=update)})
        told = found.told
        found = look(settings, nothing)
        found.told, found.messages = told, settings.messages
    if found.understood.unread and found.names.tallies:
        # A name that is no id may be read once it is said whose it is.
        proposed = Site.loads(site_text(told_names(found.names.tallies), "init"), "init")
        found.understood = look(settings, proposed).understood
    return found


def _sampled_logs(logs: Sequence[Path], settings: Settings, site: Site) -> Sampled:
    source = LogSource(logs, settings.log, settings.messages)
    found = _empty(", ".join(path.name for path in logs), settings, site)
    found.layouts = source.layouts()
    if found.doubts:
        found.not_read = source.not_read()
        return found
    with progress_bar("sampling") as tell:
        for sample in _with_damage(source, found, settings):
            tell(source.read_bytes / max(source.total_bytes, 1), f"{len(found.names.tallies)} names")
            del sample
    found.not_read = source.not_read()
    return found


def _sampled_topic(bootstrap: str | None, topic: str, settings: Settings, site: Site) -> Sampled:
    found = _empty(topic, settings, site)
    decoder = Decoder(site, load_kinds(), settings.messages)
    with progress_bar("sampling") as tell:
        for sample in spread_records(connection(settings.kafka, bootstrap), [topic]):
            found.names.take(sample)
            found.understood.take(decoder.decode(sample), decoder.directory)
            decoder.directory.keep_room()
            tell(0.0, f"{len(found.names.tallies)} names")
    return found


def _empty(where: str, settings: Settings, site: Site) -> Sampled:
    return Sampled(where, SeenNames(settings.messages), Understood(site))


def _with_damage(source: LogSource, found: Sampled, settings: Settings) -> Iterator[Records | Table]:
    decoder = Decoder(found.understood.site, load_kinds(), settings.messages)
    for sample in source.batches():
        found.names.take(sample)
        decoded = decoder.decode(sample) if isinstance(sample, Records) else sample.decoded(decoder)
        found.understood.take(decoded, decoder.directory)
        decoder.directory.keep_room()
        yield sample
    for damage in source.damage():
        found.understood.take(damage, decoder.directory)
