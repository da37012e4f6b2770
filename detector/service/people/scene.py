"""What a person at the terminal wants to see of the halls now, gathered from verdicts."""

from __future__ import annotations

import math
from collections.abc import Mapping

from config.kinds import Kind, Role
from config.points import parse_point
from config.site import Site
from detector.incidents.faults import State
from streams.messages import Forecasts, HallState, Incident, TickVerdict, Verdict


class Scene:
    """The newest temperatures, balances, forecasts and incidents."""

    def __init__(self, site: Site, kinds: Mapping[str, Kind]) -> None:
        self.site = site
        self.kinds = kinds
        self.now: int | None = None
        """End of the newest tick, ns."""
        self.inlets: dict[str, float] = {}
        """Hottest inlet by rack, degrees C."""
        self.halls: dict[str, HallState] = {}
        self.services: dict[str, float] = {}
        """Seconds to the limit by service; NaN where nothing is in sight."""
        self.passed: dict[str, int] = {}
        """End of the tick at which a service first was at its limit, until every incident is over."""
        self.racks: dict[str, float] = {}
        """The same by rack."""
        self.incidents: dict[str, Incident] = {}
        self._inlet_of: dict[str, dict[int, str]] = {}  # zone -> engine slot -> rack
        self._seen: dict[str, int] = {}  # zone -> how many ids were looked at
        self._place: dict[str, dict[int, float]] = {}  # rack -> slot -> newest value

    def take(self, verdict: Verdict, ids: list[str]) -> None:
        """Bring the scene up to a verdict; ``ids`` are the ids of the zone's engine."""
        self._find_inlets(verdict.zone, ids)
        for tick in verdict.ticks:
            self._take_tick(tick)
        for incident in verdict.incidents:
            self.incidents[incident.id] = incident
        if all(each.state == State.RESOLVED for each in self.incidents.values()):
            self.passed.clear()

    def limits(self, rack: str) -> tuple[float, float]:
        """Warning and critical limit of a rack's inlet; infinity where there is none."""
        limits = self.site.limits(f"{rack}/inlet_air_temperature")
        last = limits.critical if limits.critical is not None else limits.shutdown
        return (
            limits.warning if limits.warning is not None else math.inf,
            last if last is not None else math.inf,
        )

    def _take_tick(self, tick: TickVerdict) -> None:
        self.now = tick.end if self.now is None else max(self.now, tick.end)
        inlets = self._inlet_of.get(tick.zone, {})
        for slot, value in zip(tick.scores.point.tolist(), tick.scores.value.tolist(), strict=True):
            rack = inlets.get(slot)
            if rack is not None and not math.isnan(value):
                places = self._place.setdefault(rack, {})
                places[slot] = value
                self.inlets[rack] = max(places.values())
        for hall in tick.halls:
            self.halls[hall.hall] = hall
        services = _times(tick.services)
        self.services.update(services)
        for name, left in services.items():
            if left <= 0.0:
                self.passed.setdefault(name, tick.end)
        self.racks.update(_times(tick.racks))

    def _find_inlets(self, zone: str, ids: list[str]) -> None:
        known = self._inlet_of.setdefault(zone, {})
        for slot in range(self._seen.get(zone, 0), len(ids)):
            name = parse_point(ids[slot])
            kind = self.kinds.get(name.measure) if name else None
            if name and kind and kind.role is Role.RACK_INLET:
                known[slot] = name.equipment_id
        self._seen[zone] = len(ids)


def _times(forecasts: Forecasts) -> dict[str, float]:
    return dict(zip(forecasts.ids, forecasts.time_to_limit.tolist(), strict=True))
