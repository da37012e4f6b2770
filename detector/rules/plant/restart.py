"""Power that was away for a moment and is back: machines that restart one after another are not lost.

At a transfer to the generator and back everything stops at once. Fans and
pumps run again within the minute; a chiller takes several, and rests against
its run command meanwhile. That others which stopped with it run again shows
that power is back, and that it is on its way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.rules.shared import SHARED
from detector.seen.shared import OF_SEEN
from detector.threshold import TUNED, threshold
from detector.tick import Tick
from streams.messages import SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of power that was away for a moment."""

    restart_s: int = threshold(
        600, "s", "a chiller restarts with its soft loading in 3 to 10 minutes as a rule", TUNED
    )
    cannot_wait_k: float = threshold(
        4.0, "K", "a hall that has warmed by this much meanwhile cannot wait", TUNED
    )
    all_back_s: int = threshold(
        120, "s", "units that all run again since no longer than this have yet to bring the air down", TUNED
    )
    one_back_s: int = threshold(
        45, "s", "where some still rest, others come: the last to run again did so less than this ago", TUNED
    )


T = Thresholds()


def power_returned(tick: Tick, machines: tuple[int, ...]) -> bool:
    """Whether ``machines`` stopped, all of them, with others that run again since some minutes at most."""
    history = tick.stops
    if _cannot_wait(tick):
        return False
    back = _back(tick) & (history.stopped_at == 0)
    if not machines or not back.any():
        return False
    stops = history.last_stop[back]
    for machine in machines:
        stopped = int(history.stopped_at[machine] or history.last_stop[machine])
        if stopped == 0 or not (np.abs(stops - stopped) <= OF_SEEN.stop_together_s * SECOND).any():
            return False
    return True


def restarting(tick: Tick) -> bool:
    """Whether several machines stopped together a few minutes ago, and run again or begin to."""
    if _cannot_wait(tick):
        return False
    history, back = tick.stops, _back(tick)
    at_rest = _ran_before(tick, history.stopped_at) & (tick.end - history.stopped_at <= T.restart_s * SECOND)
    stops = np.concatenate([history.last_stop[back], history.stopped_at[at_rest]])
    together = np.abs(stops - history.last_stop[back][:, None]) <= OF_SEEN.stop_together_s * SECOND
    return bool((together.sum(axis=1) > 1).any())


def transferring(tick: Tick, h: int) -> bool:
    """Whether the units at rest of a hall have just stopped, and may merely be between two supplies."""
    cooling_units = np.array(tick.topology.cooling_units[h], np.intp)
    stopped = tick.stops.stopped_at[cooling_units]
    lately = (stopped > 0) & (tick.end - stopped <= T.all_back_s * SECOND)
    if lately.sum() < 2 or (tick.condition.tripped[cooling_units[lately]] >= 0.5).any():
        return False
    return bool(tick.end - stopped[lately].min() < SHARED.cooling_units_wait_s * SECOND)


def recovering(tick: Tick, h: int) -> bool:
    """Whether a hall's units run again since a moment ago, or one after another, or its water cools again."""
    cooling_units = [u for u in tick.topology.cooling_units[h] if tick.in_service[u]]
    back = int(tick.stops.back_at[cooling_units].max(initial=0))
    all_run = bool((tick.condition.running[cooling_units] == 1.0).all())
    lately = back > 0 and tick.end - back <= (T.all_back_s if all_run else T.one_back_s) * SECOND
    return lately or tick.water_warms < -SHARED.recovers_k_per_s


def _back(tick: Tick) -> np.ndarray:
    """What ran, stopped and runs again since some minutes, but for what does so all the time."""
    history = tick.stops
    back: np.ndarray = (history.back_at > 0) & (tick.end - history.back_at <= T.restart_s * SECOND)
    return back & _ran_before(tick, history.last_stop) & ~history.cycling


def _ran_before(tick: Tick, stop: np.ndarray) -> np.ndarray:
    """Whether what stopped then, ns, had been seen to run: what never ran has lost no power."""
    ran: np.ndarray = (stop > 0) & (stop >= tick.stops.first_seen)
    return ran


def _cannot_wait(tick: Tick) -> bool:
    return any(
        w.settled and w.rise > (SHARED.airs_k if recovering(tick, h) else T.cannot_wait_k)
        for h, w in enumerate(tick.warmings)
    )
