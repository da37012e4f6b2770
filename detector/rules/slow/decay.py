"""From measures that have crept to the fault that explains them.

No measure speaks alone: one sensor that drifts moves one measure, decay moves
several. A second measure is asked of a fault wherever it is there to be asked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from detector.incidents.faults import Tier
from detector.incidents.sign import LIKELY, PROBABLE, SUSPECTED, Sign
from detector.incidents.speaker import Speaker
from detector.seen.topology import Topology
from detector.threshold import TUNED, threshold
from detector.tick import Tick
from detector.usual.reference.crept import Crept
from detector.usual.reference.measures import FLOOR, Measure
from detector.usual.shared import OF_USUAL


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of slow decay."""

    confirm_decay_s: int = threshold(60, "s", "what has crept for days need not be waited for long", TUNED)
    fully_open_percent: float = threshold(
        95.0, "%", "a valve this far open has nothing left to give: its supply air may then be warm", TUNED
    )
    front_days: float = threshold(
        4.0, "days", "humid air stays for no more than a few days, and then dry air comes", TUNED
    )


T = Thresholds()


@dataclass(frozen=True, slots=True)
class Decay:
    """A slow fault: what shows it among the measures, and how it is told."""

    fault: str
    shown: Callable[[Crept, int, float], bool]
    """Whether a row shows it, given the sum that its first measure must have reached."""
    sentence: Callable[[Crept, int, str], str]
    confidence: float
    shared: bool = False
    """Whether it is the plant's, though one machine's row shows it."""


def efficiency_lost(tick: Tick) -> Iterator[Sign]:
    """Machines that decay, but for those that are worked on."""
    worked_on = {tick.topology.ids[m] for m in np.flatnonzero(tick.maintained)}
    yield from (sign for sign in decays(tick.topology, tick.crept) if sign.root not in worked_on)


def decays(topology: Topology, crept: Crept) -> Iterator[Sign]:
    """What is seen now; what was told before stays until it has gone back."""
    moved = np.flatnonzero(np.fmax(crept.up, crept.down).max(axis=1, initial=0.0) >= OF_USUAL.going_sum)
    for row in moved.tolist():
        machine = int(crept.machines[row])
        for decay in _decays_of(topology, machine):
            root = topology.zone if decay.shared else topology.ids[machine]
            least = OF_USUAL.going_sum if (root, decay.fault) in crept.before else OF_USUAL.gone_sum
            if not decay.shown(crept, row, least):
                continue
            hall = topology.hall_of[machine]
            yield Sign(
                tier=Tier.UNIT,
                fault=decay.fault,
                root=root,
                hall=topology.halls[hall] if hall >= 0 else "",
                evidence=decay.sentence(crept, row, root.split("/", 1)[-1].upper()),
                confidence=decay.confidence,
                confirm_s=T.confirm_decay_s,
                spoke=Speaker.STATISTICS,
            )
            break


def _decays_of(topology: Topology, machine: int) -> Iterator[Decay]:
    if machine in topology.chillers:
        yield Decay("refrigerant_low", _refrigerant, _refrigerant_sentence, SUSPECTED)
        yield Decay("low_delta_t", _low_delta_t, _low_delta_t_sentence, SUSPECTED, shared=True)
    elif machine in topology.towers:
        yield Decay("tower_fouled", _tower, _tower_sentence, PROBABLE, shared=len(topology.towers) > 1)
    elif machine in topology.pumps:
        yield Decay("pump_worn", _pump, _pump_sentence, SUSPECTED, shared=len(topology.pumps) > 1)
    else:
        yield Decay("filter_clogged", _filter, _filter_sentence, LIKELY)
        yield Decay("belt_slipping", _belt, _belt_sentence, SUSPECTED)
        yield Decay("coil_fouled", _coil, _coil_sentence, SUSPECTED)
        yield Decay("refrigerant_low", _compressor, _refrigerant_sentence, SUSPECTED)


def _filter(s: Crept, row: int, least: float) -> bool:
    """More pressure lost for the air, and less air: for the fan's speed, or as the valve is asked less."""
    if not s.rises(row, Measure.FILTER, least):
        return False
    if s.told(row, Measure.AIR):
        return s.falls(row, Measure.AIR, OF_USUAL.going_sum)
    valves = _valves(s, row)
    return not valves or any(s.falls(row, v, OF_USUAL.going_sum) for v in valves)


def _belt(s: Crept, row: int, least: float) -> bool:
    """Less air for the fan's speed, by a meter or by what the filter takes, and the valve is asked less."""
    less_air = Measure.AIR if s.told(row, Measure.AIR) else Measure.FILTER
    asked_less = any(s.falls(row, v, OF_USUAL.going_sum) for v in _valves(s, row))
    return (
        s.falls(row, less_air, least) and asked_less and not s.rises(row, Measure.FILTER, OF_USUAL.going_sum)
    )


def _valves(s: Crept, row: int) -> list[Measure]:
    return [v for v in (Measure.VALVE, Measure.VALVE_COMMAND) if s.told(row, v)]


def _coil(s: Crept, row: int, least: float) -> bool:
    """The valve must open further for the same cooling of the same air, and the water comes back colder."""
    valves = _valves(s, row)
    if not valves or not all(s.rises(row, v, least) for v in valves):
        return False
    full = s.value_of(row, valves[0]) > T.fully_open_percent
    suspect = [Measure.RETURN, Measure.WATER] + ([] if full else [Measure.SUPPLY])
    if s.moved(row, *suspect):
        return False
    return s.falls(row, Measure.RISE, OF_USUAL.going_sum) if s.told(row, Measure.RISE) else True


