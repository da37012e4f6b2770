"""What a drill loses: every machine in turn, all of a kind, and pairs.

Machines that are alike (same kind, hall, size and duty) are interchangeable in
a pair, so the two of them that fare worst alone stand for any two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from streams.simulator.from_site import ZoneModel

FAULT_OF = {
    "chiller": "chiller_trip",
    "pump": "pump_trip",
    "tower": "tower_power_lost",
    "unit": "unit_trip",
}
"""How each kind of machine is lost in the simulator."""
MOST_PAIRS = 80
"""Of one zone."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that can be lost."""

    id: str
    kind: str
    """A key of `FAULT_OF`."""
    hall: str
    """Empty for plant."""
    size: float
    on_duty: bool

    @property
    def alike(self) -> tuple[str, str, float, bool]:
        """What machines have in common whose loss does the same."""
        return self.kind, self.hall, self.size, self.on_duty


@dataclass(frozen=True, slots=True)
class Loss:
    """Machines that are lost together."""

    name: str
    scope: str
    """``one``, ``two`` or ``all``."""
    lost: tuple[Machine, ...]
    stands_for: str = ""
    """Which other losses it speaks for, in words."""


def machines(model: ZoneModel) -> list[Machine]:
    """What there is to lose in a zone, plant first."""
    layout = model.site.layout
    found = [
        Machine(id, "chiller", "", round(float(kw)), k < layout.duty_chillers)
        for k, (id, kw) in enumerate(zip(layout.chillers, model.site.chiller_kw, strict=True))
    ]
    found += [Machine(id, "pump", "", 0.0, k < layout.duty_pumps) for k, id in enumerate(layout.pumps)]
    found += [Machine(id, "tower", "", 0.0, True) for id in layout.tower_ids]
    found += [
        Machine(id, "unit", layout.hall_ids[hall], round(float(kw)), True)
        for id, hall, kw in zip(layout.units, layout.unit_hall, layout.unit_kw, strict=True)
    ]
    return [machine for machine in found if machine.id not in model.made_up]


def single_losses(there: Sequence[Machine]) -> list[Loss]:
    """The loss of each machine alone."""
    return [Loss(machine.id, "one", (machine,)) for machine in there]


def group_losses(there: Sequence[Machine], pairs: bool) -> Iterator[Loss]:
    """All machines of a kind (of a hall, for units), and all there is.

    Two of a kind are left to the pairs where there are ``pairs``.
    """
    groups: dict[tuple[str, str], list[Machine]] = {}
    for machine in there:
        groups.setdefault((machine.kind, machine.hall), []).append(machine)
    for (kind, hall), group in groups.items():
        if len(group) > (2 if pairs else 1):
            where = f" of {hall}" if hall else ""
            count = "both" if len(group) == 2 else f"all {len(group)}"
            yield Loss(f"{count} {kind}s{where}", "all", tuple(group))
    if len(groups) > 1:
        yield Loss("all cooling", "all", tuple(there))


def pair_losses(there: Sequence[Machine], worse: Callable[[Machine], float]) -> tuple[list[Loss], int]:
    """(pairs, how many more there would have been); ``worse`` is higher the worse a machine's loss alone is.

    Units of different halls are no pair: each hall loses one, as it does alone.
    """
    classes: dict[tuple[str, str, float, bool], list[Machine]] = {}
    for machine in there:
        classes.setdefault(machine.alike, []).append(machine)
    ranked = [sorted(group, key=worse, reverse=True) for group in classes.values()]
    pairs = [_same(group) for group in ranked if len(group) > 2]
    pairs += [Loss(_name(group), "two", tuple(group)) for group in ranked if len(group) == 2]
    for one, other in combinations(ranked, 2):
        halls = {one[0].hall, other[0].hall} - {""}
        if len(halls) < 2:
            pairs.append(_different(one, other))
    pairs.sort(key=lambda pair: sum(worse(machine) for machine in pair.lost), reverse=True)
    return pairs[:MOST_PAIRS], max(len(pairs) - MOST_PAIRS, 0)


def _same(group: Sequence[Machine]) -> Loss:
    return Loss(_name(group[:2]), "two", tuple(group[:2]), f"any two of {_group(group)}")


def _different(one: Sequence[Machine], other: Sequence[Machine]) -> Loss:
    pair = (one[0], other[0])
    stands_for = ""
    if len(one) > 1 or len(other) > 1:
        stands_for = " + ".join(
            f"any of {_group(group)}" if len(group) > 1 else group[0].id for group in (one, other)
        )
    return Loss(_name(pair), "two", pair, stands_for)


def _group(group: Sequence[Machine]) -> str:
    first = group[0]
    where = f" of {first.hall}" if first.hall else ""
    return f"{len(group)} {'' if first.on_duty else 'standby '}{first.kind}s{where}"


def _name(lost: Sequence[Machine]) -> str:
    return " + ".join(machine.id for machine in lost)
