"""``coolwatch check``: whether everything around coolwatch is right, a line each."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile

import fsspec
import msgspec
import typer
from fsspec.implementations.local import LocalFileSystem

from config.errors import ConfigError
from config.kinds import load_kinds
from config.secrets import redacted
from config.settings import Settings
from config.site import Site
from detector.rules import without
from detector.service.setup.configuration import DEFAULT_SETTINGS, connection, load
from detector.service.setup.disk_use import disk_use
from detector.service.setup.finding import Finding
from detector.service.setup.message_finding import message_finding
from detector.service.setup.places import nearest_there
from detector.service.setup.topic_records import newest_records, topics_there
from detector.service.setup.web_port import web_findings
from streams.errors import SinkAway, StreamError
from streams.formats.decoder import Decoder
from streams.formats.understood import Understood
from streams.notify.notifier import apprise_senders
from streams.sinks.influx_writer import InfluxWriter
from streams.sinks.spool import MIB
from streams.store.store import Store

TOKEN_REMEDY = (
    "give a token that may write to the bucket, in COOLWATCH_INFLUXDB__TOKEN or a file named by token_file"
)


def check_all(config: Path | None, site: Path | None, *, as_json: bool) -> bool:
    """Print a line for everything; whether all of it is right.

    Makes nothing that is to last: whoever checks need not be who runs.
    """
    # What libraries say about a failure is in its finding.
    logging.getLogger().addHandler(logging.NullHandler())
    found = []
    for finding in map(_without_secrets, findings(config, site)):
        found.append(finding)
        if not as_json:
            mark = typer.style("ok   ", fg="green") if finding.right else typer.style("WRONG", fg="red")
            typer.echo(f"{mark} {finding.about:<10} {finding.says}")
            if finding.remedy:
                typer.echo(f"{'':<17}-> {finding.remedy}")
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    return all(finding.right for finding in found)


def _without_secrets(finding: Finding) -> Finding:
    return replace(finding, says=redacted(finding.says), remedy=redacted(finding.remedy))


def findings(config: Path | None, site: Path | None) -> Iterator[Finding]:
    """Looks at one thing after another; without readable settings there is nothing more to look at."""
    try:
        settings, model = load(config, site)
    except ConfigError as error:
        problem = (
            f"{error.where}: {error.key}: {error.problem}" if error.key else f"{error.where}: {error.problem}"
        )
        yield Finding("settings", False, problem, error.remedy)
        return
    path = config or (DEFAULT_SETTINGS if DEFAULT_SETTINGS.is_file() else None)
    yield Finding("settings", True, str(path) if path else "none given, the defaults hold")
    yield _site(settings, model, site)
    yield Finding("rules", True, rules_in_words(settings.rules.off))
    yield from _kafka(settings, model)
    yield _tried(
        "influxdb", lambda: _influxdb(settings), 'start it, or correct [influxdb]; url = "" switches it off'
    )
    yield _tried("spool", lambda: _spool(settings), "make room, or correct [influxdb] spool")
    yield _tried("store", lambda: _store(settings), "correct [store] url, or start the database")
    yield _tried("snapshots", lambda: _snapshots(settings), "correct [state] snapshots: it must be writable")
    yield _tried("disk", lambda: _disk(settings), "make room, or raise [state] disk_mib")
    yield _tried("notify", lambda: _notify(settings), "correct [notify] urls")
    yield _tried("web", lambda: web_findings(settings), "another port in [web] listen")


def rules_in_words(off: Sequence[str]) -> str:
    """Which rules are on."""
    on = len(without(off))
    if not off:
        return f"all {on} are on, beside the limits"
    return f"switched off: {', '.join(off)}; the other {on} are on, beside the limits"


def _tried(about: str, look: Callable[[], str], remedy: str) -> Finding:
    """A finding from a look that raises where something is wrong."""
    try:
        return Finding(about, True, look())
    except ConfigError as error:
        return Finding(about, False, error.problem, error.remedy or remedy)
    except (StreamError, OSError, ValueError) as error:
        return Finding(about, False, str(error).splitlines()[0] if str(error) else repr(error), remedy)


def _site(settings: Settings, model: Site, site: Path | None) -> Finding:
    path = site or settings.site
    if path is None:
        return Finding("site", True, "no site file: halls, equipment and kinds come from the ids")
    services = f"{len(model.services)} services"
    return Finding(
        "site", True, f"{path}: {len(model.zones)} zones, {len(model.equipment)} equipment, {services}"
    )


def _kafka(settings: Settings, model: Site) -> Iterator[Finding]:
    """The broker, each topic, and whether every zone stands on one partition."""
    kafka = connection(settings.kafka)
    try:
        there = topics_there(kafka)
    except StreamError as error:
        yield Finding("kafka", False, str(error), "start the broker, or correct [kafka] bootstrap")
        return
    yield Finding("kafka", True, f"{kafka.bootstrap}: {len(there)} topics")
    missing = [topic for topic in settings.kafka.topics if topic not in there]
    for topic in missing:
        others = ", ".join(sorted(there)[:5]) or "none yet"
        yield Finding(
            "topic",
            False,
            f"{topic} is not there",
            f"make it, or correct [kafka] topics; there are: {others}",
        )
    yield _letters(settings.kafka.dead_letters, there)
    for topic in settings.kafka.topics:
        if topic in there:
            yield Finding("topic", True, f"{topic}: {there[topic]} partitions")
    if not missing:
        try:
            yield from _zones(settings, model)
        except StreamError as error:
            yield Finding("zones", False, str(error), "see that the topics can be read")


def _zones(settings: Settings, model: Site) -> Iterator[Finding]:
    """From the newest messages: can they be read, and is each zone keyed to one partition?"""
    places: dict[str, set[tuple[str, int]]] = defaultdict(set)
    understood = {topic: Understood(model) for topic in settings.kafka.topics}
    decoders: dict[tuple[str, int], Decoder] = {}
    for records in newest_records(connection(settings.kafka), settings.kafka.topics):
        place = (records.topic, records.partition)
        if place not in decoders:
            decoders[place] = Decoder(model, load_kinds(), settings.messages, settings.engine.max_points)
        directory = decoders[place].directory
        understood[records.topic].take(decoders[place].decode(records), directory)
        for id in directory.ids:
            places[model.zone_of(id)].add(place)
    yield from (message_finding(topic, each) for topic, each in understood.items())
    if not any(each.counts.records for each in understood.values()):
        return
    for zone, on in sorted(places.items()):
        if len(on) == 1:
            ((topic, partition),) = on
            yield Finding("zone", True, f"{zone}: topic {topic}, partition {partition}")
        else:
            topics = sorted({topic for topic, _ in on})
            where = ", ".join(f"{topic} {partition}" for topic, partition in sorted(on))
            yield Finding(
                "zone",
                False,
                f"{zone} is spread over several partitions: {where}",
                f"key messages by zone, or: coolwatch rekey --from {','.join(topics)} --to NEW-TOPIC",
            )
    if not places:
        yield Finding(
            "zones", False, "no reading names a point that is known", "coolwatch init shows the names seen"
        )


def _letters(topic: str, there: Container[str]) -> Finding:
    if not topic:
        return Finding("letters", True, "switched off: what cannot be used is only counted")
    if topic in there:
        return Finding("letters", True, f"topic {topic}")
    remedy = "make it, or let coolwatch run do it with the first letter, if the broker allows it"
    return Finding("letters", False, f"the dead letters' topic {topic} is not there", remedy)


def _spool(settings: Settings) -> str:
    """Leaves the lock of the spool alone: a daemon may be running on it."""
    return _writable(Path(settings.influxdb.spool))


def _disk(settings: Settings) -> str:
    """Spool, letters, snapshots and store together, and what is free where they are."""
    use = disk_use(settings)
    taken = f"{use.used / MIB:.1f} of {use.budget // MIB} MiB used ({'; '.join(map(str, use.held))})"
    says = "; ".join((taken, *map(str, use.disks)))
    if use.over or use.short:
        raise OSError(says)
    return says


def _writable(folder: Path) -> str:
    """Where the folder is not there yet, whether it can be made. Raises OSError."""
    there = nearest_there(folder)
    with NamedTemporaryFile(dir=there, prefix=".check") as probe:
        probe.write(b"coolwatch check")
        probe.flush()
    return f"{folder} can be written" if there == folder.absolute() else f"{folder} can be made"


def _influxdb(settings: Settings) -> str:
    if not settings.influxdb.url:
        return "switched off"
    writer = InfluxWriter(settings.influxdb)
    try:
        writer.check()
    except SinkAway as error:
        if str(error).startswith(("HTTP 401", "HTTP 403")):
            raise ConfigError("settings", "influxdb.token", str(error), TOKEN_REMEDY) from error
        raise
    finally:
        writer.close()
    return f"{settings.influxdb.url}: bucket {settings.influxdb.bucket} takes writes"


def _store(settings: Settings) -> str:
    store = Store(settings.store.url)
    if store.file is not None and not store.file.exists():
        store.close()
        _writable(store.file.parent)
        return f"{store.file} is made by the first run"
    try:
        return f"{len(store.open_incidents())} open incidents"
    finally:
        store.close()


def _snapshots(settings: Settings) -> str:
    fs, root = fsspec.core.url_to_fs(settings.state.snapshots)
    if isinstance(fs, LocalFileSystem):
        return _writable(Path(root))
    probe = f"{root.rstrip('/')}/.check"
    fs.makedirs(root, exist_ok=True)
    fs.pipe_file(probe, b"coolwatch check")
    fs.rm_file(probe)
    return f"{settings.state.snapshots} can be written"


def _notify(settings: Settings) -> str:
    senders = apprise_senders(settings.notify)
    names = ", ".join(sender.name for sender in senders)
    return f"{names}, and the log" if senders else "the log alone"
