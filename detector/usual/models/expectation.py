"""What a measured value should be, given what drives it: an online River model.

Bayesian linear regression over standardised drivers (Bishop, Pattern
Recognition and Machine Learning, section 3.3): exact after every step, no
learning rate to tune, and cheap for the handful of drivers that a cooling unit
has. It has no opinion in a region of its drivers that it has not seen.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from river import drift, linear_model, preprocessing

from detector.snapshot import model_state, restore_model
from streams.messages import F64

# Learned samples before it speaks.
WARM_UP = 40
# Samples kept back until it is known how far each driver reaches.
KEPT_BACK = 20
# Beyond this many standard deviations (and this much) a driver is where the model has not been.
SEEN_WITHIN = 4.0
SMALLEST_STEP = 1.0
# Mean and reach of a driver that the model has never been told of.
NOWHERE = (math.nan, math.nan)
# Weight of the newest residual in the running scale.
SCALE_PART = 0.02
SMALLEST_SCALE = 0.15
# A residual moves the running scale by no more than one of this many scales.
COUNTED_WITHIN = 5.0
# Page-Hinkley on the residual in scales: tolerated drift, and sum at which it speaks.
DRIFT_DELTA = 0.5
DRIFT_THRESHOLD = 60.0
# Samples for which a drift that was seen is held up.
DRIFT_LASTS = 360


class Expectation:
    """One value's model. ``x`` maps the drivers that are known to their values, none of them NaN."""

    def __init__(self) -> None:
        self.scaler = preprocessing.StandardScaler()
        self.model = linear_model.BayesianLinearRegression(alpha=1.0, beta=4.0)
        self.drift = self._new_drift()
        self.scale = 1.0
        self.samples = 0
        self.drifted_at = -DRIFT_LASTS
        self._kept_back: list[tuple[dict[str, float], float]] = []
        self._frame: dict[str, tuple[float, float]] = {}
        """Centre and width by which each driver is standardised."""
        self._region: dict[str, tuple[float, float]] | None = None

    @staticmethod
    def _new_drift() -> drift.PageHinkley:
        return drift.PageHinkley(
            min_instances=30, delta=DRIFT_DELTA, threshold=DRIFT_THRESHOLD, alpha=1.0, mode="both"
        )

    def expect(self, x: dict[str, float]) -> float:
        """The expected value; NaN before warm-up and where the drivers are out of the region seen."""
        if self.samples < WARM_UP or not self._seen(x):
            return math.nan
        return float(self.model.predict_one(self._standardised(x)))

    def learn(self, x: dict[str, float], y: float) -> None:
        """Take in one healthy sample, whatever its residual; the caller judges what is healthy."""
        expected = self.expect(x)
        if expected == expected:
            residual = y - expected
            within = min(abs(residual), COUNTED_WITHIN * self.scale)
            # A plain average of the first residuals, then one that forgets.
            part = max(SCALE_PART, 1.0 / (self.samples - WARM_UP + 2))
            self.scale += part * (1.2533 * within - self.scale)
            self.drift.update(residual / self.usual_scale)
            if self.drift.drift_detected:
                self.drifted_at = self.samples
        self.scaler.learn_one(x)
        self.samples += 1
        self._region = None
        if self.samples < KEPT_BACK:
            self._kept_back.append((x, y))
            return
        self._frame_drivers(x)
        for earlier, value in self._kept_back:
            self.model.learn_one(self._standardised(earlier), value)
        self._kept_back = []
        self.model.learn_one(self._standardised(x), y)

    @property
    def usual_scale(self) -> float:
        """How far residuals usually are from nothing: what a deviation is counted in."""
        return max(self.scale, SMALLEST_SCALE)

    @property
    def drifting(self) -> bool:
        """Whether the residuals have left their mean not long ago."""
        return self.samples - self.drifted_at < DRIFT_LASTS

    def weights(self) -> tuple[dict[str, tuple[float, float]], float]:
        """Weight and centre of each driver, in its own unit, and the value where all are at their centres."""
        means = {name: float(self.model.predict_one({name: 1.0})) for name in (*self._frame, "bias")}
        weights = {name: (means[name] / width, centre) for name, (centre, width) in self._frame.items()}
        return weights, means["bias"]

    def state(self) -> dict[str, Any]:
        """As plain data, for a snapshot: fields of the River models as numbers, never objects."""
        parts = {name: model_state(getattr(self, name)) for name in ("scaler", "model", "drift")}
        return {
            **parts,
            "scale": self.scale,
            "samples": self.samples,
            "drifted_at": self.drifted_at,
            "kept_back": self._kept_back,
            "frame": self._frame,
        }

    @classmethod
    def restore(cls, state: dict[str, Any]) -> Expectation:
        """Raises ValueError where River's models are made of other parts by now."""
        self = cls()
        for name in ("scaler", "model", "drift"):
            restore_model(getattr(self, name), state[name])
        self.scale, self.samples = state["scale"], state["samples"]
        self.drifted_at = state["drifted_at"]
        self._kept_back = [(x, y) for x, y in state["kept_back"]]
        self._frame = {name: (centre, width) for name, (centre, width) in state["frame"].items()}
        return self

    def _frame_drivers(self, x: dict[str, float]) -> None:
        """Settle once and for all how each driver is standardised.

        The regression is exact only as long as a driver means the same in
        every sample, so the frame does not follow the running mean.
        """
        for name in self.scaler.means if not self._frame else x:
            if name not in self._frame:
                width = max(self.scaler.vars.get(name, 0.0) ** 0.5, SMALLEST_STEP)
                self._frame[name] = (self.scaler.means[name], width)

    def _standardised(self, x: dict[str, float]) -> dict[str, float]:
        z = {}
        for name, value in x.items():
            centre, width = self._frame[name]
            z[name] = (value - centre) / width
        z["bias"] = 1.0
        return z

    def _seen(self, x: dict[str, float]) -> bool:
        region = self.region()
        if not x:
            return not region
        for name, value in x.items():
            centre, reach = region.get(name, NOWHERE)
            if not -reach <= value - centre <= reach:
                return False
        return True

    def region(self) -> dict[str, tuple[float, float]]:
        """Mean and reach of each driver that it has been told of."""
        if self._region is None:
            self._region = self._region_seen()
        return self._region

    def _region_seen(self) -> dict[str, tuple[float, float]]:
        return {
            name: (mean, max(SEEN_WITHIN * self.scaler.vars.get(name, 0.0) ** 0.5, SMALLEST_STEP))
            for name, mean in self.scaler.means.items()
        }


# Equipment this far from what its model expects teaches the model nothing.
LEARN_WITHIN_SCALES = 6.0


def as_expected(deviation: F64) -> np.ndarray:
    """Where a deviation, in scales of its model's own, is near enough to be learned; NaN counts as near."""
    within: np.ndarray = np.isnan(deviation) | (np.abs(deviation) < LEARN_WITHIN_SCALES)
    return within
