"""``coolwatch drill``: every machine of a person's own site lost in turn, in the simulator."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import typer

from config.errors import ConfigError
from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from detector.rules import without
from detector.service.drill.drilled import Drilled, Outcome, ZoneDrill
from detector.service.drill.drilling import ZoneDrills, badness, in_order
from detector.service.drill.learned import learned_zones
from detector.service.drill.losses import Loss, group_losses, machines, pair_losses, single_losses
from detector.service.drill.picture import picture
from detector.service.drill.table import report
from detector.service.people.exit_codes import EXIT_BROKEN_OFF, EXIT_NOT_RIGHT
from detector.service.people.progress import progress_bar
from detector.service.people.terminal import terminal
from detector.service.setup.configuration import load
from streams.simulator.from_site import Load, ZoneModel, model_zone, zones_of
from streams.simulator.known import Known

PIPED_WIDTH = 120
PREPARING = 0.1
"""Part of a zone's work that its healthy beginning is, about."""

Tell = Callable[[float, str], None]


def drill_site(
    site: Path | None,
    config: Path | None,
    load_text: str | None,
    outdoor: float | None,
    snapshots: Sequence[Path],
    *,
    pairs: bool,
    minutes: float,
    seed: int,
    as_json: bool,
    picture_file: Path | None,
) -> None:
    """Drill the site; print table or JSON, write the picture. Exit 1 where it fails with nothing lost.

    Raises ConfigError for a load or a picture that cannot be.
    """
    settings, model = load(config, site)
    where = str(site or settings.site or "no site file")
    asked = parse_load(load_text)
    if picture_file is not None and not picture_file.absolute().parent.is_dir():
        raise ConfigError(str(picture_file), "", "its folder is not there", "make it, or name another")
    try:
        with progress_bar("drill") as tell:
            drilled = drill(
                model, where, settings, asked, outdoor, snapshots, pairs=pairs, minutes=minutes, seed=seed,
                tell=tell,
            )  # fmt: skip
    except KeyboardInterrupt:
        typer.echo("Broken off; nothing was written.", err=True)
        raise typer.Exit(EXIT_BROKEN_OFF) from None
    if picture_file is not None:
        _write_whole(picture_file, picture(drilled))
    if as_json:
        typer.echo(msgspec.json.encode(drilled).decode())
    else:
        report(drilled, terminal(width=_width()))
        if picture_file is not None:
            typer.echo(f"picture: {picture_file}")
    if not all(zone.healthy.carried for zone in drilled.zones):
        raise typer.Exit(EXIT_NOT_RIGHT)


def drill(
    site: Site,
    where: str,
    settings: Settings,
    load: Load,
    outdoor: float | None = None,
    snapshots: Sequence[Path] = (),
    *,
    pairs: bool = True,
    minutes: float = 60.0,
    seed: int = 0,
    tell: Tell = lambda part, text: None,
) -> Drilled:
    """Drill every zone of a site. Raises ConfigError where nothing in it could be lost."""
    kinds = load_kinds()
    learned = learned_zones(snapshots, site, kinds, settings.engine)
    heard = [id for known in learned.values() for id in known.equipment]
    zones = zones_of(site, heard)
    if not zones:
        raise ConfigError(
            where,
            "[[equipment]]",
            "names no cooling unit, so there is nothing to lose",
            'add entries such as id = "hall-1/crah-01", type = "CRAH", capacity_kw = 60; coolwatch init '
            "writes them from a log, and --snapshot takes them from what the daemon has heard",
        )

    def model_of(zone: str, total: float | None) -> ZoneModel:
        return model_zone(site, zone, learned.get(zone, Known()), load, outdoor, total)

    total = sum(model_of(zone, None).design_kw for zone in zones)
    done: list[ZoneDrill] = []
    racks: list[str] = []
    for number, zone in enumerate(zones):

        def tell_of(part: float, text: str, number: int = number) -> None:
            tell((number + part) / len(zones), text)

        known, model = learned.get(zone, Known()), model_of(zone, total)
        racks += model.site.layout.racks
        drills = ZoneDrills(site, model, known, kinds, settings.engine, seed, without(settings.rules.off))
        done.append(_drill_zone(drills, pairs, minutes, tell_of))
    return Drilled(site.name, seed, minutes, _not_played(site, racks), done)


def _not_played(site: Site, racks: Sequence[str]) -> list[str]:
    """What of the site file has no part in the drill, a sentence each."""
    bare = [service.name for service in site.services if not site.service_racks(service, racks)]
    return [f"service {name}: none of its racks stands in a hall that is drilled" for name in bare]


def _drill_zone(drills: ZoneDrills, pairs: bool, minutes: float, tell: Tell) -> ZoneDrill:
    model = drills.model
    layout = model.site.layout
    tell(0.0, f"{layout.zone}: an hour of healthy running")
    healthy = drills.prepare()
    there = machines(model)
    first = [*single_losses(there), *group_losses(there, pairs)]
    # Pairs are chosen by what came of the singles; their number is much like this.
    total = len(first) + (len(pair_losses(there, lambda machine: 0.0)[0]) if pairs else 0)
    outcomes: list[Outcome] = []
    worse = badness(minutes)
    left_out = 0

    def play(losses: Sequence[Loss]) -> None:
        for loss in losses:
            tell(PREPARING + (1.0 - PREPARING) * len(outcomes) / total, f"{layout.zone}: {loss.name}")
            outcomes.append(drills.lose(loss, minutes))

    if healthy.carried:
        play(first)
    if pairs and healthy.carried:
        alone = {o.lost[0]: worse(o) for o in outcomes if o.scope == "one"}
        two, left_out = pair_losses(there, lambda machine: alone[machine.id])
        play(two)
    return ZoneDrill(
        zone=layout.zone,
        load_kw=round(float(model.site.load.sum()), 1),
        design_kw=round(model.design_kw, 1),
        outdoor=round(model.spans.outdoor[0], 1),
        racks=len(layout.racks),
        units=len(layout.units),
        chillers=_real(layout.chillers, model),
        pumps=_real(layout.pumps, model),
        towers=_real(layout.tower_ids, model),
        assumed=list(model.assumed),
        pairs_left_out=left_out,
        healthy=healthy,
        drills=list(in_order(outcomes, minutes)),
    )


def _real(ids: Sequence[str], model: ZoneModel) -> int:
    return sum(id not in model.made_up for id in ids)


def parse_load(text: str | None) -> Load:
    """``450``, ``450kW`` or ``80%``. Raises ConfigError.

    >>> parse_load("80 %").part, parse_load("450kW").kw
    (0.8, 450.0)
    """
    if text is None:
        return Load()
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(kw|%)?\s*", text, re.IGNORECASE)
    value = float(found[1]) if found else 0.0
    if found is None or value <= 0.0:
        raise ConfigError(
            "--load", "", f"{text!r} is no load", "kW of IT load as in 450, or a part as in 80%"
        )
    return Load(part=value / 100.0) if found[2] == "%" else Load(kw=value)


def _width() -> int | None:
    """As wide as the terminal; where there is none, wide enough for the table."""
    return None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPED_WIDTH


def _write_whole(path: Path, text: str) -> None:
    """Beside the target, then renamed: a picture is there whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
