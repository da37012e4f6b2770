"""Measures everything anew and writes ``docs/benchmarks.md``: ``python -m benchmarks.report``.

Takes up to two hours on two cores. Figures belong to the machine, so the page
says which it was; run it where nothing else runs. What each benchmark prints is
kept in ``.cache/benchmarks`` as it comes, so that a run that was broken off is not
lost: with ``--from DIR`` the page is made of the ``throughput.json`` and so on that
are there, and a part that is not is left out and named.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.detection_sections import (
    ablation_section,
    hvac_section,
    incidents_section,
    nab_section,
    skab_section,
)
from benchmarks.lead_plot import lead_plot
from benchmarks.tables import table as _table
from tests.services import REPOSITORY

PAGE = REPOSITORY / "docs" / "benchmarks.md"
PLOT = REPOSITORY / "docs" / "lead.svg"
KEPT = REPOSITORY / ".cache" / "benchmarks"
PARTS = {
    "throughput": ["benchmarks.throughput", "--json"],
    "start": ["benchmarks.start", "--json"],
    "memory": ["benchmarks.memory", "--json"],
    "scenarios": ["benchmarks.scenarios", "--json"],
    "incidents": ["benchmarks.incidents", "--json"],
    "ablation": ["benchmarks.ablation", "--json"],
    "skab": ["benchmarks.skab", "--json"],
    "hvac": ["benchmarks.hvac", "--json"],
    "nab": ["benchmarks.nab", "--json"],
}


def measured(name: str) -> dict[str, Any] | None:
    """The object that a benchmark prints, with how long it took; None where it failed."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", *PARTS[name]], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    minutes = (time.monotonic() - begun) / 60.0
    if done.returncode:
        print(f"{name} failed after {minutes:.1f} min (exit code {done.returncode})", file=sys.stderr)
        return None
    print(f"{name} took {minutes:.1f} min", file=sys.stderr)
    figures = {**json.loads(done.stdout), "took_min": round(minutes, 1)}
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{name}.json").write_text(json.dumps(figures))
    return figures


def page(figures: dict[str, dict[str, Any]]) -> str:
    """The page, out of what the benchmarks printed."""
    parts = [
        "# Benchmarks",
        "Written by `python -m benchmarks.report`; do not edit. "
        f"Measured on {datetime.now(UTC):%Y-%m-%d} on {_machine()}.",
    ]
    for name, write in SECTIONS.items():
        if name in figures:
            parts += write(figures[name])
        else:
            parts.append(f"`{' '.join(['python -m', *PARTS[name]])}` was not run for this page.")
    took = {name: f["took_min"] for name, f in figures.items() if "took_min" in f}
    if took:
        each = ", ".join(f"{name} {minutes:g}" for name, minutes in took.items())
        parts.append(f"Minutes that it took: {each}; {sum(took.values()):.0f} in all.")
    return "\n\n".join(parts) + "\n"


def throughput_section(f: dict[str, Any]) -> list[str]:
    return [
        "## Throughput",
        "`python -m benchmarks.throughput --json`: 2,000 points at 1 Hz (seven in ten are rack inlets, the "
        "others rack power, cooling units and plant), one JSON message a reading, lz4, from a real broker "
        "through `coolwatch run` into a real InfluxDB, kernels in their cache, every model past its warm-up. "
        "CPU time is user and system time of the daemon's process over a backlog; pages and rows are taken "
        "at real-time pace, with a rack of each hall that overheats.",
        _table(("figure", "measured", "at most"), _throughput(f)),
        "Broker, database and whoever publishes share the machine's cores with the daemon. A row waits until "
        "every point has been read beyond its tick, at most for the tick's lateness (10 s); it includes the "
        "time until the next look at the database, a fifth of a second.",
    ]


def start_section(f: dict[str, Any]) -> list[str]:
    return [
        "## Start",
        "`python -m benchmarks.start --json`: with a warm cache and a backlog of 300 s waiting.",
        _table(("figure", "measured", "at most"), _start(f)),
    ]


