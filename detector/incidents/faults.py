"""The closed lists: categories, severities, states, and the tree of faults.

A finer fault names its parent, so that a first diagnosis can be coarse and a
later one finer without being a contradiction.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import NamedTuple

from detector.incidents.own_faults import OPERATIONS, Tree
from streams.messages import SEVERITY_CODE, STATE_CODE, Severity, State

__all__ = [
    "FAULTS",
    "SEVERITY_CODE",
    "STATE_CODE",
    "Category",
    "Fault",
    "Severity",
    "State",
    "Tier",
    "category_of",
    "explains",
]


class Category(StrEnum):
    """What sort of thing is wrong; `docs/incidents.md` says what each is about."""

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


class Fault(NamedTuple):
    """A fault of the tree."""

    category: Category
    parent: str | None
    """The coarser fault of which it is a form; None for a root of the tree."""
    meaning: str
    """What is wrong, as `docs/faults.md` says it."""


# fault -> (parent, meaning), by category.
_COOLING: Tree = {
    "cooling_loss": (
        None,
        "chillers and pumps stopped together, a hall keeps its heat, or all its inlets warm together",
    ),
    "chillers_lost": (
        "cooling_loss",
        "all chillers that were in service have stopped, and not because they were told to",
    ),
    "pumps_lost": (
        "cooling_loss",
        "the same for the pumps; of pumps that nothing tells of, flow and pressure are gone",
    ),
    "units_lost": (
        "cooling_loss",
        "the units that carried most of a hall's heat have stopped, or half of them, and at least three, "
        "have failed one after another",
    ),
    "towers_lost": (
        "cooling_loss",
        "all cooling towers have stopped while chillers run, and the condenser water warms",
    ),
    "water_warm": ("cooling_loss", "chilled water is warmer than set and than usual"),
    "heat_wave": (
        "water_warm",
        "the water comes too warm while every fan that gives heat off runs at its fullest, on a day warmer"
        " than the last",
    ),
    "flow_lost": ("cooling_loss", "chilled water hardly flows any more though pumps run"),
    "air_lock": (
        "flow_lost",
        "pumps run and make neither their pressure nor their flow: air in the loop, or too little water",
    ),
    "valves_closed": ("flow_lost", "pumps run and make their pressure, and no water flows: valves are shut"),
    "control_failed": (
        "cooling_loss",
        "most of a hall's units were told to stop with the load still on, or leave their valves where they"
        " were while the air they supply gets warm, or set points were raised by more than 6 K and the "
        "hall warms",
    ),
    "unit_failed": (
        None,
        "one cooling unit, chiller, pump or tower (the root) has stopped against its command, reports a "
        "fault, or does not cool as its water, valve and fan should make it",
    ),
    "chiller_tripped": (
        "unit_failed",
        "one chiller has stopped against its command or reports a fault, others run",
    ),
    "pump_tripped": ("unit_failed", "the same of a pump"),
    "fan_failed": (
        "unit_failed",
        "a unit is on and its fan does not follow its command, or hardly any air passes it: its valve "
        "shuts and the others' do not",
    ),
    "valve_stuck": ("unit_failed", "a unit's valve does not follow its command"),
    "lockout": ("unit_failed", "a unit has stopped itself with its return air far above the usual"),
    "hunting": (
        None,
        "a cooling unit's valve or fan swings to and fro without end, and what it commands with it",
    ),
    "redundancy_lost": (
        None,
        "units of a hall, or chillers, have failed, and with one more lost the load is not carried: now, "
        "or in the warmest air expected outdoors within a day",
    ),
    "efficiency_lost": (
        None,
        "a machine slowly does worse than it did under the same conditions; nothing is hot yet",
    ),
    "filter_clogged": (
        "efficiency_lost",
        "a cooling unit's filter takes more pressure for the same air, and less air comes through",
    ),
    "coil_fouled": (
        "efficiency_lost",
        "a cooling unit's valve must open further for the same cooling, while its peers' need not",
    ),
    "belt_slipping": (
        "efficiency_lost",
        "a fan moves less air for its speed, and the filter is not the reason",
    ),
    "refrigerant_low": (
        "efficiency_lost",
        "a chiller takes more power for the same cooling; from outside the same as a fouled condenser",
    ),
    "tower_fouled": ("efficiency_lost", "the cooling towers reject less heat for each kelvin over the air"),
    "low_delta_t": (
        "efficiency_lost",
        "the chilled water warms less than it did at this load, and more of it is pumped: an open bypass, "
        "valves that let too much through",
    ),
    "pump_worn": (
        "efficiency_lost",
        "the pumps make less pressure at equal speed and flow, and take more power for it",
    ),
    "door_open": (
        "cooling_loss",
        "a hall's inlets warm far while all its units run and supply what they should: warm air comes in",
    ),
    "hot_spot": (
        None,
        "one rack's inlet is warmer than supply air and load explain, while its hall is still",
    ),
    "leak": (None, "a leak sensor reports water"),
    "limit": (
        None,
        "a limit is passed, shown by two readings in a row or by two points, and told with the second, "
        "however long a tick is; readings with old stamps raise it too, and the page says how old they are",
    ),
}
_SENSOR: Tree = {
    "sensor_fault": (None, "a sensor cannot be believed"),
    "sensor_stuck": ("sensor_fault", "a value that always moved has stopped moving"),
    "sensor_implausible": (
        "sensor_fault",
        "a value outside its kind's range, or one that changes faster than physics allows",
    ),
    "sensor_doubtful": ("sensor_fault", "a rack's sensor reads more than is usual and nothing near it does"),
    "probe_missing": (
        "sensor_fault",
        "points that never read anything but 0, -1, 85, -127 or the like, as nothing near them does, or "
        "never moved while all like them did: no probe is fitted; they are no part of any mean, and no "
        "witness",
    ),
    "limit_unconfirmed": (
        "sensor_fault",
        "a value jumped beyond a limit and stayed there for a minute, or a sensor is beyond a physical "
        "limit and no other rack, or other place of its own, bears it out: look at it",
    ),
}
_TELEMETRY: Tree = {
    "telemetry_lost": (
        None,
        "points, equipment, a hall or most of a zone have fallen silent together, until the last of them is "
        "heard again or left out by the site file; what is sent only when it changes is not missed",
    ),
    "source_failed": (
        None,
        "a gateway, controller or collector gives constants for values, repeats the last, or jumps as "
        "nothing else does: what comes through it is not believed until its own values come back",
    ),
    "unit_changed": (
        None,
        "temperatures read together what they would in another unit (F for C, tenths, kelvins): none of them "
        "is believed until it is changed back",
    ),
    "renamed": (
        "telemetry_lost",
        "a point has ended, and a new name goes on with its values; the page says the line for the site file",
    ),
    "two_sources": (
        None,
        "readings of one id come from two sources in turn: two machines send under it, or two names are "
        "mapped onto it",
    ),
    "bad_clock": (
        None,
        "equipment whose clock runs ahead of all others, and its readings are refused, or far behind them",
    ),
    "clock_step": (
        None,
        "the clocks of most of a zone were put on or back together, or nothing came in for so long; told "
        "once a step, see below",
    ),
}
FAULTS: dict[str, Fault] = {
    name: Fault(category, parent, meaning)
    for category, tree in (
        (Category.COOLING, _COOLING),
        (Category.SENSOR, _SENSOR),
        (Category.TELEMETRY, _TELEMETRY),
        (Category.OPERATIONS, OPERATIONS),
    )
    for name, (parent, meaning) in tree.items()
}
"""All faults, in the order of the tree."""


def category_of(fault: str) -> Category:
    """Category of a fault; KeyError for a name that is not in the tree."""
    return FAULTS[fault].category


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
        step = FAULTS[step].parent
    return False
