"""The live terminal: a heat strip of the racks, heat balance, time to limit, incidents."""

from __future__ import annotations

import math
from collections import defaultdict

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from detector.incidents.durations import duration
from detector.incidents.faults import Severity, State
from detector.service.people.scene import Scene
from detector.service.people.words import clock, incident_line
from streams.messages import HallState, Incident

PER_ROW = 20
"""Racks in one row of the heat strip: fits 80 columns."""
INCIDENTS_SHOWN = 6

_SEVERITY_STYLE = {
    Severity.WARNING: "yellow",
    Severity.CRITICAL: "bold dark_orange",
    Severity.EMERGENCY: "bold white on red",
}
# Steps of colour; the fraction counts from 18 degrees to the warning limit.
_COOL = (
    (0.0, "white on blue"),
    (0.35, "black on dark_cyan"),
    (0.65, "black on green3"),
    (1.0, "black on yellow3"),
)


def render(scene: Scene, title: str) -> RenderableType:
    """The whole screen."""
    when = clock(scene.now) + " UTC" if scene.now is not None else "waiting for the first tick"
    return Group(
        Panel(
            Group(heat_strip(scene), Text(), halls_table(scene), Text(), services_table(scene)),
            title=Text.assemble((title, "bold"), f"  {when}"),
            border_style="cyan",
        ),
        Panel(incidents_list(scene), title="incidents", border_style="cyan"),
    )


def heat_strip(scene: Scene) -> RenderableType:
    """One coloured cell a rack with its hottest inlet, hall by hall."""
    if not scene.inlets:
        return Text("no rack inlet has been read yet", style="dim")
    by_hall: dict[str, list[str]] = defaultdict(list)
    for rack in sorted(scene.inlets):
        by_hall[rack.split("/")[0]].append(rack)
    lines = [Text("hottest inlet of each rack, degrees C", style="dim")]
    for hall, racks in by_hall.items():
        for start in range(0, len(racks), PER_ROW):
            line = Text(f"{hall if start == 0 else '':<10.10} ")
            for rack in racks[start : start + PER_ROW]:
                line.append(
                    f"{scene.inlets[rack]:3.0f}", style=heat_style(scene.inlets[rack], *scene.limits(rack))
                )
            lines.append(line)
    return Group(*lines)


def heat_style(value: float, warning: float, critical: float) -> str:
    """The colour of a temperature against its limits.

    >>> heat_style(41.0, 27.0, 32.0)
    'bold white on red'
    """
    if value >= critical:
        return "bold white on red"
    if value >= warning:
        return "black on dark_orange"
    share = (value - 18.0) / ((warning if math.isfinite(warning) else 27.0) - 18.0)
    return next((style for bound, style in _COOL if share <= bound), _COOL[-1][1])


def halls_table(scene: Scene) -> RenderableType:
    """How each hall stands, in a line each."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("hall", "heat load", "carried away", "balance", "units to spare"):
        table.add_column(name, justify="left" if name == "hall" else "right")
    for hall in sorted(scene.halls.values(), key=lambda each: each.hall):
        table.add_row(
            hall.hall,
            _kilowatts(hall.heat_load),
            _kilowatts(hall.heat_removed),
            _balance(hall),
            "unknown" if hall.redundancy is None else str(hall.redundancy),
        )
    return table


def services_table(scene: Scene) -> RenderableType:
    """Time to limit of every service, the most urgent first; racks that have shut down cool off again."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("service")
    table.add_column("time to limit", justify="right")
    for name, left in sorted(scene.services.items(), key=lambda item: _urgency(scene, *item)):
        if name in scene.passed:
            table.add_row(name, Text(f"at its limit since {clock(scene.passed[name])}", style="bold red"))
        elif math.isnan(left):
            table.add_row(name, Text("nothing in sight", style="green"))
        else:
            table.add_row(name, Text(duration(left), style="bold red" if left < 900 else "yellow"))
    return table


def _urgency(scene: Scene, service: str, left: float) -> tuple[int, float]:
    if service in scene.passed:
        return 0, scene.passed[service]
    return (2, 0.0) if math.isnan(left) else (1, left)


def incidents_list(scene: Scene) -> RenderableType:
    """Firing incidents first, then the last that ended."""
    told = [each for each in scene.incidents.values() if each.state != State.PENDING]
    if not told:
        return Text("none", style="green")
    told.sort(key=lambda each: (each.state == State.RESOLVED, -each.updated))
    return Group(*(Text(incident_line(each), style=_style(each)) for each in told[:INCIDENTS_SHOWN]))


def _style(incident: Incident) -> str:
    return "dim" if incident.state == State.RESOLVED else _SEVERITY_STYLE[Severity(incident.severity)]


def _kilowatts(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} kW"


def _balance(hall: HallState) -> Text:
    if hall.balance is None:
        return Text(hall.balance_reason or "not known", style="dim")
    return Text(f"{hall.balance:+.0f} kW", style="bold red" if hall.balance > 0 else "green")
