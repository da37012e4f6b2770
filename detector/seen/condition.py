"""The condition of each piece of equipment: does it run, is it told to, what does it carry.

Signals contradict each other when something breaks (status on, fan at rest), so
each is read for what it proves: a run status of 0 or a shaft at rest proves
that it has stopped, whatever the other says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.seen.newest_values import NewestValues
from detector.seen.shared import OF_SEEN
from detector.threshold import TUNED, threshold
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of what proves that a machine runs."""

    power_at_rest: float = threshold(
        0.15, "", "a machine that draws less than this part of its usual power is taken to be at rest", TUNED
    )
    air_kj_per_litre_k: float = threshold(
        1.21e-3, "kJ/(l K)", "heat capacity of air at 20 C", "ASHRAE Fundamentals"
    )


T = Thresholds()


@dataclass(frozen=True, slots=True)
class Condition:
    """One row a piece of equipment; NaN where its points do not tell."""

    running: F64
    """1 runs, 0 has stopped: off, tripped, on standby or for no reason that is known."""
    ordered: F64
    """1 told to run, 0 told to stop."""
    tripped: F64
    """1 where it reports a fault of its own."""
    effort: F64
    """Air or water that it moves, as a part of full speed; NaN where it runs and its speed is mute."""
    heat: F64
    """Heat that it carries away, kW where flow is metered, else in a unit of its own."""
    rest_proofs: F64
    """How many of run status, speed and power say that it is at rest."""


def judge_condition(values: NewestValues, usual_power: F64, top_speed: F64) -> Condition:
    """Read the condition of all equipment from the newest values.

    ``usual_power`` is in kW, NaN where not known; ``top_speed`` is the fastest
    that each shaft has been seen to turn, in the unit that it reports.
    """
    status = values.column(Role.RUN_STATUS)
    fan = _percent(values.column(Role.FAN_SPEED), top_speed)
    power = values.column(Role.POWER)
    flow = values.column(Role.FLOW)
    air_flow = values.column(Role.AIR_FLOW)

    with np.errstate(invalid="ignore"):
        by_power = np.where(power < T.power_at_rest * usual_power, 0.0, 1.0)
        by_power[~(np.isfinite(power) & np.isfinite(usual_power))] = np.nan
        by_fan = np.where(np.isfinite(fan), (fan >= OF_SEEN.at_rest_percent).astype(float), np.nan)
        by_status = np.where(np.isfinite(status), (status >= 0.5).astype(float), np.nan)
        rest_proofs = (by_status == 0.0).astype(float) + (by_fan == 0.0) + (by_power == 0.0)
        running = np.fmin(by_status, by_fan)
        running = np.where(np.isnan(running), by_power, running)

        command = values.column(Role.RUN_COMMAND)
        fan_command = values.column(Role.FAN_COMMAND)
        by_command = np.where(np.isfinite(command), (command >= 0.5).astype(float), np.nan)
        by_fan_command = np.where(
            np.isfinite(fan_command), (fan_command >= OF_SEEN.at_rest_percent).astype(float), np.nan
        )
        ordered = np.where(np.isfinite(by_command), by_command, by_fan_command)

        # A shaft that has told its speed and is mute now turns at a speed that nobody knows.
        unknown = np.where(top_speed > 0.0, np.nan, running)
        effort = np.where(np.isfinite(fan), fan / 100.0, unknown)
        effort = np.where(running == 0.0, 0.0, effort)
        heat = _heat(values, effort, flow, air_flow, running)
    return Condition(running, ordered, values.column(Role.ALARM), effort, heat, rest_proofs)


def _heat(values: NewestValues, effort: F64, flow: F64, air_flow: F64, running: F64) -> F64:
    """Air side where it is measured, else water side."""
    drop = values.column(Role.RETURN_AIR) - values.column(Role.SUPPLY_AIR)
    rise = values.column(Role.WATER_RETURN) - values.column(Role.WATER_SUPPLY)
    by_air = np.where(np.isfinite(air_flow), T.air_kj_per_litre_k * air_flow * drop, effort * drop)
    by_water = OF_SEEN.water_kj_per_litre_k * flow * rise
    heat = np.where(np.isfinite(by_air), by_air, by_water)
    return np.where(running == 0.0, 0.0, heat)


def _percent(speed: F64, top_speed: F64) -> F64:
    """Shafts that report rpm are read against their own fastest."""
    return np.where(top_speed > OF_SEEN.most_percent, 100.0 * speed / np.fmax(top_speed, 1.0), speed)
