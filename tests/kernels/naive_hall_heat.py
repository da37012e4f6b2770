"""The twin of the hall's heat: one guess, one step and one lump of heat at a time."""

from __future__ import annotations

import math
from typing import Any

from kernels.hall_heat import AIR_DEAD, AS_TOLD, CHILLERS_DEAD, COILS_DEAD, DRIVERS, GUESSED, START


def lump(capacity: float, was: float, dt: float, heat: float, *touching: tuple[float, float]) -> float:
    """Temperature after ``dt``, given ``heat`` and what touches the lump: (kW/K, its temperature)."""
    conductance = sum(each for each, _ in touching)
    flux = heat + sum(each * temperature for each, temperature in touching)
    return (capacity * was + dt * flux) / (capacity + dt * conductance)


def step_after(elapsed: float) -> float:
    for until, step in ((300.0, 5.0), (1200.0, 15.0), (3600.0, 30.0)):
        if elapsed < until:
            return step
    return 120.0


class Hall:
    def __init__(self, guess: dict[str, float], start: dict[str, float]) -> None:
        self.guess, self.start = guess, start
        self.inlet, self.supply, self.hot = start["inlet"], start["supply"], start["return"]
        self.servers = self.inlet + guess["contact"]
        self.water_shown = [start["water"]] * 2 + [start["water"] + start["water_rise"]]
        self.touched = 0.0
        self.passed = self.shown = self.inlet
        self.back_air = self.hot
        warm = start["water"] + start["water_rise"]
        self.leaving = start["water"]
        cells = int(guess["cells"])
        self.out, self.back = [start["water"]] * cells, [warm] * cells
        self.water_flow = (1.0 + guess["other"] + guess["fan_power"]) / start["water_rise"]
        self.unit_air = (1.0 + guess["other"]) / (start["return"] - start["supply"])
        self.leak = self.unit_air * (start["inlet"] - start["supply"]) / (start["return"] - start["inlet"])
        if math.isnan(start["rack_gain"]):
            self.rack_air = self.unit_air / guess["excess"]
        else:
            self.rack_air = min(1.0 / start["rack_gain"], self.unit_air + self.leak)

    def step(self, t: float, dt: float, drivers: dict[str, float], inlet_now: float | None) -> None:
        """``inlet_now`` is None in the past, when what fans did is known."""
        g, start = self.guess, self.start
        lost = g["belief"] if t >= g["since"] else AS_TOLD
        moved = 0.0 if lost == AIR_DEAD else drivers["air"]
        speed = drivers["speed"]
        if inlet_now is not None:
            speedup = min(1.0 + g["ramp"] * max(self.inlet - inlet_now, 0.0), start["fan_room"])
            moved, speed = moved * speedup, speed * speedup
        running = min(max(moved / max(speed, 0.02), 0.02), 1.0)
        flow = self.unit_air * moved
        fan_heat = g["fan_power"] * running * speed**3 if moved > 0.02 else 0.0
        fan_rise = fan_heat / flow if moved > 0.02 else 0.0
        racks = self.rack_air * (1.0 + min(g["fans"] * max(self.inlet - 25.0, 0.0), 0.4))
        back = self.leak - max(self.rack_air - self.unit_air, 0.0) + max(racks - flow, 0.0)
        over = max(flow + back - racks, 0.0)
        contact = 1.0 / g["contact"]
        self.servers = lump(g["metal"], self.servers, dt, drivers["load"], (contact, self.inlet))
        exhaust = self.inlet + contact * (self.servers - self.inlet) / racks
        through = max(drivers["water"] - g["bypass"], 0.0) / (1.0 - g["bypass"])
        if lost == COILS_DEAD or through == 0.0:
            blown, heat = self.hot + fan_rise, 0.0
        else:
            blown = self.blown(speed, flow, through / running, through, fan_rise)
            heat = max(flow * (self.hot + fan_rise - blown), 0.0)
        self.supply = lump(g["coil"], self.supply, dt, 0.0, (1.0, blown))
        half = 0.5 * g["surface"]
        wall = half, self.touched + start["inlet"]
        self.inlet = lump(0.4 * g["air"], self.inlet, dt, 0.0, (flow, self.supply), (back, self.hot), wall)
        wall = half, self.touched + start["return"]
        self.hot = lump(0.6 * g["air"], self.hot, dt, g["other"], (racks, exhaust), (over, self.inlet), wall)
        warmer = self.inlet - start["inlet"], self.hot - start["return"]
        self.touched = lump(g["mass"], self.touched, dt, 0.0, *((half, each) for each in warmer))
        self.passed = lump(0.5 * g["delay"], self.passed, dt, 0.0, (1.0, self.inlet))
        self.shown = lump(0.5 * g["delay"], self.shown, dt, 0.0, (1.0, self.passed))
        self.back_air = lump(0.5 * g["delay"], self.back_air, dt, 0.0, (1.0, self.hot))
        if drivers["water"] > 0.02:
            self.step_water(dt, heat, drivers["water"], 0.0 if lost == CHILLERS_DEAD else drivers["chillers"])

        place = g["place"]
        at = (1.0 - place) * self.out[0] + place * self.leaving, self.out[-1], self.back[-1]
        for i, water in enumerate(at):
            self.water_shown[i] = lump(g["water_delay"], self.water_shown[i], dt, 0.0, (1.0, water))

    def blown(self, speed: float, flow: float, wet: float, through: float, fan_rise: float) -> float:
        g, start = self.guess, self.start
        fans = g["fan_power"] / self.unit_air
        least = (start["return"] - start["supply"] + fans) / (start["return"] - start["water"])
        most = least + (1.0 - least) * g["reserve"]
        surface = most * min(1.0, 1.15 * wet / (wet + 0.15)) * max(speed, 1.0) ** -0.4
        taken_up = through * self.water_flow / max(flow, 1e-3)
        cooled = min(surface, taken_up) * (self.hot - self.out[-1])
        return max(start["supply"], self.hot - cooled + fan_rise)

    def step_water(self, dt: float, heat: float, flowing: float, able: float) -> None:
        g, start = self.guess, self.start
        carry, cell = flowing * self.water_flow, g["water"] / 2.0 / len(self.out)
        cold = min(max(carry * (self.back[-1] - start["water"]), 0.0), able * g["chillers"])
        self.leaving = self.back[-1] - cold / carry
        entering = self.leaving
        for i, was in enumerate(self.out):
            entering = self.out[i] = lump(cell, was, dt, 0.0, (carry, entering))
        entering += heat / carry
        for i, was in enumerate(self.back):
            entering = self.back[i] = lump(cell, was, dt, 0.0, (carry, entering))

    def seen(self) -> list[float]:
        return [self.shown, self.supply, self.back_air, *self.water_shown]


