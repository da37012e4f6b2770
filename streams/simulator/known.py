"""What telemetry has told of a zone, beyond its site file."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Known:
    """All of it may be empty: then typical values stand in."""

    equipment: tuple[str, ...] = ()
    """Ids that were heard of."""
    power_kw: dict[str, float] = field(default_factory=dict)
    """What racks and PDUs usually draw."""
    running: frozenset[str] = frozenset()
    """Machines that ran of late; the others of their kind are on standby."""
    measures: frozenset[tuple[str, str]] = frozenset()
    """(equipment, role of its kind) of every point that was heard."""
    server_kj_per_k: float | None = None
    """Heat that the servers of the zone take up, kJ/K, where an earlier trouble has shown it."""
    loop_litres: float | None = None
    """Water in the loop, from the same."""
    capacity_kw: dict[str, float] = field(default_factory=dict)
    """What machines carried when they had no more to give."""
    supply_setpoint: float | None = None
    """degC"""
    water_setpoint: float | None = None
    """degC"""
    outdoor: float | None = None
    """degC"""
