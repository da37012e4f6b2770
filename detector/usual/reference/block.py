"""All measures of one block."""

from __future__ import annotations

import numpy as np

from config.equipment import EquipmentType
from detector.seen.topology import Topology
from detector.usual.reference.measures import Measure, Measured, Table
from detector.usual.reference.of_cooling_units import measure_compressors, measure_cooling_units
from detector.usual.reference.of_plant import (
    measure_chillers,
    measure_loop,
    measure_pumps,
    measure_towers,
    plant_water,
)
from detector.usual.reference.running import running
from streams.messages import F64


def measure(topology: Topology, mean: F64, load: float) -> Measured:
    """Measure a block. ``mean``: f8[equipment, roles]; ``load``: heat load of the zone's halls in it, kW."""
    table = Table(mean)
    count = len(topology.ids)
    y = np.full((count, len(Measure)), np.nan)
    x = np.zeros((count, len(Measure), 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        chillers = running(topology.chillers, table)
        groups = [running(cooling_units, table) for cooling_units in topology.cooling_units]
        water = plant_water(topology, chillers, table)
        share = load / max(sum(len(cooling_units) for cooling_units in groups), 1)
        for cooling_units in groups:
            measure_cooling_units(np.array(cooling_units, np.intp), table, water, y, x)
            compressors = [u for u in cooling_units if topology.types[u] == EquipmentType.CRAC]
            measure_compressors(np.array(compressors, np.intp), table, share, y, x)
        measure_chillers(topology, np.array(chillers, np.intp), table, load, y, x)
        measure_towers(topology, len(chillers), table, y, x)
        measure_pumps(topology, table, y, x)
        measure_loop(topology, chillers, table, water, load, y, x)
    y[~np.isfinite(y)] = np.nan
    return Measured(y, x, tuple(g for g in (*groups, chillers) if g))
