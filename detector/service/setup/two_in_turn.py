"""Machines under whose id two send, as a look over their readings shows: told as the engine would."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from config.kinds import Role, load_kinds
from detector.seen.two_tracks import of_two_sources
from detector.service.setup.seen_names import SeenNames
from detector.service.setup.told_names import ToldName, known_point
from streams.formats.not_understood import MOST_REASONS

EXAMPLES = 3
"""Measures that are named of a machine."""


def in_turn_sentences(names: SeenNames, told: Iterable[ToldName], where: str) -> Iterator[str]:
    """One for each machine of which unlike measures come from two levels in turn."""
    number = {id(tally): i for i, tally in enumerate(names.tallies)}
    stands = [(number[id(each.tally)], *place) for each in told if (place := _place(each)) is not None]
    if not names.in_turn or not stands:
        return
    machines = list(dict.fromkeys(machine for _, machine, _, _ in stands))
    roles = list(Role)
    slots = np.array([i for i, (tally, *_) in enumerate(stands) if tally in names.in_turn], np.int64)
    equipment = np.array([machines.index(machine) for _, machine, _, _ in stands], np.int64)
    found = of_two_sources(slots, equipment, np.array([roles.index(role) for *_, role in stands], np.int64))
    shown: dict[str, list[str]] = defaultdict(list)
    for tally, machine, measure, _ in (stands[slot] for slot in found.tolist()):
        one, other = names.in_turn[tally]
        shown[machine].append(f"{measure.replace('_', ' ')} {one:.4g} and {other:.4g}")
    for machine, levels in list(shown.items())[:MOST_REASONS]:
        yield (
            f"Two sources under one id? {machine} has two in {where}: {', '.join(levels[:EXAMPLES])} come in "
            "turn. Look for a second machine that sends under this id, and give it one of its own."
        )


def _place(each: ToldName) -> tuple[str, str, Role] | None:
    """(machine, measure, role) of a name that is a point, or was surely told to be one."""
    if each.made == "point":
        point = known_point(each.tally.name)
        assert point is not None
        return point.equipment_id, point.measure, load_kinds()[point.measure].role
    if each.made == "told" and each.proposal is not None:
        measure = each.proposal.measure
        return each.proposal.equipment_id, measure, load_kinds()[measure].role
    return None
