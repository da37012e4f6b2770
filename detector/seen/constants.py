"""Constants that stand for no reading: what gateways, registers and probes give that have nothing to say.

A register that was never written reads 0, one that could not be read all ones; both come
scaled as the value would have been, and turned into other units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.kinds import Kind, Role
from detector.threshold import threshold
from streams.messages import F64

MODBUS = "Modbus Application Protocol 1.1b3; SunSpec Information Model, unimplemented values"
DS18B20 = "DS18B20, data sheet of Maxim, and common drivers"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of constants that stand for no reading."""

    registers: tuple[float, ...] = threshold(
        (65535.0, 65534.0, 32767.0, -32768.0),
        "",
        "all ones and ends of registers of 16 bits, as they are and scaled",
        MODBUS,
    )
    scales: tuple[float, ...] = threshold(
        (1.0, 10.0, 100.0, 1000.0), "", "what registers are divided by", MODBUS
    )
    long_registers: tuple[float, ...] = threshold(
        (4294967295.0, 2147483647.0, -2147483648.0), "", "the same of 32 bits", MODBUS
    )
    of_probes: tuple[float, ...] = threshold(
        (-127.0, 85.0), "C", "a probe that is not there, and one that has measured nothing yet", DS18B20
    )
    of_software: tuple[float, ...] = threshold(
        (-1.0, -99.0, -999.0, -9999.0, -99999.0, 9999.0, 99999.0),
        "",
        "what agents, loggers and weather stations write for nothing",
        "practice of SNMP agents and data loggers (missing-value codes)",
    )
    huge: float = threshold(1e30, "", "beyond this a number is the end of its format", "IEEE 754")
    zero_as: tuple[float, ...] = threshold(
        (0.0, -160.0 / 9.0, -273.15), "C", "what 0 becomes that was taken for C, F and K", "ISO 80000-5"
    )
    zero_within: float = threshold(0.01, "K", "how exactly these come out", "ISO 80000-5")
    alike: float = threshold(1e-6, "", "values this close are one constant", "IEEE 754")


T = Thresholds()

_SAME = {x / scale: x for x in T.registers for scale in T.scales}
_TABLE = np.array(sorted({*T.long_registers, *T.of_probes, *T.of_software, *_SAME}))
_MEANS = np.array([_SAME.get(x, x) for x in _TABLE.tolist()])


def constant_of(value: F64, celsius: np.ndarray) -> tuple[F64, np.ndarray]:
    """What constant each value is, whatever its scale, f8[n], and whether it stands for nothing, b1[n].

    ``celsius`` b1[n]: temperatures, whose 0 may have been of another scale. The
    constant of what is none of the list is the value itself.
    """
    constant = value.copy()
    zero = np.abs(value) <= T.alike
    for other in T.zero_as[1:]:
        zero |= celsius & (np.abs(value - other) <= T.zero_within)
    constant[zero] = 0.0
    at = np.minimum(np.searchsorted(_TABLE, value - T.alike), len(_TABLE) - 1)
    listed = np.abs(_TABLE[at] - value) <= T.alike
    constant[listed] = _MEANS[at[listed]]
    huge = np.abs(value) >= T.huge
    constant[huge] = np.copysign(T.huge, value[huge])
    return constant, listed | huge


def never_zero(kind: Kind) -> bool:
    """Whether a measure cannot be exactly 0 where machines run: temperatures and humidity."""
    return is_temperature(kind) or kind.role is Role.HUMIDITY


def is_temperature(kind: Kind) -> bool:
    """Whether it is measured in degrees, and not set."""
    return kind.unit == "degC" and np.isfinite(kind.max_rate)
