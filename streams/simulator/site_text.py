"""The site file that the owner of the simulated hall would have written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from numpy.random import Generator

from config.scenario import Scenario
from streams.simulator.layout import Layout, draw

KINDS = (("chillers", "Chiller"), ("pumps", "Pump"), ("tower_ids", "Cooling_Tower"))


def site_toml(scenario: Scenario, site: Layout, rng: Generator) -> str:
    """Zone, halls, equipment, services and the racks' limits, as TOML."""
    return "\n".join(_lines(scenario, site, rng)) + "\n"


def _lines(scenario: Scenario, site: Layout, rng: Generator) -> Iterator[str]:
    yield f"# {scenario.title}"
    yield from ("[site]", f'name = "{scenario.name}"', "")
    yield from ("[[zone]]", f'name = "{site.zone}"', f"halls = {_strings(site.hall_ids)}", "")
    for number, hall in enumerate(site.hall_ids):
        volume = int((site.rack_hall == number).sum()) * site.air_m3_per_rack
        yield from ("[[hall]]", f'name = "{hall}"', f"air_volume_m3 = {volume:.0f}", "")
    feeds = _strings(tuple(f"{hall}/crah-*" for hall in site.hall_ids))
    for group, brick in KINDS:
        for name in getattr(site, group):
            yield from ("[[equipment]]", f'id = "{name}"', f'type = "{brick}"')
            if brick == "Chiller":
                yield f"capacity_kw = {site.chiller_kw:.0f}"
            yield from (f"feeds = {feeds}", "")
    told = draw(rng, scenario.metering.capacity_told)
    for u, name in enumerate(site.units):
        hall = site.hall_ids[site.unit_hall[u]]
        yield from ("[[equipment]]", f'id = "{name}"', 'type = "CRAH"')
        if rng.random() < told:
            yield f"capacity_kw = {site.unit_kw[u]:.0f}"
        yield from (f'feeds = ["{hall}/rack-*"]', "")
    for service in site.services:
        racks = _strings(tuple(site.racks[r] for r in service.racks))
        yield from (
            "[[service]]",
            f'name = "{service.name}"',
            f"racks = {racks}",
            f"needs = {service.needs}",
            "",
        )
    for work in scenario.maintenance:
        yield from ("[[maintenance]]", f'match = "{work.match}"')
        for key, hours in (("start", work.from_h), ("end", work.to_h)):
            yield f"{key} = {(scenario.start + timedelta(hours=hours)).isoformat()}"
        yield from (f'note = "{work.note}"', "")
    yield "[[limit]]"
    yield 'match = "*/rack-*/inlet_air_temperature/**"'
    yield from ("warning = 27.0", "critical = 32.0", f"shutdown = {site.shutdown:.1f}")


def _strings(names: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"
