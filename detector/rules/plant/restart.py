"""Power that was away for a moment and is back: machines that restart one after another are not lost.

At a transfer to the generator and back everything stops at once. Fans and
pumps run again within the minute; a chiller takes several, and stands against
its run command meanwhile. That others which stopped with it run again shows
that power is back, and that it is on its way.
"""

from __future__ import annotations

import numpy as np

from detector.tick import Tick
from streams.messages import SECOND

# Machines that stopped within this time of each other lost the same power.
TOGETHER_S = 30
# Restart of a chiller with its soft loading: usually 3 to 10 minutes.
RESTART_S = 600
# Emergency power takes about ten seconds (NFPA 110, type 10), and units are let on one after another: those
# that stopped together less than this ago may be on their way, s.
UNITS_WAIT_S = 25.0
# A hall that has warmed by this much meanwhile cannot wait, K.
CANNOT_WAIT_K = 4.0
# ...unless its units have all run again for less than the first, or the last to come did less than the second
# ago, s, or its water cools: what rose while they stood has yet to come down, if it is no more than this, K.
AIRS_S = 120
COMES_S = 45
AIRS_K = 8.0
# Water that cools at this rate recovers, K/s: what it lost while its chillers stood still comes down too.
RECOVERS_K_PER_S = 0.3 / 60.0


def power_returned(tick: Tick, machines: tuple[int, ...]) -> bool:
    """Whether ``machines`` stopped, all of them, with others that run again since some minutes at most."""
    kept = tick.stops
    if _cannot_wait(tick):
        return False
    back = _back(tick) & (kept.stopped_at == 0)
    if not machines or not back.any():
        return False
    stops = kept.last_stop[back]
    for machine in machines:
        stopped = int(kept.stopped_at[machine] or kept.last_stop[machine])
        if stopped == 0 or not (np.abs(stops - stopped) <= TOGETHER_S * SECOND).any():
            return False
    return True


def restarting(tick: Tick) -> bool:
    """Whether several machines stopped together a few minutes ago, and run again or begin to."""
    if _cannot_wait(tick):
        return False
    kept, back = tick.stops, _back(tick)
    stands = _ran_before(tick, kept.stopped_at) & (tick.end - kept.stopped_at <= RESTART_S * SECOND)
    stops = np.concatenate([kept.last_stop[back], kept.stopped_at[stands]])
    together = np.abs(stops - kept.last_stop[back][:, None]) <= TOGETHER_S * SECOND
    return bool((together.sum(axis=1) > 1).any())


def transferring(tick: Tick, h: int) -> bool:
    """Whether the units of a hall that stand have just stopped, and may merely be between two supplies."""
    units = np.array(tick.topology.units[h], np.intp)
    stopped = tick.stops.stopped_at[units]
    lately = (stopped > 0) & (tick.end - stopped <= AIRS_S * SECOND)
    if lately.sum() < 2 or (tick.condition.tripped[units[lately]] >= 0.5).any():
        return False
    return bool(tick.end - stopped[lately].min() < UNITS_WAIT_S * SECOND)


def recovering(tick: Tick, h: int) -> bool:
    """Whether a hall's units run again since a moment ago, or one after another, or its water cools again."""
    units = [u for u in tick.topology.units[h] if tick.in_service[u]]
    back = int(tick.stops.back_at[units].max(initial=0))
    all_run = bool((tick.condition.running[units] == 1.0).all())
    lately = back > 0 and tick.end - back <= (AIRS_S if all_run else COMES_S) * SECOND
    return lately or tick.water_warms < -RECOVERS_K_PER_S


def _back(tick: Tick) -> np.ndarray:
    """What ran, stood and runs again since some minutes, but for what does so all the time."""
    kept = tick.stops
    back: np.ndarray = (kept.back_at > 0) & (tick.end - kept.back_at <= RESTART_S * SECOND)
    return back & _ran_before(tick, kept.last_stop) & ~kept.cycling


def _ran_before(tick: Tick, stop: np.ndarray) -> np.ndarray:
    """Whether what stopped then, ns, had been seen to run: what stood from the first has lost no power."""
    ran: np.ndarray = (stop > 0) & (stop >= tick.stops.first_seen)
    return ran


def _cannot_wait(tick: Tick) -> bool:
    return any(
        w.settled and w.rise > (AIRS_K if recovering(tick, h) else CANNOT_WAIT_K)
        for h, w in enumerate(tick.warmings)
    )
