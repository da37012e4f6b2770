"""What a fault can change: tables of parameters, one row an equipment, all views on one flat array.

A fault is then only "this cell goes to that value, from then, over so long",
and the physics reads the cells without knowing about faults.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

COLUMNS: dict[str, dict[str, float]] = {
    "unit": {
        "command": 1.0,  # what the building management system asks: run or stop
        "powered": 1.0,
        "tripped": 0.0,
        "fan_factor": 1.0,  # fan speed reached per speed asked
        "air_factor": 1.0,  # air moved per fan speed: a slipping or broken belt
        "filter_resistance": 1.0,  # filter pressure drop as a multiple of a clean filter's
        "coil_factor": 1.0,  # UA as a part of a clean coil's
        "valve_stuck": -1.0,  # position 0..1, below zero = free
        "water_factor": 1.0,  # branch conductance: isolation valves, air in the coil
        "frozen": 0.0,  # the controller no longer changes its outputs
        "fan_forced": -1.0,  # fan command 0..1, below zero = free
        "setpoint_shift": 0.0,
        "lockout_temperature": 99.0,  # return air that locks the unit out, degC
        "gain_factor": 1.0,  # of the valve's controller: badly tuned it hunts
    },
    "chiller": {
        "command": 1.0,
        "powered": 1.0,
        "tripped": 0.0,
        "start_blocked": 0.0,
        "capacity_factor": 1.0,
        "setpoint_shift": 0.0,
        "condenser_factor": 1.0,  # heat rejection per kelvin as a part of a clean condenser's
        "rest": 0.0,  # its turn to be on standby: it stops once another has taken over
        "charge": 1.0,  # refrigerant as a part of the right charge
    },
    "pump": {
        "command": 1.0,
        "powered": 1.0,
        "tripped": 0.0,
        "signal_lost": 0.0,  # the run command does not reach the pump
        "speed_factor": 1.0,
        "rest": 0.0,
    },
    "tower": {"powered": 1.0, "fan_factor": 1.0, "fill_factor": 1.0},
    "plant": {
        "air_lock": 0.0,  # part of the pump head lost to air in the loop
        "header_factor": 1.0,  # conductance of the header valves
        "outdoor_shift": 0.0,
        "wet_bulb_shift": 0.0,
        "bypass_factor": 1.0,  # conductance past the coils: open bypasses, three-way valves
    },
    "hall": {"load_factor": 1.0, "unmetered_factor": 1.0, "door_flow": 0.0},  # door_flow in kW/K a row
    "rack": {"load_factor": 1.0, "recirculation": 0.0},
}
"""Column names of each table with their healthy values."""


def columns(table: str) -> tuple[int, ...]:
    """Indices of all columns of a table of `COLUMNS`."""
    return tuple(range(len(COLUMNS[table])))


class Parameters(NamedTuple):
    """Tables of shape (equipment, columns of `COLUMNS`), views on one flat array."""

    unit: F64
    chiller: F64
    pump: F64
    tower: F64
    plant: F64
    hall: F64
    rack: F64


def make_parameters(sizes: dict[str, int]) -> tuple[F64, Parameters]:
    """The flat array of healthy values and its tables, for so many of each equipment."""
    flat = np.concatenate([np.tile(list(COLUMNS[name].values()), sizes[name]) for name in COLUMNS])
    views = {}
    start = 0
    for name, defaults in COLUMNS.items():
        stop = start + sizes[name] * len(defaults)
        views[name] = flat[start:stop].reshape(sizes[name], len(defaults))
        start = stop
    return flat, Parameters(**views)


def cell(sizes: dict[str, int], table: str, row: int, column: str) -> int:
    """Index in the flat array of one parameter of one equipment. Raises KeyError for an unknown table."""
    start = 0
    for name, defaults in COLUMNS.items():
        if name == table:
            return start + row * len(defaults) + list(defaults).index(column)
        start += sizes[name] * len(defaults)
    raise KeyError(table)


class Effects(NamedTuple):
    """Changes of parameters over time, one row a change, in order of precedence.

    From ``start`` the cell moves in a straight line to ``value`` over ``ramp``
    seconds, stays, and at ``end`` is as healthy again.
    """

    cell: NDArray[np.int64]
    start: F64
    ramp: F64
    end: F64
    value: F64
