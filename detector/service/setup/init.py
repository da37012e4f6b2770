"""``coolwatch init``: a starting site.toml and coolwatch.toml from what is there."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import typer

from config.errors import ConfigError
from config.kinds import load_kinds
from config.reference import default_text, table_of
from config.settings import Settings
from config.site import Site
from detector.service.people.progress import progress_bar
from detector.service.setup.configuration import connection
from detector.service.setup.names import Names
from detector.service.setup.sample import newest_records
from detector.service.setup.starting_site import site_text
from streams.records import Records
from streams.sources.logs import LogSource
from streams.sources.tables import Table

SAMPLED_RUNS = 40
SAMPLED_MESSAGES = 200_000


def write_start(
    logs: Sequence[Path],
    bootstrap: str | None,
    topic: str | None,
    out: Path,
    config: Path | None,
    *,
    force: bool,
) -> None:
    """Sample a log or a topic; write both files. Raises ConfigError, also where they are there already.

    What ``config`` says, or else a file that is overwritten, stands in the settings that are written.
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
    names = Names(settings.messages)
    with progress_bar("sampling") as tell:
        for sample in _samples(logs, bootstrap, topic, settings):
            names.take(sample)
            tell(min(1.0, names.messages / SAMPLED_MESSAGES), f"{len(names.found)} names")
            if names.messages >= SAMPLED_MESSAGES:
                break
    source = topic or ", ".join(path.name for path in logs)
    if not names.messages:
        raise ConfigError(
            source, "", "holds no messages", "see that it is there and that something writes to it"
        )
    site = site_text(
        [name for name, _ in names.found], load_kinds(), f"{names.messages} messages of {source}"
    )
    Site.loads(site, str(targets[0]))  # what is written must be right
    chosen = _given(config)
    if topic:
        chosen |= {("kafka", "topics"): [topic]} | ({("kafka", "bootstrap"): bootstrap} if bootstrap else {})
    out.mkdir(parents=True, exist_ok=True)
    targets[0].write_text(site, encoding="utf-8")
    targets[1].write_text(settings_text(chosen), encoding="utf-8")
    unread = f"; {names.unreadable} could not be read" if names.unreadable else ""
    typer.echo(f"{len(names.found)} names in {names.messages} messages{unread}")
    for target in targets:
        typer.echo(f"written: {target}")
    typer.echo("next: look them over, then coolwatch check")


def settings_text(chosen: Mapping[tuple[str, str], object]) -> str:
    """Every setting with its meaning; those in ``chosen`` stand, the rest are comments."""
    lines = [
        "# Every key has a default, shown here; take away the # to change one. Variables such as",
        "# COOLWATCH_KAFKA__BOOTSTRAP override this file; tokens and passwords come from them, or from the",
        "# files that *_file keys name, never from here.",
        "",
    ]
    for name, field in Settings.model_fields.items():
        section = table_of(field)
        if section is None:
            lines += [f"# {field.description}", f"# {name} = {default_text(field)}", ""]
            continue
        lines += [f"# {field.description}", f"[{name}]"]
        for key, key_field in section.model_fields.items():
            value = chosen.get((name, key))
            text = default_text(key_field) if value is None else json.dumps(value, ensure_ascii=False)
            lines += [f"# {key_field.description}", f"{'' if value is not None else '# '}{key} = {text}"]
        lines.append("")
    return "\n".join(lines)


def _given(config: Path | None) -> dict[tuple[str, str], object]:
    """What a settings file that was read already says, by section and key; the site file is written anew."""
    if config is None:
        return {}
    sections = tomllib.loads(config.read_text(encoding="utf-8"))
    return {
        (name, key): value
        for name, section in sections.items()
        if isinstance(section, dict)
        for key, value in section.items()
    }


def _samples(
    logs: Sequence[Path], bootstrap: str | None, topic: str | None, settings: Settings
) -> Iterator[Records | Table]:
    if topic is not None:
        return newest_records(connection(settings.kafka, bootstrap), [topic])
    return islice(LogSource(logs, settings.log, settings.messages).batches(), SAMPLED_RUNS)
