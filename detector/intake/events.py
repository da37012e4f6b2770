"""What comes up while readings are taken in, and needs a decision."""

from __future__ import annotations

from dataclasses import dataclass

from streams.messages import Readings


@dataclass(frozen=True, slots=True)
class LimitCrossed:
    """A point's limit level changed, or a first reading went beyond."""

    slot: int
    time: int


@dataclass(frozen=True, slots=True)
class TickClosed:
    """The readings of one tick, and older ones that are their points' newest, in the order (time, point)."""

    end: int
    readings: Readings


@dataclass(frozen=True, slots=True)
class ClockStep:
    """The clocks of a zone were put on or back together, or nothing was read for so long."""

    by: int
    """How far stamps have moved beyond those before, ns; below zero where they were put back."""
    equipment: int
    """How much equipment bears it out."""
