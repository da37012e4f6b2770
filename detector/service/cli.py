"""The command line. Only names and help stand here: each command imports what it needs when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detector.service.arguments import (
    AsJson,
    Bootstrap,
    Config,
    Create,
    Hours,
    Logs,
    Seed,
    SiteFile,
    more_than_nothing,
    print_version,
)
from detector.service.people.exit_codes import EXIT_NOT_RIGHT

app = typer.Typer(
    name="coolwatch",
    help="Warns of a data-centre cooling failure while there is still time to act.",
    epilog="Exit codes: 0 done, 1 something is not right, 2 wrong command or settings, 130 broken off.",
    no_args_is_help=True,
    rich_markup_mode=None,  # help and errors name sections of the settings, such as [kafka]
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def options(
    _: Annotated[
        bool,
        typer.Option("--version", "-V", callback=print_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Warns of a data-centre cooling failure while there is still time to act."""


@app.command()
def run(config: Config = None, site: SiteFile = None) -> None:
    """Watch Kafka topics, score into InfluxDB and warn: the daemon.

    SIGTERM and Ctrl-C stop it in good order; the next start goes on where it was.

    Example: coolwatch run --config coolwatch.toml
    """
    from detector.service.daemon.run import run_daemon

    run_daemon(config, site)


@app.command()
def replay(
    logs: Logs,
    site: SiteFile = None,
    config: Config = None,
    as_json: AsJson = False,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write report.html, incidents.json and scores here.")
    ] = None,
    dead_letters: Annotated[
        Path | None, typer.Option(help="Where rejects go, if there are any.", show_default="rejected.jsonl")
    ] = None,
) -> None:
    """Judge recorded logs with the daemon's engine, as fast as it goes.

    Example: coolwatch replay june.jsonl.gz --site site.toml --report june
    """
    from detector.service.replay.replay import replay_logs

    replay_logs(logs, site, config, as_json=as_json, report=report, dead_letters=dead_letters)


@app.command()
def publish(
    logs: Logs,
    topic: Annotated[str, typer.Option("--topic", "-t", help="Topic to write to.")],
    bootstrap: Bootstrap = None,
    site: SiteFile = None,
    config: Config = None,
    speed: Annotated[str, typer.Option(help="Times real time (60 = an hour a minute), or max.")] = "max",
    shift_to_now: Annotated[
        bool, typer.Option("--shift-to-now", help="Move all times so that the log happens now.")
    ] = False,
    create: Create = False,
) -> None:
    """Put recorded logs on a Kafka topic, keyed by zone.

    Example: coolwatch publish june.jsonl.gz -b localhost:9092 -t telemetry --create --speed 10
    """
    from detector.service.replay.publish import publish_logs

    publish_logs(
        logs,
        bootstrap,
        topic,
        site=site,
        config=config,
        speed=speed,
        shift_to_now=shift_to_now,
        create=create,
    )


@app.command()
def rekey(
    sources: Annotated[str, typer.Option("--from", help="Topics to read, with commas between.")],
    target: Annotated[str, typer.Option("--to", help="Topic to write to.")],
    bootstrap: Bootstrap = None,
    site: SiteFile = None,
    config: Config = None,
    follow: Annotated[bool, typer.Option(help="Go on with what comes after.")] = False,
    create: Create = False,
) -> None:
    """Copy topics into one that is keyed by zone.

    The engine of a zone sees one partition, so all of the zone must be on it.

    Example: coolwatch rekey --from telegraf,bms --to telemetry -b localhost:9092
    """
    from detector.service.setup.rekey import rekey_topics

    rekey_topics(
        sources.split(","), target, bootstrap, site=site, config=config, follow=follow, create=create
    )


@app.command()
def refill(
    since: Annotated[str, typer.Option("--from", help="First tick to write, RFC 3339.")],
    until: Annotated[
        str | None, typer.Option("--to", help="Last tick to write; now, unless said.", show_default=False)
    ] = None,
    lead_in: Annotated[str, typer.Option(help="How much earlier the models begin to learn.")] = "6h",
    config: Config = None,
    site: SiteFile = None,
) -> None:
    """Write scores that a full spool dropped, judged again out of Kafka.

    Example: coolwatch refill --from 2026-03-01T02:00:00Z --to 2026-03-01T05:00:00Z
    """
    from detector.service.replay.refill import refill_scores

    refill_scores(since, until, lead_in, config, site)


