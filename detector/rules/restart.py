"""Power that was away for a moment and is back: machines that restart one after another are not lost.

At a transfer to the generator and back everything stops at once. Fans and
pumps run again within the minute; a chiller takes several, and stands against
its run command meanwhile. That others which stopped with it run again shows
that power is back, and that it is on its way.
"""

from __future__ import annotations

import numpy as np

from detector.view import View
from streams.messages import SECOND

# Machines that stopped within this time of each other lost the same power.
TOGETHER_S = 30
# Restart of a chiller with its soft loading: usually 3 to 10 minutes.
RESTART_S = 600
# A hall that has warmed by this much meanwhile cannot wait, K.
CANNOT_WAIT_K = 4.0
# ...unless its units have run again for less than this, s: what rose while they stood still has to come down,
# if it is no more than this, K.
AIRS_S = 120
AIRS_K = 8.0


def power_returned(view: View, machines: tuple[int, ...]) -> bool:
    """Whether ``machines`` stopped, all of them, with others that run again since some minutes at most."""
    kept = view.stops
    if _cannot_wait(view):
        return False
    back = _back(view) & (kept.stopped_at == 0)
    if not machines or not back.any():
        return False
    stops = kept.last_stop[back]
    for machine in machines:
        stopped = int(kept.stopped_at[machine] or kept.last_stop[machine])
        if stopped == 0 or not (np.abs(stops - stopped) <= TOGETHER_S * SECOND).any():
            return False
    return True


def restarting(view: View) -> bool:
    """Whether several machines stopped together a few minutes ago and run again."""
    if _cannot_wait(view):
        return False
    stops = np.sort(view.stops.last_stop[_back(view)])
    return bool((np.diff(stops) <= TOGETHER_S * SECOND).any())


def _back(view: View) -> np.ndarray:
    """What runs again since some minutes, but for what stands and runs again all the time."""
    kept = view.stops
    back: np.ndarray = (kept.back_at > 0) & (view.end - kept.back_at <= RESTART_S * SECOND)
    return back & ~kept.cycling()


def _cannot_wait(view: View) -> bool:
    return any(
        w.settled and w.rise > (AIRS_K if _airing(view, h) else CANNOT_WAIT_K)
        for h, w in enumerate(view.warmings)
    )


def _airing(view: View, h: int) -> bool:
    """Whether the units of a hall have all run again, since a moment ago."""
    units = [u for u in view.topology.units[h] if view.in_service[u]]
    back = view.stops.back_at[units]
    runs = len(units) > 0 and bool((view.condition.running[units] == 1.0).all())
    return runs and bool(back.max() > 0 and view.end - back.max() <= AIRS_S * SECOND)
