"""A first site.toml out of the names that were seen: what is certain stands, the rest is a comment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from config.equipment import COOLING_UNITS, PLANT, EquipmentType, guess_type
from config.kinds import Kind
from config.points import PointName, parse_point

LABELS = frozenset({"anomaly", "changepoint", "label", "labels", "fault", "is_anomaly", "class", "target"})
"""Columns of this name say what the log's author found, which the detector must not read."""

CARRIES_NO_HEAT = frozenset({EquipmentType.PUMP, EquipmentType.PDU, EquipmentType.OUTSIDE})
"""A capacity says nothing about these."""
NOT_PLANT = COOLING_UNITS | {EquipmentType.RACK}
_RACKS_IN_EXAMPLE = 3
_USUAL = ("supply_air_temperature", "return_air_temperature", "inlet_air_temperature", "fan_speed", "power")


def site_text(names: Iterable[str], kinds: Mapping[str, Kind], source: str) -> str:
    """The file; ``names`` as they stand in the messages, ``source`` says where they were seen."""
    known: list[PointName] = []
    foreign: list[str] = []
    for name in names:
        point = parse_point(name)
        if point is not None and point.measure in kinds:
            known.append(point)
        else:
            foreign.append(name)
    equipment = sorted({point.equipment_id for point in known})
    parts = [
        f"# What coolwatch knows of the site. Written from {source}; make it yours.",
        "# Everything here is optional: what the ids tell need not be said again.",
        "",
        "[site]",
        'name = "my-site"',
        "",
        *_zones(equipment),
        *_halls(equipment),
        *_equipment(equipment),
        *_services(equipment),
        *_limits(),
        *_points(foreign, kinds),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _places(equipment: Iterable[str]) -> tuple[list[str], list[str]]:
    """(halls, places that hold plant and neither units nor racks) by the first part of the ids."""
    types: dict[str, set[EquipmentType | None]] = {}
    for id in equipment:
        types.setdefault(id.split("/")[0], set()).add(guess_type(id))
    plants = [place for place, held in types.items() if held & PLANT and not held & NOT_PLANT]
    return [place for place in types if place not in plants], plants


def _zones(equipment: list[str]) -> Iterator[str]:
    halls, plants = _places(equipment)
    if not plants:
        yield "# A plant and the halls it feeds. A hall that no zone names is its own zone."
        yield from _commented('[[zone]]\nname = "plant-a"\nhalls = ' + _list(halls[:2] or ["hall-1"]))
    elif len(plants) == 1 and halls:
        yield f"# {plants[0]} holds plant and no racks, so it is taken to feed every hall seen."
        yield from ("[[zone]]", f"name = {json.dumps(plants[0])}", f"halls = {_list(halls)}")
    else:
        yield "# These hold plant and no racks; say which halls each feeds."
        for plant in plants:
            yield from _commented(f"[[zone]]\nname = {json.dumps(plant)}\nhalls = {_list(halls)}")
    yield ""


def _halls(equipment: list[str]) -> Iterator[str]:
    for hall in _places(equipment)[0]:
        yield from ("[[hall]]", f"name = {json.dumps(hall)}", "# air_volume_m3 = 1200", "")


def _equipment(equipment: list[str]) -> Iterator[str]:
    if not equipment:
        return
    yield "# Types are guessed from the names. A capacity tells how many units are to spare; feeds, unless"
    yield "# said, is every rack of the hall for a unit and every unit of the zone for plant."
    for id in equipment:
        guessed = guess_type(id)
        if guessed == "Rack":
            continue  # a rack needs no entry of its own
        yield "[[equipment]]"
        yield f"id = {json.dumps(id)}"
        yield f'type = "{guessed}"' if guessed else '# type = "CRAH"   # not clear from the name'
        if guessed not in CARRIES_NO_HEAT:
            yield "# capacity_kw = 60"
        yield ""


def _services(equipment: list[str]) -> Iterator[str]:
    racks = [id for id in equipment if guess_type(id) == "Rack"][:_RACKS_IN_EXAMPLE]
    yield "# Which racks a service stands on, and how many of them it needs up (all, unless said)."
    yield from _commented(
        f'[[service]]\nname = "messaging"\nracks = {_list(racks or ["hall-1/rack-0[1-4]"])}\nneeds = 1'
    )
    yield ""


def _limits() -> Iterator[str]:
    yield "# Limits, degrees C. Rack inlets have the ASHRAE figures unless said: warning 27, critical 32."
    yield "# A rack is taken to drop after 30 s beyond shutdown, or beyond critical where there is none."
    match = "*/rack-*/inlet_air_temperature/**"
    yield from _commented(f'[[limit]]\nmatch = "{match}"\nwarning = 27.0\ncritical = 32.0\nshutdown = 40.0')
    yield ""


def _points(foreign: list[str], kinds: Mapping[str, Kind]) -> Iterator[str]:
    for name in foreign:
        if name.casefold() in LABELS:
            yield "# A label, not a measurement: the detector must not see it."
            yield from ("[[point]]", f"match = {json.dumps(name)}", "ignore = true", "")
    named = [name for name in foreign if name.casefold() not in LABELS]
    if not named:
        return
    yield "# These names are not hall/equipment/measure[/place]. Say which point each is (and its unit, if"
    yield "# it is not that of the kind); until then they are ignored. Some measures:"
    yield f"# {', '.join(name for name in _USUAL if name in kinds)} ... (all: docs/settings.md)"
    for name in named:
        point = parse_point(name)
        guess = f"{point.equipment_id}/MEASURE" if point else "hall-1/EQUIPMENT/MEASURE"
        yield from _commented(f'[[point]]\nmatch = {json.dumps(name)}\nid = "{guess}"\nunit = "degC"')
        yield ""


def _commented(text: str) -> Iterator[str]:
    return (f"# {line}" for line in text.splitlines())


def _list(items: Iterable[str]) -> str:
    return "[" + ", ".join(json.dumps(item) for item in items) + "]"
