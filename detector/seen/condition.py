"""The condition of each piece of equipment: does it run, is it told to, what does it carry.

Signals contradict each other when something breaks (status on, fan at rest), so
each is read for what it proves: a run status of 0 or a shaft at rest proves
that it has stopped, whatever the other says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.seen.picture import Picture
from streams.messages import F64

# Below this part of full speed a fan or pump moves nothing worth counting.
AT_REST_PERCENT = 5.0
# A speed beyond this cannot be a percentage.
MOST_PERCENT = 150.0
# Below this part of its usual power a machine is taken to have stopped.
STOPPED_POWER = 0.15
# Heat capacity of a litre of water, kJ/(l K), and of air, kJ/(l K), at 20 C (ASHRAE Fundamentals).
WATER_KJ_PER_LITRE_K = 4.18
AIR_KJ_PER_LITRE_K = 1.21e-3


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


def judge_condition(picture: Picture, usual_power: F64, top_speed: F64) -> Condition:
    """Read the condition of all equipment from the picture.

    ``usual_power`` is in kW, NaN where not known; ``top_speed`` is the fastest
    that each shaft has been seen to turn, in the unit that it reports.
    """
    status = picture.column(Role.RUN_STATUS)
    fan = _percent(picture.column(Role.FAN_SPEED), top_speed)
    power = picture.column(Role.POWER)
    flow = picture.column(Role.FLOW)
    air_flow = picture.column(Role.AIR_FLOW)

    with np.errstate(invalid="ignore"):
        by_power = np.where(power < STOPPED_POWER * usual_power, 0.0, 1.0)
        by_power[~(np.isfinite(power) & np.isfinite(usual_power))] = np.nan
        by_fan = np.where(np.isfinite(fan), (fan >= AT_REST_PERCENT).astype(float), np.nan)
        by_status = np.where(np.isfinite(status), (status >= 0.5).astype(float), np.nan)
        running = np.fmin(by_status, by_fan)
        running = np.where(np.isnan(running), by_power, running)

        command = picture.column(Role.RUN_COMMAND)
        fan_command = picture.column(Role.FAN_COMMAND)
        by_command = np.where(np.isfinite(command), (command >= 0.5).astype(float), np.nan)
        by_fan_command = np.where(
            np.isfinite(fan_command), (fan_command >= AT_REST_PERCENT).astype(float), np.nan
        )
        ordered = np.where(np.isfinite(by_command), by_command, by_fan_command)

        # A shaft that has told its speed and is mute now turns at a speed that nobody knows.
        unknown = np.where(top_speed > 0.0, np.nan, running)
        effort = np.where(np.isfinite(fan), fan / 100.0, unknown)
        effort = np.where(running == 0.0, 0.0, effort)
        heat = _heat(picture, effort, flow, air_flow, running)
    return Condition(running, ordered, picture.column(Role.ALARM), effort, heat)


def _heat(picture: Picture, effort: F64, flow: F64, air_flow: F64, running: F64) -> F64:
    """Air side where it is measured, else water side."""
    drop = picture.column(Role.RETURN_AIR) - picture.column(Role.SUPPLY_AIR)
    rise = picture.column(Role.WATER_RETURN) - picture.column(Role.WATER_SUPPLY)
    by_air = np.where(np.isfinite(air_flow), AIR_KJ_PER_LITRE_K * air_flow * drop, effort * drop)
    by_water = WATER_KJ_PER_LITRE_K * flow * rise
    heat = np.where(np.isfinite(by_air), by_air, by_water)
    return np.where(running == 0.0, 0.0, heat)


def _percent(speed: F64, top_speed: F64) -> F64:
    """Shafts that report rpm are read against their own fastest."""
    return np.where(top_speed > MOST_PERCENT, 100.0 * speed / np.fmax(top_speed, 1.0), speed)
