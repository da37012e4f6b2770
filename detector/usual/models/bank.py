"""A model for each piece of equipment, made when it first speaks, and what all of them expect at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from detector.points import ROOM
from detector.threshold import TUNED, threshold
from detector.usual.models.expectation import NOWHERE, Expectation
from detector.usual.shared import OF_USUAL
from streams.messages import F64, I64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of models that learn one by one."""

    seasoned: int = threshold(
        60, "samples", "a model that has learned so many, and 20 of them since it speaks...", TUNED
    )
    leisure: int = threshold(
        8, "turns", "...takes in one turn in so many: what is left to learn comes by the hour", TUNED
    )


T = Thresholds()


class Bank:
    """Expectations of one measure, by equipment index; ``names`` are the drivers, in column order.

    Models learn one by one and seldom; what they expect is asked of all of
    them at every tick. So what each has learned is copied into arrays, a row a
    model, when it learns, and the arrays answer.
    """

    def __init__(self, names: tuple[str, ...], every: int) -> None:
        self.names = names
        self.models: dict[str, Expectation] = {}
        self._every = every
        self._turn = 0
        self._row_of: dict[str, int] = {}
        self._row: I64 = np.empty(0, np.int64)
        """By equipment index: the row of its model, or that of none (the last one)."""
        self._fit(ROOM)

    def expect(self, ids: tuple[str, ...], rows: tuple[int, ...], drivers: F64) -> F64:
        """Expected value for each of ``rows``; ``drivers`` is [len(ids), len(names)]. NaN = no opinion."""
        at, where = self._rows(ids, rows)
        known = np.isfinite(drivers[at])
        total = self._bias[where].copy()
        seen = self._ready[where] & (known.any(axis=1) | ~self._drives[where].any(axis=1))
        for d in range(len(self.names)):
            x = drivers[at, d]
            here = known[:, d]
            total += np.where(here, self._weight[where, d] * (x - self._centre[where, d]), 0.0)
            seen &= ~here | (np.abs(x - self._mean[where, d]) <= self._reach[where, d])
        expected = np.full(len(ids), np.nan)
        expected[at] = np.where(seen, total, np.nan)
        return expected

    def deviation(self, ids: tuple[str, ...], rows: tuple[int, ...], residual: F64) -> F64:
        """Residuals in scales of each model's own; NaN stays NaN."""
        at, where = self._rows(ids, rows)
        deviation = np.full(len(ids), np.nan)
        deviation[at] = residual[at] / self._scale[where]
        return deviation

    def drifting(self, ids: tuple[str, ...], rows: tuple[int, ...]) -> np.ndarray:
        """By equipment index, whether a model's residuals have left their mean."""
        at, where = self._rows(ids, rows)
        found = np.zeros(len(ids), np.bool_)
        found[at] = self._drifting[where]
        return found

    def learn(self, ids: tuple[str, ...], rows: tuple[int, ...], drivers: F64, value: F64) -> None:
        """Learn the finite values of ``rows``, each at its turn: one tick in ``every``, later fewer."""
        self._turn += 1
        for n in range(-self._turn % self._every, len(rows), self._every):
            row = rows[n]
            if not math.isfinite(value[row]):
                continue
            model = self.models.get(ids[row])
            if model is None:
                model = self.models[ids[row]] = Expectation()
            seasoned = model.samples >= T.seasoned
            if seasoned and (n + self._turn) % (T.leisure * self._every):
                continue
            model.learn(self._named(drivers[row].tolist()), float(value[row]))
            self._copy(ids[row])

    def forget(self, ids: list[str]) -> None:
        """Begin anew with what runs otherwise now."""
        for id in ids:
            if id in self.models:
                self.models[id] = Expectation()
                self._copy(id)

    def state(self) -> dict[str, Any]:
        """As plain data, for a snapshot: each model by id, as numbers."""
        return {"turn": self._turn, "models": {id: model.state() for id, model in self.models.items()}}

    def restore(self, state: dict[str, Any]) -> list[str]:
        """Returns the ids whose models could not be read and will be learned again."""
        lost = []
        self._turn = state["turn"]
        for id, inside in state["models"].items():
            try:
                self.models[id] = Expectation.restore(inside)
                self._copy(id)
            except Exception:  # another River may have put anything into it
                self.models[id] = Expectation()
                self._copy(id)
                lost.append(id)
        return lost

    def _named(self, row: list[float]) -> dict[str, float]:
        """The known drivers of a row by name."""
        return {name: value for name, value in zip(self.names, row, strict=True) if value == value}

    def _rows(self, ids: tuple[str, ...], rows: tuple[int, ...]) -> tuple[I64, I64]:
        """Equipment indices, and the row of the model of each."""
        if len(self._row) != len(ids):
            self._row = np.array([self._row_of.get(id, -1) for id in ids], np.int64)
        at = np.array(rows, np.int64)
        return at, self._row[at]

    def _copy(self, id: str) -> None:
        """Bring the arrays up to what a model knows."""
        row = self._row_of.get(id)
        if row is None:
            row = self._row_of[id] = len(self._row_of)
            self._row = np.empty(0, np.int64)
            if row + 1 == len(self._bias):
                self._fit(2 * len(self._bias))
        model = self.models[id]
        self._ready[row] = model.samples >= OF_USUAL.model_warm_up
        self._scale[row] = model.usual_scale
        self._drifting[row] = model.drifting
        weights, self._bias[row] = model.weights()
        region = model.region()
        pairs = [weights.get(name, (0.0, 0.0)) for name in self.names]
        self._weight[row], self._centre[row] = zip(*pairs, strict=True)
        pairs = [region.get(name, NOWHERE) for name in self.names]
        self._mean[row], self._reach[row] = zip(*pairs, strict=True)
        self._drives[row] = [name in region for name in self.names]

    def _fit(self, models: int) -> None:
        """Room for so many models; the last row is that of none."""
        wide = (models, len(self.names))
        old = self.__dict__.copy()
        self._bias = np.zeros(models)
        self._scale = np.full(models, np.nan)
        self._ready = np.zeros(models, np.bool_)
        self._drifting = np.zeros(models, np.bool_)
        self._weight, self._centre = np.zeros(wide), np.zeros(wide)
        self._mean, self._reach = np.full(wide, np.nan), np.full(wide, np.nan)
        self._drives = np.zeros(wide, np.bool_)
        for name in ARRAYS:
            if name in old:
                getattr(self, name)[: len(old[name]) - 1] = old[name][:-1]


ARRAYS = ("_bias", "_scale", "_ready", "_drifting", "_weight", "_centre", "_mean", "_reach", "_drives")
