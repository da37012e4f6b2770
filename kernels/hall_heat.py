"""How the air and the water of a hall warm, for many guesses of what cannot be measured at once.

A hall is six lumps of heat that exchange air, water and contact: the air that
racks breathe in, the air that they give off, the metal of servers, what the
air touches (floor, walls, cabinets), the water on its way to the coils and on
its way back (lumped capacitances as in Incropera et al., Fundamentals of Heat
and Mass Transfer, ch. 5; their arrangement follows Khankari, "Rate of Heating
Analysis of Data Centers during Power Shutdown", ASHRAE Transactions 117). All
is reckoned per kW of the hall's usual load, so capacities are seconds per
kelvin and flows are kW/K over kW.

Each lump is stepped with its own temperature taken at the end of the step,
which is stable for any step and exact at rest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.jit import kernel

F64 = NDArray[np.float64]

GUESSED = (
    "air",  # heat capacity of the air, kJ/K per kW
    "metal",  # of the servers, kJ/K per kW
    "contact",  # servers above their air at the usual load, K
    "mass",  # what the air touches, kJ/K per kW
    "surface",  # between that and the air, kW/K per kW
    "water",  # all of the loop, kJ/K per kW
    "excess",  # air that the units move over that through the racks
    "reserve",  # part of the heat left in the air that a wide open coil could still take
    "coil",  # time constant of the coils, s
    "chillers",  # heat that the chillers in service can take over the usual
    "delay",  # of what the inlets show, s
    "water_delay",  # of what is shown of water, s
    "fans",  # server fans speed up by this part per K above `FANS_FROM`
    "fan_power",  # heat of the units' fans at their usual speed over the load; grows with its cube
    "ramp",  # units' fans speed up by this part per K that inlets go on to warm
    "bypass",  # part of the water that never sees a coil
    "other",  # heat of lights and losses over that of the racks
    "place",  # of the sensor in cold water: 0 along the pipe, 1 where water leaves the chillers
    "cells",  # mixed volumes in line that each way of the loop is worth, 1 to 4
    "belief",  # see `AS_TOLD`
    "since",  # when a loss that no sign tells of began, s
)
"""Columns of the guesses."""
AS_TOLD, COILS_DEAD, CHILLERS_DEAD, AIR_DEAD = 0.0, 1.0, 2.0, 3.0
"""Beliefs: that signs tell all, or that coils, chillers or fans have stopped whatever the signs say."""
START = ("inlet", "supply", "return", "water", "water_rise", "rack_gain", "fan_room")
"""What the hall usually shows, C; the rises of water over coils and of air over racks in K, the latter
NaN where no rack shows it; how many times faster the units' fans could turn than they do now."""
DRIVERS = ("air", "water", "chillers", "load", "speed")
"""What moves and runs in all, as parts of the usual, and of the fans that turn the speed."""
SEEN = ("inlet", "supply", "return", "water", "coil_water", "water_return")
"""What a guess says that sensors show, C."""
AHEAD = ("inlet", "return")
"""What a guess says of the air to come, C: what racks breathe, and what comes back from them."""

STEP_S = 5.0
"""The first steps; they grow with the time that has passed."""
FANS_FROM = 25.0
"""Inlet above which server fans speed up, C (ASHRAE TC 9.9, Thermal Guidelines)."""
FANS_MOST = 0.4
FASTER_AIR = 0.4
"""The faster the air passes a coil, the less of its heat it gives up: by this power, that of NTU
(Incropera ch. 11, with half of the resistance on the air's side)."""
MOST_CELLS = 4
STILL = 0.02
"""Below this part of the usual, water is at rest."""
FAR = 60.0
"""So many kelvin above the usual, how much more no longer matters."""


@kernel()
def _step_after(elapsed: float) -> float:
    if elapsed < 300.0:
        return STEP_S
    if elapsed < 1200.0:
        return 3.0 * STEP_S
    return 6.0 * STEP_S if elapsed < 3600.0 else 24.0 * STEP_S


