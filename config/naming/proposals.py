"""Foreign names to points: what is proposed for each name, seen beside all others of the site."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from config.equipment import COOLING_UNITS, PLANT, EquipmentType
from config.kinds import Kind, Role
from config.naming.agreement import agreed
from config.naming.halls import halls_of, spelled_alike
from config.naming.machines import Machine
from config.naming.measures import called
from config.naming.sense import Choice, SeenName, Sense, read_name
from config.naming.words import known_unit
from config.points import PointName, parse_point

SURE = 0.72
"""From here on a proposal is taken as it is; a half of the names of the evaluation set it."""
WORTH_SAYING = 0.3
MARGIN = 0.06
"""By so much the likeliest measure must be ahead of the next one."""
DEFAULT_HALL = "hall-1"
PLANT_PLACE = "plant"
_AIR_ROLES = frozenset({Role.SUPPLY_AIR, Role.RETURN_AIR, Role.SUPPLY_AIR_SETPOINT, Role.RETURN_AIR_SETPOINT})
_NAMELESS = "unit-1"
"""The machine of names that name none."""
_OF_WATER = frozenset({"chw", "cw"})
_ELSEWHERE = frozenset({"outside", "wetbulb", "chw", "cw", "zone", "underfloor", "tank"})
"""What is said of no machine, where none is named."""
_BARE = frozenset({"temperature", "pressure", "value"})
"""Measures that say too little of a machine of which nothing else is known."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The point that a name is proposed to be."""

    name: str
    id: str
    """hall/equipment/measure[/place]; empty where nothing can be told."""
    measure: str
    unit: str
    """The unit of the values once scaled, empty where it is that of the kind."""
    scale: float
    confidence: float
    """0 to 1."""
    why: str
    """What speaks against it, or for what is not plain."""
    alternatives: tuple[str, ...] = ()
    """Other ids that it may be, the likeliest first."""
    type: EquipmentType | None = None
    hall_is_a_guess: bool = False
    over: bool = False
    """Whether its messages give a unit that says nothing of it, so that this one must overrule it."""

    @property
    def sure(self) -> bool:
        """Whether it can be taken as it is."""
        return self.confidence >= SURE

    @property
    def equipment_id(self) -> str:
        """hall/equipment, empty where nothing can be told."""
        point = parse_point(self.id)
        return point.equipment_id if point else ""


def propose(names: Sequence[SeenName], beside: Iterable[PointName] = ()) -> list[Proposal]:
    """A proposal for each name, in their order. Of two for one id, not both are sure.

    ``beside`` are points that come under their own ids: their machines stand in the same halls here.
    """
    own = tuple(beside)
    senses = agreed(_typed(spelled_alike([read_name(name) for name in names], own)))
    halls = halls_of(senses, own)
    proposals = [_proposal(sense, hall) for sense, hall in zip(senses, halls, strict=True)]
    return _apart(proposals, senses, {point.id for point in own})


def _typed(senses: list[Sense]) -> list[Sense]:
    """Machines whose word says no type get one by what is measured at them; so does one that has no name."""
    of_machine: dict[str, list[Sense]] = defaultdict(list)
    for sense in senses:
        if sense.machine is not None and sense.machine.type is None:
            of_machine[sense.machine.slug].append(sense)
        elif sense.machine is None and not sense.concepts & _ELSEWHERE:
            of_machine[_NAMELESS].append(sense)
    types = {slug: _type_of(group) for slug, group in of_machine.items()}
    return [_of_its_type(sense, types) for sense in senses]


def _of_its_type(sense: Sense, types: dict[str, EquipmentType | None]) -> Sense:
    machine = sense.machine
    if machine is None and not sense.concepts & _ELSEWHERE:
        type = types.get(_NAMELESS)
        return sense.at(Machine(_NAMELESS, type, frozenset(), "", 0)) if type else sense
    if machine is None or machine.type is not None or not types.get(machine.slug):
        return sense
    return sense.at(replace(machine, type=types[machine.slug]))


def _type_of(group: Iterable[Sense]) -> EquipmentType | None:
    """The type that the concepts of all names of one machine speak of."""
    concepts: Counter[str] = Counter()
    for sense in group:
        concepts.update(sense.concepts)
    air = concepts["supply"] and concepts["return"] and not concepts["chw"] and not concepts["cw"]
    if air and (concepts["fan"] or concepts["air"]):
        return EquipmentType.CRAH
    at_a_rack = concepts["outlet"] or concepts["power"] or concepts["current"]
    if concepts["inlet"] and at_a_rack and not (concepts["water"] or concepts["supply"] or concepts["fan"]):
        return EquipmentType.RACK
    if concepts["chw"] and (concepts["cw"] or concepts["evaporator"]):
        return EquipmentType.CHILLER
    return None


def _proposal(sense: Sense, hall: str) -> Proposal:
    name = sense.seen.name
    if not sense.choices or not sense.choices[0].scales:
        why = (
            "its values fit no unit of what its name says" if sense.choices else "its name says nothing known"
        )
        return Proposal(name, "", "", sense.unit, 1.0, 0.0, why)
    ids = [_id(sense, choice.kind, hall) for choice in sense.choices]
    best = sense.choices[0]
    scale = best.scales[0]
    type = sense.machine.type if sense.machine else None
    if sense.machine is not None and _probes_a_rack(best.kind, sense.machine):
        type = EquipmentType.RACK
    confidence, why = _confidence(sense)
    alternatives = [
        id
        for id, choice in zip(ids[1:], sense.choices[1:], strict=True)
        if choice.sure >= WORTH_SAYING and choice.scales
    ]
    unit = "" if scale.unit == best.kind.unit else scale.unit
    return Proposal(
        name,
        ids[0],
        called(best.kind, type),
        unit,
        scale.scale,
        round(confidence, 2),
        "; ".join(dict.fromkeys(filter(None, (why, scale.why)))),
        tuple(dict.fromkeys(alternatives)),
        type,
        hall_is_a_guess=not hall,
        over=bool(sense.seen.unit.strip()) and not known_unit(sense.seen.unit),
    )


