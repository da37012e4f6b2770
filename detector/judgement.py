"""What a tick was judged to be, before incidents are made of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.incidents.outlook import Outlook
from detector.incidents.sign import Sign
from detector.tick import Tick
from streams.messages import I64, Failure, TickVerdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """A tick, what was said of it, and what the next tick is told of that."""

    tick: Tick
    verdict: TickVerdict
    signs: list[Sign]
    failed: dict[str, Failure]
    """Rules that raised, by name: what they would have said is missing."""
    outlook: dict[str, Outlook]
    restarting: bool
    """Whether machines come back after a moment without power."""
    onset: I64
    """By hall: since when it is in trouble, ns; UNSET where it is not."""
    named: np.ndarray
    """Equipment that a sign about one machine names."""
    fails: bool
    """Whether a sign says that a machine or rack fails."""
    decays: frozenset[tuple[str, str]]
    """(root, fault) of what is said to decay slowly."""
