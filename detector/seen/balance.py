"""The heat balance of a hall: what its racks give off less what its units carry away.

Neither side is metered whole. Power is known on some racks only and air flow is
often no more than a fan speed, so the balance is calibrated on itself: while
nothing is wrong, heat carried away follows heat given off in a constant ratio.
Once that ratio is known, a shortfall shows within seconds of a loss of cooling,
long before the air does.

A load that rises is not a loss of cooling: the removal is held against the
smallest load of the last quarter of an hour, so that units which are still
catching up with a step owe nothing.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from detector.seen.shared import OF_SEEN
from detector.threshold import TUNED, threshold
from streams.messages import SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of the heat balance of a hall."""

    calibration_s: float = threshold(
        600.0, "s", "load and heat carried away are watched for so long before the balance speaks", TUNED
    )
    ratio_half_life_s: float = threshold(
        3600.0, "s", "memory of the ratio between heat carried away and load", TUNED
    )
    load_memory_s: float = threshold(
        900.0,
        "s",
        "removal is held against the smallest load within this time: units follow a step that late",
        TUNED,
    )
    useless_spread: float = threshold(
        0.25, "", "a ratio that wanders more than this while nothing is wrong says nothing", TUNED
    )
    healthy_shortfall: float = threshold(
        0.15, "", "the ratio is not learned while the shortfall is larger than this", TUNED
    )


T = Thresholds()
MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Balance:
    """How the heat of a hall is balanced. kW; None where not known, with the reason."""

    load: float | None
    removed: float | None
    surplus: float | None
    """Heat that stays in the hall, kW: above zero the hall is warming."""
    shortfall: float | None
    """Part of the heat that should be carried away and is not: 0 as it should be, 1 nothing is carried."""
    noise: float
    """Standard deviation of the shortfall while nothing is wrong."""
    reason: str


class HallBalance:
    """The calibrated balance of one hall."""

    state_fields = ("_log_ratio", "_spread", "_seconds", "_loads", "_last")

    def __init__(self) -> None:
        self._log_ratio = 0.0
        self._spread = 0.0
        self._seconds = 0.0
        self._loads: deque[tuple[int, float]] = deque()
        self._last = 0

    @property
    def calibrated(self) -> bool:
        """Whether load and heat carried away have agreed for long and closely enough to tell them apart."""
        return self._seconds >= T.calibration_s and self._spread**0.5 < T.useless_spread

    def judge(self, load: float, removed: float, end: int) -> Balance:
        """The balance at the end of a tick.

        ``load`` in kW; ``removed`` in any constant unit, as the units measure
        it. NaN = not known. Pure: call `learn` afterwards.
        """
        if not math.isfinite(load) or load <= 0.0:
            carried = removed if math.isfinite(removed) else None
            return Balance(None, carried, None, None, math.inf, "no rack or PDU power")
        if not math.isfinite(removed):
            return Balance(load, None, None, None, math.inf, "not enough of the units tell what they carry")
        if not self.calibrated:
            if self._seconds < T.calibration_s:
                missing = math.ceil((T.calibration_s - self._seconds) / MINUTE_S)
                return Balance(load, None, None, None, math.inf, f"calibrating, {missing} min to go")
            return Balance(load, None, None, None, math.inf, "heat carried away does not follow the load")
        carried = removed / math.exp(self._log_ratio)
        due = min([load, *(value for time, value in self._loads if end - time <= T.load_memory_s * SECOND)])
        return Balance(load, carried, load - carried, 1.0 - carried / due, self._spread**0.5, "")

    def load_change(self, load: float, end: int, within_s: float = T.load_memory_s) -> float:
        """Load now over the smallest of a quarter of an hour or less, less one; NaN where not known."""
        past = [value for time, value in self._loads if end - time <= within_s * SECOND]
        if not past or not math.isfinite(load):
            return math.nan
        return load / min(past) - 1.0

    def learn(
        self,
        load: float,
        removed: float,
        end: int,
        healthy: bool,
        longest_s: float = OF_SEEN.longest_step_s,
    ) -> None:
        """Take in one tick; the ratio is learned only while the hall is ``healthy``.

        Ticks that are further apart than ``longest_s`` are a gap.
        """
        if not math.isfinite(load) or load <= 0.0:
            return
        # Only what can still become the smallest is kept.
        while self._loads and self._loads[-1][1] >= load:
            self._loads.pop()
        self._loads.append((end, load))
        while end - self._loads[0][0] > T.load_memory_s * SECOND:
            self._loads.popleft()
        dt = min((end - self._last) / SECOND, longest_s) if self._last else 0.0
        self._last = end
        if not healthy or not math.isfinite(removed) or removed <= 0.0 or dt <= 0.0:
            return
        log_ratio = math.log(removed / load)
        if self.calibrated and abs(log_ratio - self._log_ratio) > T.healthy_shortfall:
            return
        self._seconds += dt
        # A plain average at first, an exponentially weighted one once that is the longer memory.
        part = max(dt / self._seconds, 1.0 - 0.5 ** (dt / T.ratio_half_life_s))
        gap = log_ratio - self._log_ratio
        self._log_ratio += part * gap
        if self._seconds > dt:
            self._spread = (1.0 - part) * (self._spread + part * gap * gap)
