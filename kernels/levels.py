"""The levels of a value against its limits, low and high, and what proves one."""

from __future__ import annotations

from kernels.jit import kernel

# Columns of the limits array, and the levels that they stand for.
LOW_CRITICAL, LOW_WARNING, WARNING, CRITICAL, SHUTDOWN = range(5)
LEVEL_NONE, LEVEL_WARNING, LEVEL_CRITICAL, LEVEL_SHUTDOWN = range(4)


@kernel()
def level_of(
    value: float,
    low_critical: float,
    low_warning: float,
    warning: float,
    critical: float,
    shutdown: float,
    deadband: float,
    held: int,
) -> int:
    """Level of a value, holding the level ``held`` until it is back by the deadband."""
    level = LEVEL_NONE
    slack = deadband if held >= LEVEL_WARNING else 0.0
    if value > warning - slack or value < low_warning + slack:
        level = LEVEL_WARNING
    slack = deadband if held >= LEVEL_CRITICAL else 0.0
    if value > critical - slack or value < low_critical + slack:
        level = LEVEL_CRITICAL
    slack = deadband if held >= LEVEL_SHUTDOWN else 0.0
    if value > shutdown - slack:
        level = LEVEL_SHUTDOWN
    return level


@kernel()
def confirmed(level: int, raw: int, was_raw: int) -> int:
    """The level that this reading and the one before it prove together."""
    if min(raw, was_raw) > level:
        return min(raw, was_raw)
    if max(raw, was_raw) < level:
        return max(raw, was_raw)
    return level
