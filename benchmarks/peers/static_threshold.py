"""A fixed limit on the air that racks take in."""

from __future__ import annotations

import numpy as np

from benchmarks.peers.alert import Alert, alerts_of, held
from benchmarks.peers.history import Grid, History, columns, halls
from config.kinds import Role
from config.site import Site

HOLD_S = 60
"""Two readings of a sensor that reports each minute."""


class StaticThreshold:
    name = "static inlet threshold"
    settings = (
        "rack inlet above the site's warning limit, 27 C unless it says otherwise, held for 1 min "
        "(ASHRAE TC 9.9, Thermal Guidelines for Data Processing Environments: recommended envelope)"
    )

    def alerts(self, history: History, grid: Grid, site: Site) -> list[Alert]:
        inlets = columns(history, Role.RACK_INLET)
        limits = [site.limits(history.ids[i]).warning for i in inlets]
        limit = np.array([np.inf if each is None else each for each in limits])
        hall = halls(history, site)
        warm = held(grid.values[:, inlets] > limit, grid.ticks(HOLD_S))
        return alerts_of(warm, grid.times, [hall[i] for i in inlets])