def memory_section(f: dict[str, Any]) -> list[str]:
    return [
        "## Memory",
        "`python -m benchmarks.memory --json`: what the process grows by with its points, every reference, "
        "book and model full; of that the engines' arrays, and the bytes that they are rebuilt from.",
        _table(
            ("points", "bytes a point", "of that arrays", "of that bytes to rebuild from"),
            [(f"{f['points']:,}", f"{f['resident']:,}", f"{f['arrays']:,}", f"{f['bytes']:,}")],
        ),
    ]


def scenarios_section(f: dict[str, Any]) -> list[str]:
    return [
        "## First page and quiet days",
        "`python -m benchmarks.scenarios --json`: the simulator's telemetry through the engine. Seconds from "
        "the onset to the page, against a tenth of the time to the first drop or 45 s where that is longer; "
        "and whole days on which nothing is wrong.",
        _table(("scenario", "seed", "page", "at most", "first drop", ""), _outages(f)),
        _table(("scenario", "seed", "hours", "incidents"), _quiet(f)),
    ]


def _throughput(f: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        ("readings of the backlog", f"{f['readings']:,}", ""),
        ("readings a second", f"{f['readings_per_second']:,}", ""),
        ("CPU seconds a million readings", f"{f['cpu_seconds_per_million']:.2f}", "2.0"),
        ("peak memory, MB", f"{f['peak_rss_mb']}", ""),
        (f"Kafka timestamp to hard-limit page, p99 of {f['pages']}, s", f"{f['page_p99_s']:.2f}", "1.5"),
        (f"tick end to its rows, p99 of {f['ticks']}, s", f"{f['row_p99_s']:.2f}", "13 (lateness + 3)"),
        ("part of a core at real-time pace, %", f"{f['live_cpu_percent']:.1f}", ""),
    ]


def _start(f: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        ("`coolwatch --version`, s", f"{f['version_s']:.2f}", "0.5"),
        ("partitions assigned to first verdict, first start, s", f"{f['first_verdict_s']:.2f}", "5"),
        ("the same, going on from a snapshot, s", f"{f['next_verdict_s']:.2f}", "5"),
        ("process start to first verdict, from a snapshot, s", f"{f['next_start_s']:.2f}", ""),
    ]


def _outages(f: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            run["scenario"],
            str(run["seed"]),
            "none" if run["page_s"] is None else f"{run['page_s']:.0f} s",
            f"{run['allowed_s']:.0f} s",
            f"{run['first_drop_s']:.0f} s",
            "" if run["ok"] else "**missed**",
        )
        for run in f["runs"]
        if "page_s" in run
    ]


def _quiet(f: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (run["scenario"], str(run["seed"]), f"{run['hours']:.0f}", "; ".join(run["incidents"]) or "none")
        for run in f["runs"]
        if "page_s" not in run
    ]


def _machine() -> str:
    return f"{os.cpu_count()} cores ({_processor()}), {platform.system()}, Python {platform.python_version()}"


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


SECTIONS = {
    "incidents": incidents_section,
    "ablation": ablation_section,
    "skab": skab_section,
    "hvac": hvac_section,
    "nab": nab_section,
    "throughput": throughput_section,
    "start": start_section,
    "memory": memory_section,
    "scenarios": scenarios_section,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--from", dest="folder", type=Path, help="take throughput.json and so on from here")
    arguments = parser.parse_args()
    if arguments.folder:
        files = {name: arguments.folder / f"{name}.json" for name in PARTS}
        figures = {name: json.loads(file.read_text()) for name, file in files.items() if file.exists()}
    else:
        figures = {name: each for name in PARTS if (each := measured(name)) is not None}
    PAGE.write_text(page(figures))
    if figures.get("incidents", {}).get("nuisance", {}).get("hall_days"):
        PLOT.write_text(lead_plot(figures["incidents"]))
    if not arguments.folder and len(figures) < len(PARTS):
        sys.exit(f"{PAGE.name} lacks what failed; run that alone, then again with --from {KEPT}")


if __name__ == "__main__":
    main()
