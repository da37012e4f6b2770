"""Arguments that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", help="Settings file; coolwatch.toml where there is one.", show_default=False
    ),
]
SiteFile = Annotated[
    Path | None,
    typer.Option(
        "--site",
        "-s",
        help="Site model; site.toml beside the settings where there is one.",
        show_default=False,
    ),
]
Logs = Annotated[
    list[Path],
    typer.Argument(
        metavar="LOG...",
        help="Recorded logs: .jsonl, .csv, .parquet, also .gz, in the order given.",
        show_default=False,
    ),
]


def more_than_nothing(value: float | None) -> float | None:
    """The value, if it is above zero. Raises typer.BadParameter."""
    if value is not None and not 0.0 < value < float("inf"):
        raise typer.BadParameter(f"{value:g} is not a number above zero")
    return value


Hours = Annotated[
    float | None,
    typer.Option(
        "--hours", callback=more_than_nothing, help="Length, if not the scenario's own.", show_default=False
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Same seed, same hall.")]
Bootstrap = Annotated[
    str | None, typer.Option("--bootstrap", "-b", help="Kafka broker, HOST:PORT; else from the settings.")
]
Create = Annotated[
    bool,
    typer.Option("--create", help="Make the topic to write to, and that of the dead letters, if not there."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]


def print_version(wanted: bool) -> None:
    """Print the version and end the program, where that is ``wanted``."""
    if wanted:
        from importlib.metadata import version

        typer.echo(f"coolwatch {version('coolwatch')}")
        raise typer.Exit