def _example() -> tuple[F64, F64, F64, F64, F64, F64, F64]:
    guess = [4.0, 25.0, 14.0, 200.0, 0.03, 60.0, 1.1, 0.4, 30.0, 1.2, 10.0, 15.0, 0.02, 0.03, 0.1, 0.05]
    guess += [0.06, 0.5, 3.0, AS_TOLD, 0.0]
    guesses = np.array([guess, guess])
    guesses[1, 19] = COILS_DEAD
    start = np.array([22.5, 21.0, 32.0, 11.0, 6.0, np.nan, 1.6])
    times = np.array([-20.0, -10.0, 0.0, 10.0, 20.0])
    drivers = np.ones((5, 5))
    drivers[2:, 2] = 0.0
    horizons = np.array([0.0, 60.0, 600.0, 4000.0])
    return guesses, start, times, drivers, horizons, np.empty((2, 5, 6)), np.empty((2, 4, 2))


@kernel(_example)
def warm_halls(
    guesses: F64, start: F64, times: F64, drivers: F64, horizons: F64, seen: F64, ahead: F64
) -> None:
    """Play every guess from rest through the past, and on into the future with all as it is now.

    ``guesses``: f8[guesses, 21] (`GUESSED`); ``start``: f8[7] (`START`);
    ``times``: f8[n], s, ascending, the last is now; ``drivers``: f8[n, 5]
    (`DRIVERS`), each row holding until the next. Written: ``seen``
    f8[guesses, n, 6] (`SEEN`) at each time, and ``ahead`` f8[guesses, h, 2]
    (`AHEAD`) at each of ``horizons`` (f8[h], s from now, ascending).
    """
    last = len(times) - 1
    now = times[last]
    out, back_water = np.empty(MOST_CELLS), np.empty(MOST_CELLS)
    for m in range(len(guesses)):
        air, metal, contact, mass, surface, water, excess, reserve = guesses[m, :8]
        coil, chillers, delay, water_delay, fans, fan_power, ramp, bypass = guesses[m, 8:16]
        other, place, cells, belief, since = guesses[m, 16:]
        inlet0, supply0, return0, water0, rise0, rack_gain, fan_room = start
        gain = return0 - supply0
        unit_air = (1.0 + other) / gain
        # At rest, hot air that finds its way back explains how much warmer racks breathe than units blow.
        leak = unit_air * (inlet0 - supply0) / (return0 - inlet0)
        rack_air = unit_air / excess if np.isnan(rack_gain) else min(1.0 / rack_gain, unit_air + leak)
        drawn = max(rack_air - unit_air, 0.0)
        # Of what a coil could take at most, the part that it takes at rest and with its valve wide open.
        least = (gain + fan_power / unit_air) / (return0 - water0)
        most = least + (1.0 - least) * reserve
        water_flow = (1.0 + other + fan_power) / rise0
        inlet, supply, hot, touched, servers = inlet0, supply0, return0, 0.0, inlet0 + contact
        passed, shown, back_air = inlet0, inlet0, return0
        water_shown, coil_shown, back_shown = water0, water0, water0 + rise0
        leaving = water0
        out[:] = water0
        back_water[:] = water0 + rise0
        end = min(max(int(cells), 1), MOST_CELLS) - 1
        cell = 0.5 * water / (end + 1)
        half = 0.5 * surface
        t = times[0]
        inlet_now = inlet0
        k = 0
        h = 0
        seen[m, 0] = (inlet0, supply0, return0, water0, water0, water0 + rise0)
        while k < last or h < len(horizons):
            until = times[k + 1] if k < last else now + horizons[h]
            dt = min(_step_after(t - times[0] if k < last else t - now), until - t)
            if dt > 0.0:
                lost = belief if t >= since else AS_TOLD
                moved = 0.0 if lost == AIR_DEAD else drivers[k, 0]
                speed = drivers[k, 4]
                if k == last:
                    speedup = min(1.0 + ramp * max(inlet - inlet_now, 0.0), fan_room)
                    moved *= speedup
                    speed *= speedup
                running = min(max(moved / max(speed, STILL), STILL), 1.0)
                flowing = drivers[k, 1]
                able = 0.0 if lost == CHILLERS_DEAD else drivers[k, 2]
                flow = unit_air * moved
                racks = rack_air * (1.0 + min(fans * max(inlet - FANS_FROM, 0.0), FANS_MOST))
                back = leak - drawn + max(racks - flow, 0.0)
                over = max(flow + back - racks, 0.0)
                servers = (metal * servers + dt * (drivers[k, 3] + inlet / contact)) / (metal + dt / contact)
                exhaust = inlet + (servers - inlet) / contact / racks

                through = 0.0 if lost == COILS_DEAD else max(flowing - bypass, 0.0) / (1.0 - bypass)
                fan_heat = fan_power * running * speed**3 if moved > STILL else 0.0
                fan_rise = fan_heat / flow if moved > STILL else 0.0
                heat = 0.0
                blown = hot + fan_rise
                if through > 0.0:
                    # Neither more than the coil's surface can pass nor more than the water can take up. Units
                    # at rest leave their water to the others.
                    wet = through / running
                    part = most * min(1.0, 1.15 * wet / (wet + 0.15)) / max(speed, 1.0) ** FASTER_AIR
                    part = min(part, through * water_flow / max(flow, 1e-3))
                    blown = max(supply0, hot - part * (hot - out[end]) + fan_rise)
                    heat = max(flow * (hot + fan_rise - blown), 0.0)
                supply += (blown - supply) * dt / (coil + dt)

                into = flow * supply + back * hot + half * (touched + inlet0)
                inlet = (0.4 * air * inlet + dt * into) / (0.4 * air + dt * (flow + back + half))
                into = racks * exhaust + other + over * inlet + half * (touched + return0)
                hot = (0.6 * air * hot + dt * into) / (0.6 * air + dt * (racks + over + half))
                taken = half * ((inlet - inlet0) + (hot - return0))
                touched = (mass * touched + dt * taken) / (mass + dt * surface)
                # Two lags in line at the racks: the sensor's own, and the air that reaches it.
                passed += (inlet - passed) * dt / (0.5 * delay + dt)
                shown += (passed - shown) * dt / (0.5 * delay + dt)
                back_air += (hot - back_air) * dt / (0.5 * delay + dt)

                if flowing > STILL:
                    carry = water_flow * flowing
                    cold = min(max(carry * (back_water[end] - water0), 0.0), able * chillers)
                    leaving = back_water[end] - cold / carry
                    entering = leaving
                    for i in range(end + 1):
                        out[i] = (cell * out[i] + dt * carry * entering) / (cell + dt * carry)
                        entering = out[i]
                    entering += heat / carry
                    for i in range(end + 1):
                        back_water[i] = (cell * back_water[i] + dt * carry * entering) / (cell + dt * carry)
                        entering = back_water[i]
                at_sensor = out[0] + place * (leaving - out[0])
                water_shown += (at_sensor - water_shown) * dt / (water_delay + dt)
                coil_shown += (out[end] - coil_shown) * dt / (water_delay + dt)
                back_shown += (back_water[end] - back_shown) * dt / (water_delay + dt)
                t += dt
            if t < until:
                continue
            if k < last:
                k += 1
                inlet_now = inlet
                seen[m, k] = (shown, supply, back_air, water_shown, coil_shown, back_shown)
            else:
                ahead[m, h] = (inlet, hot)
                h += 1
                if inlet > inlet0 + FAR:
                    ahead[m, h:, 0] = inlet
                    ahead[m, h:, 1] = hot
                    h = len(horizons)
