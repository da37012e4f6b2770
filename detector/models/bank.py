"""A model for each piece of equipment, made when it first speaks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detector.models.expectation import Expectation
from streams.messages import F64


class Bank:
    """Expectations of one measure, by equipment index; ``names`` are the drivers, in column order."""

    def __init__(self, names: tuple[str, ...], every: int) -> None:
        self.names = names
        self.models: dict[str, Expectation] = {}
        self._every = every
        self._turn = 0

    def expect(self, ids: tuple[str, ...], rows: tuple[int, ...], drivers: F64) -> F64:
        """Expected value for each of ``rows``; ``drivers`` is [len(ids), len(names)]. NaN = no opinion."""
        expected = np.full(len(ids), np.nan)
        rows_of_drivers = drivers.tolist()
        for row in rows:
            model = self.models.get(ids[row])
            if model is not None:
                expected[row] = model.expect(self._named(rows_of_drivers[row]))
        return expected

    def deviation(self, ids: tuple[str, ...], rows: tuple[int, ...], residual: F64) -> F64:
        """Residuals in scales of each model's own; NaN stays NaN."""
        deviation = np.full(len(ids), np.nan)
        residuals = residual.tolist()
        for row in rows:
            if not math.isnan(residuals[row]):
                deviation[row] = self.models[ids[row]].deviation(residuals[row])
        return deviation

    def drifting(self, ids: tuple[str, ...], rows: tuple[int, ...]) -> np.ndarray:
        """By equipment index, whether a model's residuals have left their mean."""
        found = np.zeros(len(ids), np.bool_)
        for row in rows:
            model = self.models.get(ids[row])
            found[row] = model is not None and model.drifting
        return found

    def learn(self, ids: tuple[str, ...], rows: tuple[int, ...], drivers: F64, value: F64) -> None:
        """Learn the finite values of ``rows``, each at its turn: one tick in ``every``."""
        self._turn += 1
        for n, row in enumerate(rows):
            if (n + self._turn) % self._every == 0 and math.isfinite(value[row]):
                model = self.models.get(ids[row])
                if model is None:
                    model = self.models[ids[row]] = Expectation()
                model.learn(self._named(drivers[row].tolist()), float(value[row]))

    def state(self) -> dict[str, Any]:
        return {"turn": self._turn, "models": {id: model.state() for id, model in self.models.items()}}

    def restore(self, state: dict[str, Any]) -> list[str]:
        """Returns the ids whose models could not be read and will be learned again."""
        lost = []
        self._turn = state["turn"]
        for id, inside in state["models"].items():
            try:
                self.models[id] = Expectation.restore(inside)
            except (ValueError, KeyError):
                lost.append(id)
        return lost

    def _named(self, row: list[float]) -> dict[str, float]:
        """The known drivers of a row by name."""
        return {name: value for name, value in zip(self.names, row, strict=True) if value == value}