def _confidence(sense: Sense) -> tuple[float, str]:
    """(how sure the likeliest choice is, what speaks against it)."""
    best = sense.choices[0]
    sure = best.sure
    if sense.seen.unit.strip() not in ("", "1") and not sense.unit:
        return min(sure, SURE - 0.01), f"its unit {sense.seen.unit!r} is not known"
    for other in sense.choices[1:]:
        if sure - other.sure < MARGIN and other.kind.role != best.kind.role:
            return min(sure, SURE - 0.01), f"{other.kind.name} fits as well"
    if best.kind.name in _BARE and (sense.machine is None or sense.machine.type is None):
        return min(sure, SURE - 0.01), "its name says what is measured, and not where"
    if best.kind.name in _BARE and sense.said.unknown:
        return min(sure, SURE - 0.01), _doubt(sense, best)
    if sense.machine is None and not _stands_alone(best.kind, sense):
        return min(sure, SURE - 0.01), "its name says no machine"
    return sure, "" if sure >= SURE else _doubt(sense, best)


def _doubt(sense: Sense, best: Choice) -> str:
    """Why the likeliest choice is not sure, where nothing else speaks against it."""
    if sense.said.unknown:
        words = ", ".join(repr(word) for word in dict.fromkeys(sense.said.unknown))
        return f"it is not known what {words} says"
    if best.scales[0].sure < best.fit:
        return best.scales[0].why or f"its values need not be in {best.kind.unit}"
    if sense.said.sure < 1.0:
        return "a word of its name is spelled like none that is known"
    return f"its name says more, or less, than {best.kind.name.replace('_', ' ')}"


def _stands_alone(kind: Kind, sense: Sense) -> bool:
    """Whether a measure means something without a machine: outdoors, of a room, of a loop of water."""
    return bool(
        kind.role == Role.OUTDOOR_AIR
        or sense.concepts & (_OF_WATER | {"outside", "wetbulb", "underfloor", "zone", "tank"})
        or kind.role in _AIR_ROLES
    )


def _id(sense: Sense, kind: Kind, hall: str) -> str:
    machine = sense.machine
    if machine is not None:
        slug = _at_a_rack(machine) if _probes_a_rack(kind, machine) else machine.slug
        place = hall or (PLANT_PLACE if machine.type in PLANT | {EquipmentType.OUTSIDE} else DEFAULT_HALL)
    else:
        slug, place = _without_machine(sense, kind, hall)
    where = sense.places[0] if sense.places else ""
    return "/".join(filter(None, (place, slug, called(kind, machine.type if machine else None), where)))


def _probes_a_rack(kind: Kind, machine: Machine) -> bool:
    """Whether a cooling unit has a probe at the rack beside it, whose inlet has limits of its own."""
    return kind.role in (Role.RACK_INLET, Role.RACK_OUTLET) and machine.type in COOLING_UNITS


def _at_a_rack(machine: Machine) -> str:
    return f"rack-at-{machine.code or machine.slug}"


def _without_machine(sense: Sense, kind: Kind, hall: str) -> tuple[str, str]:
    """(equipment, hall) for a name that names no machine."""
    if "outside" in sense.concepts or "wetbulb" in sense.concepts:
        return "outside", hall or PLANT_PLACE
    for loop in sorted(_OF_WATER):
        if loop in sense.concepts:
            return f"{loop}-loop", hall or PLANT_PLACE
    if kind.role == Role.LEVEL:
        return "tank", hall or PLANT_PLACE
    if sense.concepts & {"zone", "underfloor"} or kind.role == Role.HUMIDITY:
        return "room", hall or DEFAULT_HALL
    return _NAMELESS, hall or DEFAULT_HALL


def _apart(proposals: list[Proposal], senses: list[Sense], own: set[str]) -> list[Proposal]:
    """Several names for one id get places by their numbers, where these differ; else none of them is sure."""
    same: dict[str, list[int]] = defaultdict(list)
    for i, proposal in enumerate(proposals):
        if proposal.id and proposal.confidence >= WORTH_SAYING:
            same[proposal.id].append(i)
    for id, rows in same.items():
        if len(rows) == 1:
            continue
        numbers = ["-".join(senses[i].numbers) for i in rows]
        if len(set(numbers)) == len(rows):
            for i, number in zip(rows, numbers, strict=True):
                if number:
                    joint = "-" if proposals[i].id.count("/") > 2 else "/"
                    proposals[i] = replace(proposals[i], id=f"{id}{joint}{number}")
            continue
        ranked = sorted(rows, key=lambda i: -proposals[i].confidence)
        ahead = proposals[ranked[0]].confidence - proposals[ranked[1]].confidence
        for i in ranked if ahead < 2 * MARGIN else ranked[1:]:
            others = ", ".join(proposals[j].name for j in rows if j != i)
            proposals[i] = replace(
                proposals[i],
                confidence=min(proposals[i].confidence, SURE - 0.01),
                why="; ".join(filter(None, (f"{others} would be this point too", proposals[i].why))),
            )
    return [_beside(proposal) if proposal.id in own else proposal for proposal in proposals]


def _beside(proposal: Proposal) -> Proposal:
    """One for an id that comes as it is too."""
    why = "; ".join(filter(None, ("this point comes under its own id too", proposal.why)))
    return replace(proposal, confidence=min(proposal.confidence, SURE - 0.01), why=why)
