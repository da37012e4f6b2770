"""``coolwatch init``: a starting site.toml and coolwatch.toml from what is there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import typer

from config.errors import ConfigError
from config.settings import Settings
from config.site import Site
from detector.service.people.exit_codes import EXIT_NOT_RIGHT
from detector.service.setup.found import Found, found_in
from detector.service.setup.sampled import Sampled, sampled_logs, sampled_topic
from detector.service.setup.settings_file import Chosen, given_settings, settings_text
from detector.service.setup.starting_site import site_text


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

    Raises ConfigError, also where the files are there already. What ``config``
    says, or else a file that is overwritten, stands in the settings that are
    written. Ends with exit code 1 where something was not understood.
    """
    if bool(logs) == bool(topic):
        problem = "give --from LOG, or --topic with --bootstrap" if not logs else "give --from or --topic"
        raise ConfigError("init", "", problem, "one of the two says what to look at")
    targets = [out / "site.toml", out / "coolwatch.toml"]
    config = config or (targets[1] if force and targets[1].exists() else None)
    settings = Settings.load(config)
    for target in targets:
        if target.exists() and not force:
            raise ConfigError(
                str(target), "", "is there already", "--force overwrites it, --out names a folder"
            )
    sampled = sampled_topic(bootstrap, topic, settings) if topic else sampled_logs(logs, settings)
    if not sampled.doubts and not sampled.understood.counts.records:
        raise ConfigError(
            sampled.where, "", "holds no messages", "see that it is there and that something writes to it"
        )
    found = found_in(sampled, settings)
    chosen = given_settings(config) | found.settings
    if topic:
        chosen |= {("kafka", "topics"): [topic]} | ({("kafka", "bootstrap"): bootstrap} if bootstrap else {})
    written = _written(targets, found, sampled, chosen)
    if as_json:
        typer.echo(msgspec.json.encode(found.as_object(written)).decode())
    else:
        for line in found.lines():
            typer.echo(line)
        for target in written:
            typer.echo(f"written: {target}")
        if written:
            typer.echo("next: look them over, then coolwatch check")
    if found.not_understood:
        raise typer.Exit(EXIT_NOT_RIGHT)


def _written(targets: Sequence[Path], found: Found, sampled: Sampled, chosen: Chosen) -> list[Path]:
    """The files that could be written: a site needs names, settings at least what was told of a table."""
    texts: list[tuple[Path, str]] = []
    if found.told:
        source = f"{sampled.understood.counts.records} messages of {sampled.where}"
        site = site_text(found.told, source)
        Site.loads(site, str(targets[0]))  # what is written must be right
        texts.append((targets[0], site))
    if found.told or found.settings:
        texts.append((targets[1], settings_text(chosen, found.notes)))
    for target, text in texts:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return [target for target, _ in texts]
