"""All rules: the one list that the engine, the settings, the documentation and the benchmarks read.

Limits are none of them: they are apart from everything that can fail, and cannot be switched off.
"""

from __future__ import annotations

from collections.abc import Collection

from detector.rules.cooling_units.failing import unit_failed, units_lost
from detector.rules.cooling_units.hunting_loops import hunting
from detector.rules.halls.controls import control_failed
from detector.rules.halls.cooling_loss import cooling_loss, door_open
from detector.rules.halls.redundancy import redundancy_lost
from detector.rules.plant.leaks import leak
from detector.rules.plant.machines import machine_failed, plant_stopped
from detector.rules.plant.towers import towers_lost
from detector.rules.plant.water import flow_lost, water_warm
from detector.rules.racks.hot_spot import hot_spot
from detector.rules.rule import Rule
from detector.rules.sensors.sensor_faults import sensor_doubtful, sensor_fault
from detector.rules.slow.decay import efficiency_lost
from detector.rules.telemetry.silence import telemetry_lost
from detector.rules.telemetry.source_failures import source_failed
from detector.rules.telemetry.two_sources import two_sources

__all__ = ["RULES", "Rule", "without"]

_OF_ONE_UNIT = ("unit_failed", "fan_failed", "valve_stuck", "lockout")

RULES: tuple[Rule, ...] = (
    Rule(flow_lost, ("flow_lost", "air_lock", "valves_closed", "pumps_lost")),
    Rule(plant_stopped, ("chillers_lost", "pumps_lost", "cooling_loss")),
    Rule(machine_failed, ("chiller_tripped", "pump_tripped", "unit_failed")),
    Rule(water_warm, ("water_warm", "heat_wave")),
    Rule(towers_lost, ("towers_lost", "unit_failed")),
    Rule(units_lost, ("units_lost", "control_failed")),
    Rule(unit_failed, ("units_lost", *_OF_ONE_UNIT)),
    Rule(control_failed, ("control_failed",)),
    Rule(cooling_loss, ("cooling_loss", "control_failed", *_OF_ONE_UNIT)),
    Rule(door_open, ("door_open", *_OF_ONE_UNIT)),
    Rule(hot_spot, ("hot_spot",)),
    Rule(redundancy_lost, ("redundancy_lost",)),
    Rule(hunting, ("hunting",)),
    Rule(leak, ("leak",)),
    Rule(
        efficiency_lost,
        (
            "filter_clogged",
            "coil_fouled",
            "belt_slipping",
            "refrigerant_low",
            "tower_fouled",
            "low_delta_t",
            "pump_worn",
        ),
    ),
    Rule(sensor_fault, ("sensor_implausible", "sensor_stuck")),
    Rule(sensor_doubtful, ("sensor_doubtful",)),
    Rule(telemetry_lost, ("telemetry_lost",)),
    Rule(source_failed, ("source_failed", "unit_changed", "probe_missing")),
    Rule(two_sources, ("two_sources",)),
)


def without(off: Collection[str]) -> tuple[Rule, ...]:
    """The rules but for those that are switched ``off``, by name."""
    return tuple(rule for rule in RULES if rule.name not in off)
