"""A straight line through the last minutes, carried on to a limit, as Prometheus's ``predict_linear``."""

from __future__ import annotations

import numpy as np

from benchmarks.peers.alert import Alert, alerts_of, held
from benchmarks.peers.history import F64, Grid, History, columns, halls
from config.kinds import Role
from config.site import Site

HOLD_S = 60


class PredictLinear:
    def __init__(self, window_s: int, ahead_s: int) -> None:
        self.window_s, self.ahead_s = window_s, ahead_s
        minutes = f"{window_s // 60} min to {ahead_s // 60} min"
        self.name = f"predict_linear {minutes}"
        self.settings = (
            f"least squares over {window_s // 60} min of each rack inlet, beyond its critical limit "
            f"{ahead_s // 60} min ahead, for 1 min (Prometheus documentation, Query functions: "
            "predict_linear; Reduce noise from disk space alerts, Robust Perception)"
        )

    def alerts(self, history: History, grid: Grid, site: Site) -> list[Alert]:
        inlets = columns(history, Role.RACK_INLET)
        hall = halls(history, site)
        limits = (site.limits(history.ids[i]) for i in inlets)
        given = [each.critical if each.critical is not None else each.shutdown for each in limits]
        limit = np.array([np.inf if each is None else each for each in given])
        values = grid.values[:, inlets]
        ahead = extrapolated(values, grid.ticks(self.window_s), self.ahead_s / grid.step_s)
        crossed = held(ahead > limit, grid.ticks(HOLD_S))
        return alerts_of(crossed, grid.times, [hall[i] for i in inlets])


def extrapolated(values: F64, window: int, ahead: float) -> F64:
    """[ticks, series] the least-squares line through the last ``window`` ticks, ``ahead`` ticks on.

    NaN where the latest value or half of the window is missing.
    """
    known = np.isfinite(values)
    y = np.where(known, values, 0.0)
    x = np.arange(len(values), dtype=np.float64)[:, None]
    n, sx, sy, sxx, sxy = (
        _over(part, window) for part in (known.astype(np.float64), known * x, y, known * x * x, y * x)
    )
    spread = sxx * n - sx * sx
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = (sxy * n - sx * sy) / spread
        line = sy / n + slope * (x + ahead - sx / n)
    enough = known & (n >= max(2.0, window / 2.0)) & (spread > 0.0)
    return np.where(enough, line, np.nan)


def _over(part: F64, window: int) -> F64:
    """Sums over the last ``window`` rows."""
    total = np.cumsum(part, axis=0)
    total[window:] -= total[:-window].copy()
    return total
