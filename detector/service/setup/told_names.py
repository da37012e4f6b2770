"""What was made of each name that a look found: a point as it is, told, in doubt, unknown, a label."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from config.equipment import EquipmentType
from config.naming.own_ids import known_point, own_ids
from config.naming.proposals import Proposal, propose
from config.naming.sense import SeenName
from detector.service.setup.seen_names import Tally
from detector.service.setup.site_points import is_label

Made = Literal["point", "told", "doubt", "unknown", "label"]


@dataclass(frozen=True, slots=True)
class ToldName:
    """One name, what came under it, and what was made of it."""

    tally: Tally
    made: Made
    proposal: Proposal | None = None

    @property
    def by_accident(self) -> bool:
        """Whether its readings would be taken for those of a point that it is not."""
        foreign = self.made in ("told", "doubt", "unknown") and self.tally.claimed
        return foreign and known_point(self.tally.name) is not None

    @property
    def said(self) -> str:
        """What came under it, in words."""
        values = self.tally.values
        unit = f" {self.tally.unit}" if self.tally.unit else ""
        if self.tally.words:
            between = "words for states"
        elif not values.count:
            between = "no numbers"
        elif values.low == values.high:
            between = f"always {values.low:g}{unit}"
        else:
            between = f"{values.low:g} to {values.high:g}{unit}"
        return f"{between}, {self.tally.count} readings"


def told_names(tallies: Iterable[Tally]) -> list[ToldName]:
    """What is made of the names, in their order; of a name in several units, the first with values."""
    by_name: dict[str, Tally] = {}
    for tally in tallies:
        stands = by_name.setdefault(tally.name, tally)
        if tally.values.count and not stands.values.count:
            by_name[tally.name] = tally
    own = own_ids(name for name, tally in by_name.items() if tally.claimed)
    foreign = [name for name in by_name if name not in own and not is_label(name)]
    seen = [SeenName(name, by_name[name].unit, by_name[name].values) for name in foreign]
    proposals = propose(seen, own.values())
    proposed = {proposal.name: _with_numbers(proposal, by_name[proposal.name]) for proposal in proposals}
    return [_made(tally, proposed.get(name)) for name, tally in by_name.items()]


def types_of(told: Iterable[ToldName]) -> dict[str, EquipmentType | None]:
    """The equipment at which there are points, with its type where a name told one."""
    types: dict[str, EquipmentType | None] = {}
    for each in told:
        if each.made == "point":
            point = known_point(each.tally.name)
            assert point is not None
            types.setdefault(point.equipment_id, None)
        elif each.made == "told" and each.proposal is not None:
            id = each.proposal.equipment_id
            types[id] = each.proposal.type or types.get(id)
    return types


def _made(tally: Tally, proposal: Proposal | None) -> ToldName:
    if proposal is None:
        return ToldName(tally, "label" if is_label(tally.name) else "point")
    made: Made = "told" if proposal.sure else "doubt" if proposal.id else "unknown"
    return ToldName(tally, made, proposal)


def _with_numbers(proposal: Proposal, tally: Tally) -> Proposal:
    """Where nothing that came is a number, it is no point, whatever its name says."""
    if tally.values.count or not tally.count:
        return proposal
    return replace(proposal, id="", confidence=0.0, why="what came under it are no numbers", alternatives=())