def naive_warm_hall(
    guess: list[float], start: list[float], times: list[float], drivers: list[list[float]], ahead: list[float]
) -> tuple[list[list[float]], list[tuple[float, float]]]:
    """What one guess makes sensors show at each of ``times``, and of the air so long after the last."""
    hall = Hall(dict(zip(GUESSED, guess, strict=True)), dict(zip(START, start, strict=True)))
    rows = [dict(zip(DRIVERS, row, strict=True)) for row in drivers]
    t, seen, breathed = times[0], [hall.seen()], []

    def go(until: float, since: float, row: dict[str, float], inlet_now: float | None) -> None:
        nonlocal t
        while t < until:
            dt = min(step_after(t - since), until - t)
            hall.step(t, dt, row, inlet_now)
            t += dt

    for until, row in zip(times[1:], rows, strict=False):
        go(until, times[0], row, None)
        seen.append(hall.seen())
    now = hall.inlet
    for horizon in ahead:
        far = breathed and breathed[-1][0] > start[0] + 60.0
        if not far:
            go(times[-1] + horizon, times[-1], rows[-1], now)
        breathed.append(breathed[-1] if far else (hall.inlet, hall.hot))
    return seen, breathed


def naive_warm_halls(*arguments: Any) -> None:
    guesses, start, times, drivers, horizons, seen, ahead = arguments
    for m, guess in enumerate(guesses.tolist()):
        seen[m], ahead[m] = naive_warm_hall(
            guess, start.tolist(), times.tolist(), drivers.tolist(), horizons.tolist()
        )


TWINS = {"kernels.hall_heat.warm_halls": naive_warm_halls}
