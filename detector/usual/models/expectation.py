"""What a measured value should be, given what drives it: an online River model.

Bayesian linear regression over standardised drivers (Bishop, Pattern
Recognition and Machine Learning, section 3.3): exact after every step, no
learning rate to tune, and cheap for the handful of drivers that a cooling unit
has. It has no opinion in a region of its drivers that it has not seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from river import drift, linear_model, preprocessing

from detector.snapshot import model_state, restore_model
from detector.threshold import TUNED, threshold
from detector.usual.shared import MEAN_DISTANCE_TO_DEVIATION, OF_USUAL
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of one model."""

    kept_back: int = threshold(
        20, "samples", "so many are kept back until it is known how far each driver reaches", TUNED
    )
    driver_deviations: float = threshold(
        4.0, "deviations", "a driver further from its mean is where the model has not been...", TUNED
    )
    driver_step: float = threshold(1.0, "", "...if by more than this, in the driver's unit", TUNED)
    residual_part: float = threshold(0.02, "", "weight of the newest residual in the running scale", TUNED)
    residual_floor: float = threshold(0.15, "", "the least scale, in the unit of the value", TUNED)
    residual_scales: float = threshold(
        5.0, "scales", "a residual moves the running scale by no more than one of so many", TUNED
    )
    drift_delta: float = threshold(
        0.5, "scales", "a drift of residuals that is tolerated (Page-Hinkley)...", TUNED
    )
    drift_threshold: float = threshold(60.0, "scales", "...the sum at which it is seen...", TUNED)
    drift_instances: int = threshold(30, "samples", "...and how many it takes at least", TUNED)
    drift_lasts: int = threshold(360, "samples", "a drift that was seen is held up for so many", TUNED)
    learned_within_scales: float = threshold(
        6.0, "scales", "equipment this far from what its model expects teaches the model nothing", TUNED
    )
    weight_precision: float = threshold(1.0, "", "precision of the weights before anything is learned", TUNED)
    noise_precision: float = threshold(4.0, "", "precision of a value about what drives it", TUNED)


T = Thresholds()
# Mean and reach of a driver that the model has never been told of.
NOWHERE = (math.nan, math.nan)


class Expectation:
    """One value's model. ``x`` maps the drivers that are known to their values, none of them NaN."""

    def __init__(self) -> None:
        self.scaler = preprocessing.StandardScaler()
        self.model = linear_model.BayesianLinearRegression(alpha=T.weight_precision, beta=T.noise_precision)
        self.drift = self._new_drift()
        self.scale = 1.0
        self.samples = 0
        self.drifted_at = -T.drift_lasts
        self._kept_back: list[tuple[dict[str, float], float]] = []
        self._frame: dict[str, tuple[float, float]] = {}
        """Centre and width by which each driver is standardised."""
        self._region: dict[str, tuple[float, float]] | None = None

    @staticmethod
    def _new_drift() -> drift.PageHinkley:
        return drift.PageHinkley(
            min_instances=T.drift_instances,
            delta=T.drift_delta,
            threshold=T.drift_threshold,
            alpha=1.0,
            mode="both",
        )

    def expect(self, x: dict[str, float]) -> float:
        """The expected value; NaN before warm-up and where the drivers are out of the region seen."""
        if self.samples < OF_USUAL.model_warm_up or not self._seen(x):
            return math.nan
        return float(self.model.predict_one(self._standardised(x)))

    def learn(self, x: dict[str, float], y: float) -> None:
        """Take in one healthy sample, whatever its residual; the caller judges what is healthy."""
        expected = self.expect(x)
        if expected == expected:
            residual = y - expected
            within = min(abs(residual), T.residual_scales * self.scale)
            # A plain average of the first residuals, then one that forgets.
            part = max(T.residual_part, 1.0 / (self.samples - OF_USUAL.model_warm_up + 2))
            self.scale += part * (MEAN_DISTANCE_TO_DEVIATION * within - self.scale)
            self.drift.update(residual / self.usual_scale)
            if self.drift.drift_detected:
                self.drifted_at = self.samples
        self.scaler.learn_one(x)
        self.samples += 1
        self._region = None
        if self.samples < T.kept_back:
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
        return max(self.scale, T.residual_floor)

    @property
    def drifting(self) -> bool:
        """Whether the residuals have left their mean not long ago."""
        return self.samples - self.drifted_at < T.drift_lasts

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
                width = max(self.scaler.vars.get(name, 0.0) ** 0.5, T.driver_step)
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
            name: (mean, max(T.driver_deviations * self.scaler.vars.get(name, 0.0) ** 0.5, T.driver_step))
            for name, mean in self.scaler.means.items()
        }


def as_expected(deviation: F64) -> np.ndarray:
    """Where a deviation, in scales of its model's own, is near enough to be learned; NaN counts as near."""
    within: np.ndarray = np.isnan(deviation) | (np.abs(deviation) < T.learned_within_scales)
    return within
