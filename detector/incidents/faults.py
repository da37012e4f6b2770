"""The closed lists: categories, severities, states, and the tree of faults.

A finer fault names its parent, so that a first diagnosis can be coarse and a
later one finer without being a contradiction.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

from streams.messages import SEVERITY_CODE, STATE_CODE, Severity, State

__all__ = [
    "FAULTS",
    "SEVERITY_CODE",
    "STATE_CODE",
    "Category",
    "Severity",
    "State",
    "Tier",
    "category_of",
    "explains",
]


class Category(StrEnum):
    COOLING = "cooling"
    SENSOR = "sensor"
    TELEMETRY = "telemetry"
    OPERATIONS = "operations"


class Tier(IntEnum):
    """How far up the cooling chain a cause sits; the higher explains the lower."""

    POINT = 0
    RACK = 1
    UNIT = 2
    HALL = 3
    PLANT = 4


# fault -> (category, parent)
FAULTS: dict[str, tuple[Category, str | None]] = {
    "cooling_loss": (Category.COOLING, None),
    "chillers_lost": (Category.COOLING, "cooling_loss"),
    "pumps_lost": (Category.COOLING, "cooling_loss"),
    "units_lost": (Category.COOLING, "cooling_loss"),
    "towers_lost": (Category.COOLING, "cooling_loss"),
    "water_warm": (Category.COOLING, "cooling_loss"),
    "heat_wave": (Category.COOLING, "water_warm"),
    "flow_lost": (Category.COOLING, "cooling_loss"),
    "air_lock": (Category.COOLING, "flow_lost"),
    "valves_closed": (Category.COOLING, "flow_lost"),
    "control_failed": (Category.COOLING, "cooling_loss"),
    "unit_failed": (Category.COOLING, None),
    "chiller_tripped": (Category.COOLING, "unit_failed"),
    "pump_tripped": (Category.COOLING, "unit_failed"),
    "fan_failed": (Category.COOLING, "unit_failed"),
    "valve_stuck": (Category.COOLING, "unit_failed"),
    "lockout": (Category.COOLING, "unit_failed"),
    "hunting": (Category.COOLING, None),
    "redundancy_lost": (Category.COOLING, None),
    "efficiency_lost": (Category.COOLING, None),
    "filter_clogged": (Category.COOLING, "efficiency_lost"),
    "coil_fouled": (Category.COOLING, "efficiency_lost"),
    "belt_slipping": (Category.COOLING, "efficiency_lost"),
    "refrigerant_low": (Category.COOLING, "efficiency_lost"),
    "tower_fouled": (Category.COOLING, "efficiency_lost"),
    "low_delta_t": (Category.COOLING, "efficiency_lost"),
    "pump_worn": (Category.COOLING, "efficiency_lost"),
    "door_open": (Category.COOLING, "cooling_loss"),
    "hot_spot": (Category.COOLING, None),
    "leak": (Category.COOLING, None),
    "limit": (Category.COOLING, None),
    "sensor_fault": (Category.SENSOR, None),
    "sensor_stuck": (Category.SENSOR, "sensor_fault"),
    "sensor_implausible": (Category.SENSOR, "sensor_fault"),
    "sensor_doubtful": (Category.SENSOR, "sensor_fault"),
    "limit_unconfirmed": (Category.SENSOR, "sensor_fault"),
    "telemetry_lost": (Category.TELEMETRY, None),
    "bad_clock": (Category.TELEMETRY, None),
    "clock_step": (Category.TELEMETRY, None),
    "spool_full": (Category.OPERATIONS, None),
    "disk_full": (Category.OPERATIONS, None),
    "disk_budget": (Category.OPERATIONS, None),
    "disk_short": (Category.OPERATIONS, None),
    "letters_undelivered": (Category.OPERATIONS, None),
    "rejects_high": (Category.OPERATIONS, None),
    "points_refused": (Category.OPERATIONS, None),
    "zone_split": (Category.OPERATIONS, None),
    "topic_silent": (Category.OPERATIONS, None),
    "store_away": (Category.OPERATIONS, None),
    "records_missed": (Category.OPERATIONS, None),
    "topic_missing": (Category.OPERATIONS, None),
    "store_damaged": (Category.OPERATIONS, None),
    "store_lost": (Category.OPERATIONS, None),
    "store_dropped": (Category.OPERATIONS, None),
    "store_refused": (Category.OPERATIONS, None),
    "notify_away": (Category.OPERATIONS, None),
    "notify_refused": (Category.OPERATIONS, None),
    "checkpoint_late": (Category.OPERATIONS, None),
    "event_clock": (Category.OPERATIONS, None),
    "lag_high": (Category.OPERATIONS, None),
    "limits_only": (Category.OPERATIONS, None),
    "ticks_set_aside": (Category.OPERATIONS, None),
    "rule_failed": (Category.OPERATIONS, None),
    "part_failing": (Category.OPERATIONS, None),
    "snapshot_damaged": (Category.OPERATIONS, None),
}


def category_of(fault: str) -> Category:
    """Category of a fault; KeyError for a name that is not in the tree."""
    return FAULTS[fault][0]


def explains(ancestor: str, fault: str) -> bool:
    """Whether ``fault`` is ``ancestor`` or one of its finer forms.

    >>> explains("cooling_loss", "pumps_lost")
    True
    >>> explains("pumps_lost", "cooling_loss")
    False
    """
    step: str | None = fault
    while step is not None:
        if step == ancestor:
            return True
        step = FAULTS[step][1]
    return False
