"""One tick judged: what the rules say of it, how the zone stands, and where it is going. Moves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.forecast.hall import Hall
from detector.forecast.time_to_limit import Margins, forecast_racks, forecast_services
from detector.forecast.trajectory import Trajectory
from detector.incidents.faults import Category, Tier, category_of, explains
from detector.incidents.outlook import outlook_of
from detector.incidents.sign import Sign
from detector.incidents.speaker import Speaker
from detector.judgement import Judgement
from detector.rules import Rule
from detector.rules.halls.spare import spare_cooling_units
from detector.rules.plant.restart import restarting
from detector.rules.runner import run
from detector.threshold import TUNED, threshold
from detector.tick import Tick
from kernels.arrival import UNSET
from kernels.robust import score_of
from streams.messages import I64, HallState, Scores, TickVerdict


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of what is told of a hall."""

    least_balance_noise: float = threshold(
        0.03, "", "noise of a balance is no less, however still it has been", TUNED
    )


T = Thresholds()


def judge(
    tick: Tick,
    rules: Sequence[Rule],
    halls: dict[str, Hall],
    margins: Margins,
    scores: Scores,
    stamped: int,
) -> Judgement:
    """``halls``: what is kept of each, only to be asked. ``stamped``: the tick's end by stamps, ns."""
    topology = tick.topology
    signs, failed = run(rules, tick)
    onset = _onsets(tick, signs)
    trajectories = _trajectories(tick, halls, onset)
    racks = forecast_racks(topology, margins, trajectories)
    services = forecast_services(topology, racks)
    verdict = TickVerdict(
        zone=topology.zone,
        end=stamped,
        scores=scores,
        racks=racks,
        services=services,
        halls=tuple(_hall_state(tick, h) for h in range(len(topology.halls))),
        spoke=_spoke(tick, scores),
    )
    named = {sign.root for sign in signs if sign.tier is Tier.UNIT}
    return Judgement(
        tick=tick,
        verdict=verdict,
        signs=signs,
        failed=failed,
        outlook=outlook_of([topology.halls[h] for h in trajectories], racks, services),
        restarting=restarting(tick),
        onset=onset,
        named=np.array([id in named for id in topology.ids], np.bool_),
        fails=any(
            sign.tier in (Tier.UNIT, Tier.RACK) and category_of(sign.fault) is Category.COOLING
            for sign in signs
        ),
        decays=frozenset(
            (sign.root, sign.fault) for sign in signs if explains("efficiency_lost", sign.fault)
        ),
    )


def _onsets(tick: Tick, signs: list[Sign]) -> I64:
    """By hall, ns: in trouble from the first sign that concerns all of it, while an incident does."""
    onset = tick.onset.copy()
    for h, hall in enumerate(tick.topology.halls):
        concerned = any(sign.tier >= Tier.HALL and sign.hall in ("", hall) for sign in signs)
        if not concerned and not tick.quarantined[h]:
            onset[h] = UNSET
        elif onset[h] == UNSET or tick.lost_sight[h]:
            onset[h] = tick.end
    return onset


def _trajectories(tick: Tick, halls: dict[str, Hall], onset: I64) -> dict[int, Trajectory]:
    found = {}
    for h, name in enumerate(tick.topology.halls):
        trajectory = halls[name].trajectory(int(onset[h]), tick.warmings[h])
        if trajectory is not None:
            found[h] = trajectory
    return found


def _hall_state(tick: Tick, h: int) -> HallState:
    balance, warming = tick.balances[h], tick.warmings[h]
    strain = 0.0
    if balance.shortfall is not None:
        strain = balance.shortfall / max(balance.noise, T.least_balance_noise)
    if np.isfinite(warming.level) and warming.settled:
        strain = max(strain, warming.rise / warming.rise_unrest / 2.0)
    return HallState(
        hall=tick.topology.halls[h],
        heat_load=balance.load,
        heat_removed=balance.removed,
        balance=balance.surplus,
        balance_reason=balance.reason,
        redundancy=spare_cooling_units(tick, h),
        score=float(score_of(np.array([max(strain, 0.0)]))[0]),
    )


def _spoke(tick: Tick, scores: Scores) -> tuple[str, ...]:
    """The parts that had what they need to judge by."""
    seen = np.isfinite(tick.condition.running).any() or np.isfinite(tick.water.flow)
    balanced = any(balance.surplus is not None for balance in tick.balances)
    warming = any(warming.settled for warming in tick.warmings)
    modelled = (tick.cooling_units.supply_residual, tick.cooling_units.return_residual, tick.racks.residual)
    had_a_say = {
        Speaker.LIMITS: True,
        Speaker.PHYSICS: bool(seen or balanced or warming),
        Speaker.STATISTICS: bool(np.isfinite(scores.expected).any()),
        Speaker.RIVER: any(np.isfinite(residual).any() for residual in modelled),
    }
    return tuple(speaker.value for speaker, had in had_a_say.items() if had)
