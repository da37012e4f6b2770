"""For how long a machine has been seen at rest, where rules wait for a while before they count that."""

from __future__ import annotations

from dataclasses import dataclass

from detector.rules.shared import SHARED
from detector.threshold import TUNED, threshold
from detector.tick import Tick


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of machines that are read seldom."""

    proofs: int = threshold(
        2, "", "sorts of evidence that a machine which is read seldom is at rest, to be told at once", TUNED
    )


T = Thresholds()


def has_waited(tick: Tick, machine: int, wait_s: float) -> bool:
    """Whether a machine has been seen at rest for so long, s; what is read seldom need not be read twice.

    A wait of seconds would be one of many minutes there. What one reading tells in two ways is
    believed; else the next reading counts.
    """
    return bool(tick.stopped_s[machine] >= wait_s) or proved_at_rest(tick, machine)


def still_waits(tick: Tick, machine: int, wait_s: float) -> bool:
    """Whether a machine has stopped, and not for so long yet, s: as of `has_waited`."""
    return bool(tick.stopped_s[machine] < wait_s) and not proved_at_rest(tick, machine)


def proved_at_rest(tick: Tick, machine: int) -> bool:
    """Whether a machine that is read seldom shows by two sorts of evidence that it is at rest."""
    if not tick.slack_s[machine] > 0.0 or tick.condition.running[machine] != 0.0:
        return False
    warm = tick.supply_above[machine] > SHARED.supply_warm_k
    return bool(tick.condition.rest_proofs[machine] + warm >= T.proofs)


def confirm_rest_s(tick: Tick, machine: int, confirm_s: int) -> int:
    """For how long a rest is to be seen, s: not again where readings that come seldom have shown it twice."""
    twice = tick.slack_s[machine] > 0.0 and tick.stopped_s[machine] >= SHARED.transfer_s
    return 0 if twice else confirm_s
