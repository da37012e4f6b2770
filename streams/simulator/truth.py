"""What really happened in a simulation: onset, root, which racks and services dropped, and when."""

from __future__ import annotations

from datetime import UTC, datetime
from fnmatch import fnmatchcase

import msgspec
import numpy as np

from config.scenario import Scenario
from streams.messages import SECOND
from streams.simulator.faults import Event
from streams.simulator.layout import F64, Layout


class TruthEvent(msgspec.Struct, frozen=True):
    """What was wrong where, from when to when; times are RFC 3339, None = until the end."""

    kind: str
    equipment: str
    start: str
    end: str | None


class Truth(msgspec.Struct, frozen=True):
    """As written to `truth.json`; times are RFC 3339, None = never."""

    scenario: str
    seed: int
    kind: str
    onset: str | None
    """First change in the physics of a scenario in which something is wrong."""
    fault: str | None
    root: str | None
    first_drop: str | None
    """When the first service dropped."""
    services: dict[str, str | None]
    margin_gone: str | None
    """When the load could first not have been carried with one more unit (or a spare chiller) lost."""
    events: list[TruthEvent]
    racks: dict[str, str] = {}
    """The racks that shut down, and when."""

    def json(self) -> bytes:
        """As written to `truth.json`."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


def make_truth(
    scenario: Scenario,
    seed: int,
    site: Layout,
    events: tuple[Event, ...],
    drop_time: F64,
    margin_gone: float,
    epoch: int,
) -> Truth:
    """``drop_time``: f8[racks], seconds, NaN = up; ``epoch``: ns of second zero."""

    def stamp(seconds: float) -> str | None:
        if not np.isfinite(seconds):
            return None
        at = datetime.fromtimestamp((epoch + int(seconds * SECOND)) / SECOND, UTC)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    wrong = scenario.fault is not None
    first = events[0] if events and wrong else None
    onsets = [event.start for event in events if event.physical]
    onset = onsets[0] if onsets and wrong else np.nan
    drops = {service.name: service_drop(drop_time, service.racks, service.needs) for service in site.services}
    return Truth(
        scenario=scenario.name,
        seed=seed,
        kind=scenario.kind,
        onset=stamp(onset),
        fault=scenario.fault if first else None,
        root=_root(scenario, site, events) if first else None,
        first_drop=stamp(min(drops.values(), default=np.inf)),
        services={name: stamp(at) for name, at in drops.items()},
        margin_gone=stamp(margin_gone) if wrong else None,
        events=[TruthEvent(e.kind, e.equipment, stamp(e.start) or "", stamp(e.end)) for e in events],
        racks={name: stamp(t) or "" for name, t in zip(site.racks, drop_time, strict=True) if np.isfinite(t)},
    )


def service_drop(drop_time: F64, racks: tuple[int, ...], needs: int) -> float:
    """When fewer than ``needs`` of the service's racks are up; inf = never."""
    times = np.sort(np.nan_to_num(drop_time[list(racks)], nan=np.inf))
    return float(times[len(racks) - needs])


def _root(scenario: Scenario, site: Layout, events: tuple[Event, ...]) -> str:
    """The equipment of the first event that the scenario's glob matches; a zone or hall by its name."""
    if scenario.root is None:
        return events[0].equipment
    for event in events:
        if fnmatchcase(event.equipment, scenario.root):
            return event.equipment
    return scenario.root
