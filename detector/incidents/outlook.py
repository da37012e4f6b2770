"""What the forecast says of a hall, or of a whole zone, in a few figures."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from detector.threshold import FOR_READERS, threshold
from streams.messages import Forecasts, ServiceTime


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of a forecast that is told anew."""

    forecast_moved: float = threshold(
        0.33, "", "a forecast is told anew when it has moved by this part of itself...", FOR_READERS
    )
    forecast_noise_s: float = threshold(60.0, "s", "...and by more than a few ticks", FOR_READERS)


T = Thresholds()


@dataclass(frozen=True, slots=True)
class Outlook:
    """The forecast of a hall, or of a zone."""

    time_to_limit: float | None
    """Seconds until the first rack is at its limit; None = not within six hours."""
    services: tuple[ServiceTime, ...]


def outlook_of(halls: Iterable[str], racks: Forecasts, services: Forecasts) -> dict[str, Outlook]:
    """The outlook of ``halls``, those that are on a trajectory, and under "" that of the zone."""
    found = {}
    for hall in halls:
        found[hall] = _outlook(racks, services, hall)
    if found:
        found[""] = _outlook(racks, services, None)
    return found


def _outlook(racks: Forecasts, services: Forecasts, hall: str | None) -> Outlook:
    times = [
        float(time)
        for time, where in zip(racks.time_to_limit, racks.halls, strict=True)
        if hall in (None, where) and not math.isnan(time)
    ]
    carried = tuple(
        ServiceTime(name, None if math.isnan(time) else float(time))
        for name, where, time in zip(services.ids, services.halls, services.time_to_limit, strict=True)
        if hall in (None, where)
    )
    return Outlook(min(times) if times else None, carried)


def has_moved(told: float | None, left: float | None) -> bool:
    """Whether a time to limit, s, differs by enough from the one told; None = not in sight."""
    if told is None or left is None:
        return told is not left
    return abs(left - told) > T.forecast_moved * max(told, left) and abs(left - told) > T.forecast_noise_s
