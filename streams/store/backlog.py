"""What waits for a store that is away, made fewer: the newest of everything, and what is open always."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from streams.messages import Incident
from streams.store.deliveries import RESOLVED
from streams.store.delivery import Delivery, DeliveryState


@dataclass(frozen=True, slots=True)
class Standing:
    """How an open incident stands, which is no version of it: for a store that holds none."""

    incident: Incident


Row = Incident | Delivery | Standing


def thinned(waiting: Mapping[int, Row], most: int, never_stored: Collection[str]) -> dict[int, Row]:
    """At most so many rows by their numbers, in their order, if that can be.

    First older versions of an incident and older states of a delivery go,
    then the oldest of what is over: incidents that ended before the store ever
    held them open (``never_stored``), and deliveries that ended about those.
    """
    newest = {_key(row): number for number, row in waiting.items()}
    kept = {number: waiting[number] for number in sorted(newest.values())}
    over = {
        row.id
        for row in kept.values()
        if isinstance(row, Incident) and row.state == RESOLVED and row.id in never_stored
    }
    for number, row in list(kept.items()):
        if len(kept) <= most:
            break
        if isinstance(row, Incident):
            droppable = row.id in over
        elif isinstance(row, Standing):
            droppable = False
        else:
            droppable = row.incident_id in over and row.state != DeliveryState.WAITING
        if droppable:
            del kept[number]
    return kept


def _key(row: Row) -> tuple[str, ...]:
    if isinstance(row, Standing):
        return "standing", row.incident.id
    return (row.id,) if isinstance(row, Incident) else (row.message, row.destination)
