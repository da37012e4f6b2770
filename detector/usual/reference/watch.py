"""Slow faults: measures of every machine, block by block, against its frozen reference and its peers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from detector.seen.newest_values import NewestValues
from detector.seen.topology import Topology
from detector.snapshot import restore_into, state_of
from detector.threshold import TUNED, threshold
from detector.usual.reference.block import measure
from detector.usual.reference.blocks import Blocks
from detector.usual.reference.crept import Crept
from detector.usual.reference.drift import Drift
from detector.usual.reference.measures import FLOOR, NEAR, Measure, Measured
from detector.usual.reference.peers import beyond_peers
from detector.usual.reference.reference import Opinion, Reference
from detector.usual.shared import OF_USUAL
from streams.messages import F64, I64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of what is learned of slow measures."""

    strange_scales: float = threshold(
        2.0, "scales", "what lies further off is not learned; in a region never seen not at once...", TUNED
    )
    accepted_after: int = threshold(
        144,
        "blocks",
        "...but after so many, a day, without an incident it is how the machine runs now",
        TUNED,
    )


T = Thresholds()


class SlowFaults:
    """Call `watch` at each tick, and `learn` once the incidents of the tick are known."""

    state_fields = ("machines", "well", "strange", "value", "expected")

    def __init__(self) -> None:
        self.machines: I64 = np.empty(0, np.int64)
        """Equipment index of each row of all that is kept."""
        self.well = np.empty(0, np.bool_)
        """Whether a row was healthy all through the block so far."""
        self.strange: I64 = np.empty((0, len(Measure)), np.int64)
        """Blocks in a row that were far off in a region never seen."""
        self._blocks = Blocks()
        self._reference = Reference(NEAR)
        self._drift = Drift(len(Measure))
        self.value: F64 = np.empty((0, len(Measure)))
        """What the newest block showed; NaN where it showed nothing."""
        self.expected: F64 = np.empty((0, len(Measure)))
        """What was expected of it; NaN where there was no opinion."""
        self.block = 0
        """Its number."""
        self.told: frozenset[tuple[str, str]] = frozenset()
        """(root, fault) of what was told at the newest tick, and (next) after the block before the newest."""
        self.told_before: frozenset[tuple[str, str]] = frozenset()
        self._sample: tuple[Measured, Opinion] | None = None

    def watch(self, topology: Topology, values: NewestValues, running: F64, load: F64, end: int) -> None:
        """Take in one tick; ``load`` is that of each hall, kW. The first of a block ends the one before."""
        block = self._blocks.close(end)
        if block is not None:
            self.watch_block(topology, *block)
        self._blocks.add(values, running, float(np.nansum(load)))

    def now(self) -> Crept:
        """How it is now; what comes later does not move it."""
        drift = self._drift
        return Crept(
            machines=self.machines.copy(),
            up=drift.up.copy(),
            down=drift.down.copy(),
            level=drift.level.copy(),
            since=drift.since.copy(),
            value=self.value.copy(),
            expected=self.expected.copy(),
            block=self.block,
            before=self.told_before,
        )

    def learn(self, healthy: np.ndarray, told: frozenset[tuple[str, str]]) -> None:
        """Learn the block that was just taken in, of machines ``healthy`` (by equipment) all through it.

        ``told``: (root, fault) of what was said to decay at this tick.
        """
        self.told = told
        if self._sample is not None:
            self.learn_block(healthy)
        self.well &= healthy[self.machines]

    def forget(self, machines: list[int]) -> None:
        """Begin anew with machines, by equipment index, that run otherwise now."""
        rows = np.flatnonzero(np.isin(self.machines, machines)).tolist()
        self._reference.forget(rows)
        self._drift.forget(rows)
        self.strange[rows] = 0
        self.well[rows] = False

    def watch_block(self, topology: Topology, mean: F64, load: float) -> None:
        """Hold one block's means, f8[equipment, roles], against the reference."""
        self._enroll(topology)
        rows = self.machines
        # Equipment that has appeared since the block was closed has no mean in it.
        late = np.full((len(topology.ids) - len(mean), mean.shape[1]), np.nan)
        measured = measure(topology, np.concatenate([mean, late]), load)
        measured = Measured(measured.y[rows], measured.x[rows], self._rows_of(measured.peers))
        opinion = self._reference.judge(measured.x)
        scale = np.fmax(FLOOR, opinion.scale)
        deviation = np.where(opinion.seen, measured.y - opinion.expected, np.nan)
        deviation = beyond_peers(deviation, measured.peers)
        self._drift.watch(deviation, scale, self._blocks.number)
        self.value, self.expected, self.block = measured.y, opinion.expected, self._blocks.number
        self.told_before = self.told
        self._sample = measured, opinion

    def learn_block(self, healthy: np.ndarray) -> None:
        """The second half of `watch_block`."""
        assert self._sample is not None
        (measured, opinion), self._sample = self._sample, None
        residual = measured.y - opinion.expected
        with np.errstate(invalid="ignore"):
            far = np.abs(residual) > T.strange_scales * np.fmax(FLOOR, opinion.scale)
        strange = far & ~opinion.seen
        self.strange = np.where(strange, self.strange + 1, 0)
        well = self.well & healthy[self.machines]
        calm = np.fmax(self._drift.up, self._drift.down).max(axis=1, initial=0.0) < OF_USUAL.going_sum
        where = (well & calm)[:, None] & (~far | (self.strange > T.accepted_after))
        self._reference.learn(measured.x, measured.y, residual, where, self._blocks.number)
        self.well[:] = True

    def _enroll(self, topology: Topology) -> None:
        """A row for each unit, each chiller, the first tower and pump, in order of their first block."""
        wanted = [m for hall in topology.cooling_units for m in hall]
        wanted += [*topology.chillers, *topology.towers[:1], *topology.pumps[:1]]
        known = set(self.machines.tolist())
        fresh = [m for m in wanted if m not in known]
        if fresh:
            self.machines = np.concatenate([self.machines, np.array(fresh, np.int64)])
            # What was not watched all through the block is not learned from it.
            self.well = np.concatenate([self.well, np.zeros(len(fresh), np.bool_)])
            more = np.zeros((len(fresh), len(Measure)), np.int64)
            self.strange = np.concatenate([self.strange, more])
            self._reference.fit(len(self.machines))
            self._drift.fit(len(self.machines))
            self._fit()

    def _fit(self) -> None:
        """A row for each machine of what blocks have shown."""
        more = np.full((len(self.machines) - len(self.value), len(Measure)), np.nan)
        self.value = np.concatenate([self.value, more])
        self.expected = np.concatenate([self.expected, more])

    def _rows_of(self, groups: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
        row = {m: r for r, m in enumerate(self.machines.tolist())}
        return tuple(tuple(row[m] for m in group) for group in groups)

    def state(self) -> dict[str, Any]:
        """As plain data and arrays, for a snapshot."""
        return {
            "own": state_of(self),
            "blocks": state_of(self._blocks),
            "reference": state_of(self._reference),
            "drift": state_of(self._drift),
            "block": self.block,
            "told": [list(each) for each in sorted(self.told)],
            "told_before": [list(each) for each in sorted(self.told_before)],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """SnapshotError or KeyError where it is something else than `state` gave."""
        restore_into(self, state["own"])
        restore_into(self._blocks, state["blocks"])
        restore_into(self._reference, state["reference"])
        restore_into(self._drift, state["drift"])
        self.block = state.get("block", 0)
        # Before, what was found was kept as the signs themselves.
        found = [(sign["root"], sign["fault"]) for sign in state.get("found", ())]
        self.told = frozenset((root, fault) for root, fault in state.get("told", found))
        self.told_before = frozenset((root, fault) for root, fault in state.get("told_before", found))
        self._fit()