@app.command()
def simulate(
    scenario: Annotated[str, typer.Argument(help="A shipped scenario's name, or a .toml file.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write into.")],
    seed: Seed = 0,
    hours: Hours = None,
) -> None:
    """Write a simulated hall's telemetry, site file and truth.

    Example: coolwatch simulate guangzhou-2023 --out outage --seed 3
    """
    from detector.service.replay.simulate import write_simulation

    write_simulation(scenario, out, seed, hours)


@app.command()
def demo(
    scenario: Annotated[str, typer.Option(help="A shipped scenario's name.")] = "guangzhou-2023",
    seed: Seed = 0,
    speed: Annotated[
        float, typer.Option(callback=more_than_nothing, help="Times real time; only at a terminal.")
    ] = 60.0,
    hours: Hours = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for store and scores.")] = Path("demo-out"),
) -> None:
    """Show a simulated hall losing its cooling, judged live.

    Needs no Kafka, no InfluxDB and no account.

    Example: coolwatch demo --scenario crah-fan-failure
    """
    from detector.service.replay.demo import play

    play(scenario, seed, speed, hours, out)


@app.command()
def drill(
    site: SiteFile = None,
    config: Config = None,
    load: Annotated[
        str | None,
        typer.Option(
            help="IT load: kW of all zones (450), or a part of what the units carry with one of each hall "
            "to spare (80%).",
            show_default="as learned, else 75%",
        ),
    ] = None,
    outdoor: Annotated[
        float | None, typer.Option(help="Outdoor air, C.", show_default="as learned, else 20")
    ] = None,
    snapshot: Annotated[
        list[Path] | None,
        typer.Option(
            help="A snapshot of the daemon, or its folder of them: equipment, loads and set points are "
            "taken from there. May be given several times.",
            show_default=False,
        ),
    ] = None,
    pairs: Annotated[bool, typer.Option(help="Lose two at a time too.")] = True,
    minutes: Annotated[
        float, typer.Option(min=1.0, max=1440.0, help="How long each loss is followed.")
    ] = 60.0,
    seed: Annotated[int, typer.Option(min=0, help="Varies what is not known of the site.")] = 0,
    as_json: AsJson = False,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="Write a picture of it here (SVG).", show_default=False)
    ] = None,
) -> None:
    """Lose every machine of your site in turn: what drops, and when?

    Plays in the simulator, pairs too, and touches nothing outside. Says for each
    loss when coolwatch would have warned.

    Example: coolwatch drill --site site.toml --load 80% --outdoor 35 --picture drill.svg
    """
    from detector.service.drill.drill import drill_site

    drill_site(
        site, config, load, outdoor, snapshot or [], pairs=pairs, minutes=minutes, seed=seed,
        as_json=as_json, picture_file=picture,
    )  # fmt: skip


@app.command()
def init(
    logs: Annotated[
        list[Path] | None, typer.Option("--from", help="A recorded log to sample.", show_default=False)
    ] = None,
    bootstrap: Bootstrap = None,
    topic: Annotated[str | None, typer.Option("--topic", "-t", help="A topic to sample instead.")] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write into.")] = Path(),
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Settings to read the sample by ([log], [kafka]).")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a starting site file and settings from a log or topic.

    Lists the names that were seen and what was made of them. What it is sure of stands in the site file,
    what it doubts stands there as a comment.

    Examples: coolwatch init --from june.jsonl.gz;
    coolwatch init --bootstrap localhost:9092 --topic telemetry
    """
    from detector.service.setup.init import write_start

    write_start(logs or [], bootstrap, topic, out, config, force=force, as_json=as_json)


@app.command()
def check(config: Config = None, site: SiteFile = None, as_json: AsJson = False) -> None:
    """Say whether all that coolwatch needs is right, a line each.

    Example: coolwatch check --config coolwatch.toml
    """
    from detector.service.setup.check import check_all

    if not check_all(config, site, as_json=as_json):
        raise typer.Exit(EXIT_NOT_RIGHT)


@app.command()
def warmup() -> None:
    """Compile the kernels, so that the first start is quick.

    Example: coolwatch warmup
    """
    from detector.service.setup.warmup import warm_kernels

    warm_kernels()


def main() -> None:
    """Entry of the ``coolwatch`` command."""
    from detector.service.endings import told_in_words

    with told_in_words():
        app()


if __name__ == "__main__":
    main()
