"""A site that is given and not drawn: its layout, and what differs between equipment of one kind."""

from __future__ import annotations

from dataclasses import dataclass

from streams.simulator.layout import F64, Layout
from streams.simulator.stepping import Constants


@dataclass(frozen=True, slots=True)
class GivenSite:
    """Every array is in the order of the layout's ids."""

    layout: Layout
    load: F64
    """f8[racks]: what each rack draws, kW; at most its nominal power."""
    shutdown: F64
    """f8[racks]: inlet air at which each rack shuts down, degC."""
    critical: F64
    """f8[racks]: critical limit of each rack's inlet air, degC."""
    chiller_kw: F64
    """f8[chillers]"""
    air: F64
    """f8[halls]: air in the hall as a multiple of what the layout's ``air_m3_per_rack`` gives."""

    def applied_to(self, constants: Constants) -> Constants:
        """The constants of the layout, with each equipment's own figures in place of the common one."""
        part = self.chiller_kw / self.layout.chiller_kw
        air, chiller = constants.air, constants.chiller
        of_row = self.air[self.layout.row_hall]
        return constants._replace(
            air=air._replace(
                rack_shutdown=self.shutdown.copy(),
                row_cold_mass=air.row_cold_mass * of_row,
                row_hot_mass=air.row_hot_mass * of_row,
            ),
            chiller=chiller._replace(
                capacity=chiller.capacity * part,
                design_flow=chiller.design_flow * part,
                condenser_ua=chiller.condenser_ua * part,
                condenser_flow=chiller.condenser_flow * part,
            ),
        )
