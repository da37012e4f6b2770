"""A site drawn from a scenario's ranges by the seed: how much of what, how large, how loaded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from config.scenario import Range, Scenario

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


def draw(rng: Generator, span: Range) -> float:
    """A number drawn evenly from a span."""
    return float(rng.uniform(*span))


def draw_count(rng: Generator, span: Range) -> int:
    """A whole number, both ends included."""
    return int(rng.integers(round(span[0]), round(span[1]) + 1))


@dataclass(frozen=True, slots=True)
class Service:
    """A service, the racks that it is on by number, and how many of them it needs."""

    name: str
    racks: tuple[int, ...]
    needs: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes and ids. Racks, rows, units and halls are numbered through over the whole zone."""

    zone: str
    halls: int
    row_hall: I64
    rack_row: I64
    rack_nominal: F64
    utilisation: float
    unmetered: float
    unit_hall: I64
    unit_kw: F64
    supply_setpoint: float
    duty_chillers: int
    spare_chillers: int
    chiller_kw: float
    duty_pumps: int
    spare_pumps: int
    towers: int
    water_setpoint: float
    loop_litres: float
    chiller_start: float
    air_m3_per_rack: float
    surface_m2_per_rack: float
    server_kj_per_k_kw: float
    shutdown: float
    lockout: float
    services: tuple[Service, ...]
    racks: tuple[str, ...]
    rows: tuple[str, ...]
    """The PDU of each row."""
    units: tuple[str, ...]
    chillers: tuple[str, ...]
    pumps: tuple[str, ...]
    tower_ids: tuple[str, ...]
    hall_ids: tuple[str, ...]

    @property
    def rack_hall(self) -> I64:
        """i8[racks]: the hall of each rack."""
        return self.row_hall[self.rack_row]

    @property
    def sizes(self) -> dict[str, int]:
        """How many of each equipment, by the names of the parameter tables."""
        return {
            "unit": len(self.units),
            "chiller": len(self.chillers),
            "pump": len(self.pumps),
            "tower": len(self.tower_ids),
            "plant": 1,
            "hall": self.halls,
            "rack": len(self.racks),
        }

    @property
    def ids(self) -> dict[str, tuple[str, ...]]:
        """The equipment of each parameter table, in row order."""
        return {
            "unit": self.units,
            "chiller": self.chillers,
            "pump": self.pumps,
            "tower": self.tower_ids,
            "plant": (self.zone,),
            "hall": self.hall_ids,
            "rack": self.racks,
        }


SERVICE_NAMES = ("messaging", "payment", "accounts", "search", "storage", "media", "orders", "maps")


def draw_layout(scenario: Scenario, rng: Generator) -> Layout:
    """One site. The same seed gives the same site."""
    spans = scenario.layout
    halls = draw_count(rng, spans.halls)
    rows_each = draw_count(rng, spans.rows)
    row_hall = np.repeat(np.arange(halls), rows_each)
    rack_row = np.repeat(np.arange(len(row_hall)), draw_count(rng, spans.racks_per_row))
    mean_kw = draw(rng, spans.rack_kw)
    spread = draw(rng, spans.rack_spread)
    nominal = mean_kw * np.clip(1.0 + spread * rng.standard_normal(len(rack_row)), 0.5, 1.6)
    unmetered = draw(rng, spans.unmetered)
    unit_kw = draw(rng, spans.unit_kw)
    spare = draw_count(rng, spans.spare_units)
    unit_hall = _units_of_halls(nominal, row_hall[rack_row], halls, unmetered, unit_kw, spare)
    duty = draw_count(rng, spans.chillers)
    total = _design(nominal, unmetered)
    hall_ids = tuple(f"hall-{h + 1}" for h in range(halls))
    zone = "plant-a"
    racks = _numbered("rack", hall_ids, row_hall[rack_row])
    spare_chillers = draw_count(rng, spans.spare_chillers)
    duty_pumps, spare_pumps = draw_count(rng, spans.pumps), draw_count(rng, spans.spare_pumps)
    towers = draw_count(rng, spans.towers)
    return Layout(
        zone=zone,
        halls=halls,
        row_hall=row_hall,
        rack_row=rack_row,
        rack_nominal=nominal,
        utilisation=draw(rng, spans.utilisation),
        unmetered=unmetered,
        unit_hall=unit_hall,
        unit_kw=np.full(len(unit_hall), unit_kw),
        supply_setpoint=round(draw(rng, spans.supply_setpoint), 1),
        duty_chillers=duty,
        spare_chillers=spare_chillers,
        chiller_kw=1.15 * total / duty,
        duty_pumps=duty_pumps,
        spare_pumps=spare_pumps,
        towers=towers,
        water_setpoint=round(draw(rng, spans.water_setpoint), 1),
        loop_litres=draw(rng, spans.loop_litres_per_kw) * total,
        chiller_start=draw(rng, spans.chiller_start_s),
        air_m3_per_rack=draw(rng, spans.air_m3_per_rack),
        surface_m2_per_rack=draw(rng, spans.surface_m2_per_rack),
        server_kj_per_k_kw=draw(rng, spans.server_kj_per_k_kw),
        shutdown=round(draw(rng, spans.shutdown)),
        lockout=draw(rng, spans.lockout),
        services=_services(rng, draw_count(rng, spans.services), len(racks)),
        racks=racks,
        rows=_numbered("pdu", hall_ids, row_hall),
        units=_numbered("crah", hall_ids, unit_hall),
        chillers=tuple(f"{zone}/chiller-{k + 1}" for k in range(duty + spare_chillers)),
        pumps=tuple(f"{zone}/pump-{k + 1}" for k in range(duty_pumps + spare_pumps)),
        tower_ids=tuple(f"{zone}/tower-{k + 1}" for k in range(towers)),
        hall_ids=hall_ids,
    )


def _units_of_halls(
    nominal: F64, rack_hall: I64, halls: int, unmetered: float, unit_kw: float, spare: int
) -> I64:
    """The hall of each unit: as many as the racks of a hall need, two at least, and the spare ones."""
    per_hall = [
        max(int(np.ceil(_design(nominal[rack_hall == h], unmetered) / unit_kw)), 2) + spare
        for h in range(halls)
    ]
    return np.repeat(np.arange(halls), per_hall)


def _design(nominal: F64, unmetered: float) -> float:
    """Load that units and chillers are sized for: nameplate, unmetered heat and fans."""
    return float(np.sum(nominal)) * (1.0 + unmetered + 0.06)


def _numbered(word: str, hall_ids: tuple[str, ...], halls: I64) -> tuple[str, ...]:
    counts = [0] * len(hall_ids)
    names = []
    for hall in halls:
        counts[hall] += 1
        names.append(f"{hall_ids[hall]}/{word}-{counts[hall]:02d}")
    return tuple(names)


def _services(rng: Generator, count: int, racks: int) -> tuple[Service, ...]:
    """Services on neighbouring racks or spread over the halls; some can do without a few of theirs."""
    services = []
    for i in range(min(count, len(SERVICE_NAMES))):
        size = int(rng.integers(2, max(3, racks // count) + 1))
        if rng.random() < 0.6:
            first = int(rng.integers(0, max(racks - size, 1)))
            members = tuple(range(first, min(first + size, racks)))
        else:
            members = tuple(sorted(int(r) for r in rng.choice(racks, size=min(size, racks), replace=False)))
        spare = int(rng.integers(0, 1 + len(members) // 3))
        services.append(Service(SERVICE_NAMES[i], members, len(members) - spare))
    return tuple(services)
