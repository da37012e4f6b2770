"""Ranges of a scenario for a site that a person has described: what is known, else the middle."""

from __future__ import annotations

from config.scenario import Layout as Spans
from config.scenario import Range
from streams.simulator.known import Known
from streams.simulator.weather import wet_bulb

OUTDOOR = 20.0
HUMIDITY = 50.0


def middle_of(span: Range) -> float:
    """Half way between its ends."""
    return 0.5 * (span[0] + span[1])


def typical_spans(
    known: Known, outdoor: float | None, nominal: float, design: float, said: list[str]
) -> Spans:
    """The middle of every typical range, and what is known. ``nominal``, ``design``: kW of racks, units."""
    typical = Spans()
    middle = {name: middle_of(getattr(typical, name)) for name in Spans.model_fields}
    if known.supply_setpoint is not None:
        middle["supply_setpoint"] = known.supply_setpoint
    if known.water_setpoint is not None:
        middle["water_setpoint"] = known.water_setpoint
    # The coils are sized for water that is colder than the air they are to give.
    middle["water_setpoint"] = min(middle["water_setpoint"], middle["supply_setpoint"] - 4.0)
    said.append(
        f"set points: supply air {middle['supply_setpoint']:.1f} C, water {middle['water_setpoint']:.1f} C; "
        f"a chiller starts in {middle['chiller_start_s']:.0f} s"
    )
    if known.server_kj_per_k is not None:
        middle["server_kj_per_k_kw"] = known.server_kj_per_k / nominal
    if known.loop_litres is not None:
        middle["loop_litres_per_kw"] = known.loop_litres / design
    learned = known.server_kj_per_k is not None or known.loop_litres is not None
    source = ", as an earlier trouble has shown" if learned else ""
    said.append(
        f"heat capacity{source}: servers {middle['server_kj_per_k_kw']:.1f} kJ/K per kW, "
        f"{middle['loop_litres_per_kw']:.0f} l of water per kW, "
        f"{middle['surface_m2_per_rack']:.0f} m2 of floor and walls a rack"
    )
    middle["outdoor"] = next(t for t in (outdoor, known.outdoor, OUTDOOR) if t is not None)
    middle["outdoor_swing"] = middle["daily_swing"] = 0.0
    middle["wet_bulb_depression"] = middle["outdoor"] - wet_bulb(middle["outdoor"], HUMIDITY)
    said.append(f"outdoors {middle['outdoor']:.0f} C at {HUMIDITY:.0f} % relative humidity")
    return Spans.model_validate(middle)
