"""``coolwatch init``: a starting site.toml and coolwatch.toml from what is there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import typer

from config.errors import ConfigError
from config.settings import LogSettings, Settings
from config.site import Site
from detector.service.people.exit_codes import EXIT_NOT_RIGHT
from detector.service.setup.found import Found, found_in
from detector.service.setup.sampled import Sampled, sampled_logs, sampled_topic
from detector.service.setup.settings_file import Chosen, given_settings, settings_text
from detector.service.setup.starting_site import site_text
from detector.service.setup.written import write_together
from streams.sources.logs import LogSource

TOLD = frozenset(
    ("log", key) for key in LogSettings.model_fields if key not in ("time_zone", "comment", "header_units")
)
"""Settings that a look at a log tells."""


def write_start(
    logs: Sequence[Path],
    bootstrap: str | None,
    topic: str | None,
    out: Path,
    config: Path | None,
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Look at a log or a topic, write both files, say what was found and what was not understood.

    Raises ConfigError, also where the files are there already or cannot be written. A site file that is
    overwritten is kept as ``site.toml.bak``. What ``config``
    says, or else a file that is overwritten, stands in the settings that are
    written; how a log is laid out is told anew, unless that leaves a doubt. Ends
    with exit code 1 where something was not understood.
    """
    if bool(logs) == bool(topic):
        problem = "give --from LOG, or --topic with --bootstrap" if not logs else "give --from or --topic"
        raise ConfigError("init", "", problem, "one of the two says what to look at")
    targets = [out / "site.toml", out / "coolwatch.toml"]
    overwritten = config is None and force and targets[1].exists()
    config = targets[1] if overwritten else config
    settings = Settings.load(config)
    for target in targets:
        if target.exists() and not force:
            raise ConfigError(
                str(target), "", "is there already", "--force overwrites it, --out names a folder"
            )
    given = given_settings(config)
    if overwritten and logs and not _doubted(logs, _untold(settings)):
        # What was told of another log, or of this one as it was, is told anew.
        settings = _untold(settings)
        given = {key: value for key, value in given.items() if key not in TOLD}
    sampled = sampled_topic(bootstrap, topic, settings) if topic else sampled_logs(logs, settings)
    if not sampled.doubts and not sampled.understood.counts.records:
        raise ConfigError(
            sampled.where, "", "holds no messages", "see that it is there and that something writes to it"
        )
    found = found_in(sampled, settings)
    chosen = given | found.settings
    if topic:
        chosen |= {("kafka", "topics"): [topic]} | ({("kafka", "bootstrap"): bootstrap} if bootstrap else {})
    written, unwritten = _written(targets, found, sampled, chosen)
    if as_json:
        typer.echo(msgspec.json.encode(found.as_object(written)).decode())
    else:
        for line in found.lines():
            typer.echo(line)
        for target in written:
            typer.echo(f"written: {target}")
        if written:
            typer.echo("next: look them over, then coolwatch check")
    if unwritten is not None:
        raise unwritten
    if found.not_understood:
        raise typer.Exit(EXIT_NOT_RIGHT)


def _doubted(logs: Sequence[Path], settings: Settings) -> bool:
    layouts = LogSource(logs, settings.log, settings.messages).layouts()
    return any(layout.doubts for layout in layouts)


def _untold(settings: Settings) -> Settings:
    """The settings with what is told from a log left open."""
    open_keys = {key: LogSettings.model_fields[key].default for _, key in TOLD}
    return settings.model_copy(update={"log": settings.log.model_copy(update=open_keys)})


def _written(
    targets: Sequence[Path], found: Found, sampled: Sampled, chosen: Chosen
) -> tuple[list[Path], ConfigError | None]:
    """(the files that were written, what kept them from it): a site needs names, settings what was told."""
    texts: list[tuple[Path, str]] = []
    if found.told:
        source = f"{sampled.understood.counts.records} messages of {sampled.where}"
        site = site_text(found.told, source)
        Site.loads(site, str(targets[0]))  # what is written must be right
        texts.append((targets[0], site))
    if found.told or found.settings:
        texts.append((targets[1], settings_text(chosen, found.notes)))
    try:
        write_together(texts)
    except ConfigError as error:
        return [], error
    return [target for target, _ in texts], None
