"""A first site.toml out of the names that were seen: what is certain stands, the rest is a comment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from config.equipment import COOLING_UNITS, PLANT, EquipmentType, guess_type
from detector.service.setup.settings_file import toml_value
from detector.service.setup.site_points import commented, label_lines, point_lines
from detector.service.setup.told_names import ToldName, types_of

CARRIES_NO_HEAT = frozenset({EquipmentType.PUMP, EquipmentType.PDU, EquipmentType.OUTSIDE})
"""A capacity says nothing about these."""
NOT_PLANT = COOLING_UNITS | {EquipmentType.RACK}
_RACKS_IN_EXAMPLE = 3
Types = Mapping[str, EquipmentType | None]


def site_text(told: Sequence[ToldName], source: str) -> str:
    """The file; ``source`` says where the names were seen."""
    types = types_of(told)
    equipment = sorted(types)
    parts = [
        f"# What coolwatch knows of the site. Written from {source}; make it yours.",
        "# Everything here is optional: what the ids tell need not be said again.",
        "",
        "[site]",
        'name = "my-site"',
        "",
        *_zones(equipment, types),
        *_halls(equipment, types),
        *_equipment(equipment, types),
        *_services(equipment, types),
        *_limits(),
        *label_lines(each.tally.name for each in told if each.made == "label"),
        *point_lines(
            [each.proposal for each in told if each.proposal is not None],
            {each.tally.name: each.said for each in told},
            {each.tally.name for each in told if each.by_accident},
        ),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _places(equipment: Iterable[str], types: Types) -> tuple[list[str], list[str]]:
    """(halls, places that hold plant and neither units nor racks) by the first part of the ids."""
    held: dict[str, set[EquipmentType | None]] = {}
    for id in equipment:
        held.setdefault(id.split("/")[0], set()).add(_type(id, types))
    plants = [place for place, here in held.items() if here & PLANT and not here & NOT_PLANT]
    return [place for place in held if place not in plants], plants


def _type(id: str, types: Types) -> EquipmentType | None:
    return types.get(id) or guess_type(id)


def _zones(equipment: list[str], types: Types) -> Iterator[str]:
    halls, plants = _places(equipment, types)
    if not plants:
        yield "# A plant and the halls it feeds. A hall that no zone names is its own zone."
        yield from commented('[[zone]]\nname = "plant-a"\nhalls = ' + toml_value(halls[:2] or ["hall-1"]))
    elif len(plants) == 1 and halls:
        yield f"# {plants[0]} holds plant and no racks, so it is taken to feed every hall seen."
        yield from ("[[zone]]", f"name = {toml_value(plants[0])}", f"halls = {toml_value(halls)}")
    else:
        yield "# These hold plant and no racks; say which halls each feeds."
        for plant in plants:
            yield from commented(f"[[zone]]\nname = {toml_value(plant)}\nhalls = {toml_value(halls)}")
    yield ""


def _halls(equipment: list[str], types: Types) -> Iterator[str]:
    for hall in _places(equipment, types)[0]:
        yield from ("[[hall]]", f"name = {toml_value(hall)}", "# air_volume_m3 = 1200", "")


def _equipment(equipment: list[str], types: Types) -> Iterator[str]:
    if not equipment:
        return
    yield "# Types are guessed from the names. A capacity tells how many units are to spare; feeds, unless"
    yield "# said, is every rack of the hall for a unit and every unit of the zone for plant."
    for id in equipment:
        guessed = _type(id, types)
        if guessed == "Rack" and guess_type(id) == "Rack":
            continue  # a rack that is called one needs no entry of its own
        yield "[[equipment]]"
        yield f"id = {toml_value(id)}"
        yield f'type = "{guessed}"' if guessed else '# type = "CRAH"   # not clear from the name'
        if guessed not in CARRIES_NO_HEAT:
            yield "# capacity_kw = 60"
        yield ""


def _services(equipment: list[str], types: Types) -> Iterator[str]:
    racks = [id for id in equipment if _type(id, types) == "Rack"][:_RACKS_IN_EXAMPLE]
    yield "# Which racks a service stands on, and how many of them it needs up (all, unless said)."
    yield from commented(
        f'[[service]]\nname = "messaging"\nracks = {toml_value(racks or ["hall-1/rack-0[1-4]"])}\nneeds = 1'
    )
    yield ""


def _limits() -> Iterator[str]:
    yield "# Limits, degrees C. Rack inlets have the ASHRAE figures unless said: warning 27, critical 32."
    yield "# A rack is taken to drop after 30 s beyond shutdown, or beyond critical where there is none."
    match = "*/rack-*/inlet_air_temperature/**"
    yield from commented(f'[[limit]]\nmatch = "{match}"\nwarning = 27.0\ncritical = 32.0\nshutdown = 40.0')
    yield ""
