"""Wet-bulb temperature of outdoor air."""

from __future__ import annotations

from math import atan, sqrt


def wet_bulb(temperature: float, humidity: float) -> float:
    """degC, of air at ``temperature`` (degC, -20 to 50) and ``humidity`` (%, 5 to 99) at sea level.

    R. Stull, "Wet-Bulb Temperature from Relative Humidity and Air Temperature",
    Journal of Applied Meteorology and Climatology 50 (2011), equation 1.
    """
    return (
        temperature * atan(0.151977 * sqrt(humidity + 8.313659))
        + atan(temperature + humidity)
        - atan(humidity - 1.676331)
        + 0.00391838 * humidity**1.5 * atan(0.023101 * humidity)
        - 4.686035
    )
