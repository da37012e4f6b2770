"""What open incidents touch: of that nothing is learned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.seen.topology import Topology


@dataclass(frozen=True, slots=True)
class Touched:
    """What the open incidents touch, as ids and a time."""

    halls: frozenset[str] = frozenset()
    """Halls that a cooling incident touches as a whole; "" = all of the zone."""
    roots: frozenset[str] = frozenset()
    """Roots of all open incidents."""
    since: int | None = None
    """When the oldest trouble of a whole hall or plant began that is firing, ns."""

    def calm(self, topology: Topology) -> np.ndarray:
        """By hall, whether no cooling incident touches it as a whole."""
        everywhere = "" not in self.halls
        return np.array([everywhere and hall not in self.halls for hall in topology.halls], np.bool_)

    def healthy(self, topology: Topology) -> np.ndarray:
        """By equipment, whether nothing touches it."""
        calm = self.calm(topology)
        everywhere = bool(calm.all())
        return np.array(
            [
                (calm[h] if h >= 0 else everywhere) and id not in self.roots
                for id, h in zip(topology.ids, topology.hall_of, strict=True)
            ],
            np.bool_,
        )
