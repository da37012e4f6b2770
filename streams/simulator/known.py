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
    """Machines that ran of late; the others of their kind stand by."""
    measures: frozenset[tuple[str, str]] = frozenset()
    """(equipment, role of its kind) of every point that was heard."""
    supply_setpoint: float | None = None
    """degC"""
    water_setpoint: float | None = None
    """degC"""
    outdoor: float | None = None
    """degC"""
