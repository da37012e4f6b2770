"""Slow faults: measures of every machine, block by block, against its frozen reference and its peers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec
import numpy as np

from detector.sign import Sign
from detector.slow.block import measure
from detector.slow.blocks import Blocks
from detector.slow.diagnosis import Standing, diagnose
from detector.slow.drift import GOING, Drift
from detector.slow.measures import FLOOR, NEAR, Measure, Measured
from detector.slow.peers import beyond_peers
from detector.slow.reference import Opinion, Reference
from detector.snapshot import restore_into, state_of
from detector.topology import Topology
from detector.view import View
from streams.messages import F64, I64

# What lies further off than this is not learned; in a region never seen not at once,
STRANGE_SCALES = 2.0
# but after so many blocks (a day) without an incident it is how the machine runs now.
ACCEPTED_AFTER = 144


class SlowFaults:
    """Call `judge` at each tick, and `learn` once the incidents of the tick are known."""

    state_fields = ("machines", "well", "strange")

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
        self._found: list[Sign] = []
        self._sample: tuple[Measured, Opinion] | None = None

    def judge(self, view: View) -> list[Sign]:
        """What has crept away from its reference by now."""
        block = self._blocks.close(view.end)
        if block is not None:
            self.judge_block(view.topology, *block)
        self._blocks.add(view.picture, view.condition.running, float(np.nansum(view.load)))
        worked_on = {view.topology.ids[m] for m in np.flatnonzero(view.maintained)}
        return [o for o in self._found if o.root not in worked_on]

    def learn(self, healthy: np.ndarray) -> None:
        """Learn the block that was just judged, of machines ``healthy`` (by equipment) all through it."""
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

    def judge_block(self, topology: Topology, mean: F64, load: float) -> None:
        """Judge one block's means, f8[equipment, roles]."""
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
        standing = Standing(topology, rows, self._drift, measured, opinion, self._blocks.number)
        self._found = diagnose(standing, {(o.root, o.fault) for o in self._found})
        self._sample = measured, opinion

    def learn_block(self, healthy: np.ndarray) -> None:
        """The second half of `judge_block`."""
        assert self._sample is not None
        (measured, opinion), self._sample = self._sample, None
        residual = measured.y - opinion.expected
        with np.errstate(invalid="ignore"):
            far = np.abs(residual) > STRANGE_SCALES * np.fmax(FLOOR, opinion.scale)
        strange = far & ~opinion.seen
        self.strange = np.where(strange, self.strange + 1, 0)
        well = self.well & healthy[self.machines]
        calm = np.fmax(self._drift.up, self._drift.down).max(axis=1, initial=0.0) < GOING
        where = (well & calm)[:, None] & (~far | (self.strange > ACCEPTED_AFTER))
        self._reference.learn(measured.x, measured.y, residual, where, self._blocks.number)
        self.well[:] = True

    def _enroll(self, topology: Topology) -> None:
        """A row for each unit, each chiller, the first tower and pump, in order of their first block."""
        wanted = [m for units in topology.units for m in units]
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

    def _rows_of(self, groups: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
        row = {m: r for r, m in enumerate(self.machines.tolist())}
        return tuple(tuple(row[m] for m in group) for group in groups)

    def state(self) -> dict[str, Any]:
        return {
            "own": state_of(self),
            "blocks": state_of(self._blocks),
            "reference": state_of(self._reference),
            "drift": state_of(self._drift),
            "found": [asdict(o) for o in self._found],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """SnapshotError or KeyError where it is something else than `state` gave."""
        restore_into(self, state["own"])
        restore_into(self._blocks, state["blocks"])
        restore_into(self._reference, state["reference"])
        restore_into(self._drift, state["drift"])
        self._found = [msgspec.convert(o, Sign) for o in state["found"]]