def _refrigerant(s: Crept, row: int, least: float) -> bool:
    """More power for the heat out of its own water, and for its share of the load: two ways to one answer."""
    return s.rises(row, Measure.POWER_HEAT, least) and (
        s.rises(row, Measure.POWER_LOAD, OF_USUAL.going_sum) if s.told(row, Measure.POWER_LOAD) else True
    )


def _compressor(s: Crept, row: int, least: float) -> bool:
    """A unit takes more power for the heat out of its air, and for its share of it or too little for that."""
    second = s.rises(row, Measure.POWER_LOAD, OF_USUAL.going_sum) or s.rises(
        row, Measure.SUPPLY, OF_USUAL.going_sum
    )
    return s.rises(row, Measure.POWER_HEAT, least) and second


def _pump(s: Crept, row: int, least: float) -> bool:
    """Less pressure for the pumps' speed at this flow, and more power for what they give the water."""
    return s.falls(row, Measure.PUMP_HEAD, least) and s.rises(row, Measure.PUMP_POWER, OF_USUAL.going_sum)


def _tower(s: Crept, row: int, least: float) -> bool:
    """Less heat rejected for its distance from the air, by wet bulb and by dry bulb.

    Towers cool towards the wet bulb. Where nobody measures it, humid air does
    the same to the dry bulb's measure as scale, until the front has passed.
    """
    told = [w for w in (Measure.TOWER, Measure.TOWER_DRY) if s.told(row, w)]
    if told == [Measure.TOWER_DRY] and s.days(row, Measure.TOWER_DRY) < T.front_days:
        return False
    return any(s.falls(row, w, least) for w in told) and all(
        s.falls(row, w, OF_USUAL.going_sum) for w in told
    )


def _low_delta_t(s: Crept, row: int, least: float) -> bool:
    """The water comes back colder than this load made it, and more of it flows: one alone may be a sensor."""
    return s.falls(row, Measure.DELTA_T, least) and s.rises(row, Measure.LOOP_FLOW, OF_USUAL.going_sum)


def _filter_sentence(s: Crept, row: int, name: str) -> str:
    more = math.expm1(max(s.level_of(row, Measure.FILTER), float(FLOOR[Measure.FILTER])))
    pace = more / s.days(row, Measure.FILTER)
    return (
        f"{name} filter takes {more:+.0%} pressure at equal air flow, {pace:+.0%} a day, and less air comes "
        f"through; at this pace twice its clean drop {_when(1.0 - more, pace)}"
    )


def _belt_sentence(s: Crept, row: int, name: str) -> str:
    what = Measure.AIR if s.told(row, Measure.AIR) else Measure.FILTER
    part = 1.0 if what is Measure.AIR else 0.5
    less = -math.expm1(part * min(s.level_of(row, what), -float(FLOOR[what])))
    return (
        f"{name} moves {less:.0%} less air than its fan speed should, {less / s.days(row, what):.0%} a day, "
        "and its filter is not the reason"
    )


def _coil_sentence(s: Crept, row: int, name: str) -> str:
    what = Measure.VALVE if s.told(row, Measure.VALVE) else Measure.VALVE_COMMAND
    more, now = s.level_of(row, what), s.value_of(row, what)
    pace = more / s.days(row, what)
    text = (
        f"{name} valve at {now:.0f}% where {now - more:.0f}% gave the same cooling, {pace:+.1f} points a day"
    )
    if pace > 0.0 and now < T.fully_open_percent:
        text += f"; at this pace fully open {_when(100.0 - now, pace)}"
    return text


def _refrigerant_sentence(s: Crept, row: int, name: str) -> str:
    more = math.expm1(s.level_of(row, Measure.POWER_HEAT))
    pace = more / s.days(row, Measure.POWER_HEAT)
    return (
        f"{name} takes {more:+.0%} kW per kW of cooling at equal lift and load, {pace:+.1%} a day, "
        "and its peers do not: refrigerant low, or its condenser fouled"
    )


def _pump_sentence(s: Crept, row: int, name: str) -> str:
    less, more = (
        -math.expm1(s.level_of(row, Measure.PUMP_HEAD)),
        math.expm1(s.level_of(row, Measure.PUMP_POWER)),
    )
    return (
        f"{name} pumps make {less:.0%} less pressure at equal speed and flow, "
        f"{less / s.days(row, Measure.PUMP_HEAD):.1%} a day, and take {more:.0%} more power for it"
    )


def _tower_sentence(s: Crept, row: int, name: str) -> str:
    what = Measure.TOWER if s.told(row, Measure.TOWER) else Measure.TOWER_DRY
    less = -math.expm1(s.level_of(row, what))
    return (
        f"{name} towers give off {less:.0%} less heat for each K over the air at equal fan speed, "
        f"{less / s.days(row, what):.1%} a day"
    )


def _low_delta_t_sentence(s: Crept, row: int, name: str) -> str:
    less, more = (
        -math.expm1(s.level_of(row, Measure.DELTA_T)),
        math.expm1(s.level_of(row, Measure.LOOP_FLOW)),
    )
    return (
        f"{name} chilled water warms by {math.exp(s.value_of(row, Measure.DELTA_T)):.1f} K, {less:.0%} less "
        f"than it did at this load, and {more:.0%} more of it is pumped: it comes back past the coils"
    )


def _when(left: float, pace: float) -> str:
    """In how many days ``left`` is used up."""
    if left <= 0.0:
        return "already"
    return f"in {left / pace:.0f} days" if left > pace else "within a day"
