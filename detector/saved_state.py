"""How the state of a zone becomes plain data, and comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from config.accepted import Accepted
from detector.forecast.hall import Hall
from detector.seen.fallen_silent import Group
from detector.seen.source_failures import Failure
from detector.snapshot import restore_into, state_of
from detector.state import ZoneState
from detector.usual.reference.watch import SlowFaults

# What is saved whole, each part by its own fields.
PARTS = (
    "scores",
    "values",
    "equipment",
    "stops",
    "plant",
    "hunting",
    "capacity",
    "weather",
    "promotion",
    "inlets",
    "tracks",
)
# Parts that came later: of a state from before they are as new.
ADDED = frozenset({"tracks"})


def save(state: ZoneState) -> dict[str, Any]:
    """As None, numbers, text and arrays, and lists and dicts of them."""
    whole = {name: state_of(getattr(state, name)) for name in PARTS}
    return whole | {
        "silent": state_of(state.silent),
        "silent_groups": {str(n): msgspec.to_builtins(g) for n, g in state.silent.groups.items()},
        "pace": state_of(state.values.pace),
        "supply_swings": state_of(state.equipment.swings),
        "water_swings": state_of(state.plant.swings),
        "slow": state.slow.state(),
        "halls": {name: hall.state() for name, hall in state.halls.items()},
        "sources": {name: state_of(part) for name, part in state.sources.parts().items()},
        "standing_still": state_of(state.sources.standstill.of),
        "source_failures": msgspec.to_builtins(list(state.sources.failures.values())),
        "models": {name: bank.state() for name, bank in state.banks().items()},
        "accepted": [list(entry) for entry in sorted(state.accepted)],
        "last_end": state.last_end,
    }


def restore(state: ZoneState, saved: dict[str, Any], older: bool = False) -> list[str]:
    """Put back what `save` gave. Returns what could not be carried over, in words.

    ``older``: by another version, so that a part that is made of something
    else now is learned again, and no other with it. Raises KeyError and
    `detector.snapshot.SnapshotError` for what is none.
    """
    lost = []
    for name in PARTS:
        if name in ADDED and name not in saved:
            continue
        try:
            restore_into(getattr(state, name), saved[name])
            if name == "scores":
                state.scores.check()
        except Exception:
            if not older:
                raise
            setattr(state, name, type(getattr(state, name))())
            lost.append(f"{name}: to be learned again")
    for name, put_back in _parts_of_their_own(state, saved).items():
        try:
            put_back()
        except Exception:
            if not older:
                raise
            lost.append(f"{name}: to be learned again")
    state.accepted = {Accepted(*entry) for entry in saved["accepted"]}
    state.last_end = saved["last_end"]
    for name, bank in state.banks().items():
        unreadable = bank.restore(saved["models"][name])
        lost += [f"{name} model of {id}: to be learned again" for id in unreadable]
    return lost


def _parts_of_their_own(state: ZoneState, saved: dict[str, Any]) -> dict[str, Callable[[], None]]:
    """How to restore what is not made of fields alone."""
    return {
        "silent": lambda: _restore_silent(state, saved),
        # It was among the values at first.
        "pace": lambda: restore_into(state.values.pace, saved.get("pace", saved["values"])),
        "supply_swings": lambda: restore_into(state.equipment.swings, saved["supply_swings"]),
        "water_swings": lambda: restore_into(state.plant.swings, saved["water_swings"]),
        "sources": lambda: _restore_sources(state, saved),
        "slow": lambda: _restore_slow(state, saved["slow"]),
        "halls": lambda: _restore_halls(state, saved["halls"]),
    }


def _restore_silent(state: ZoneState, saved: dict[str, Any]) -> None:
    restore_into(state.silent, saved.get("silent", {}))
    groups = saved.get("silent_groups", {})
    state.silent.groups = {int(n): msgspec.convert(group, Group) for n, group in groups.items()}


def _restore_sources(state: ZoneState, saved: dict[str, Any]) -> None:
    for name, part in state.sources.parts().items():
        restore_into(part, saved.get("sources", {}).get(name, {}))
    restore_into(state.sources.standstill.of, saved.get("standing_still", {}))
    failures = msgspec.convert(saved.get("source_failures", []), list[Failure])
    state.sources.failures = {failure.number: failure for failure in failures}


def _restore_slow(state: ZoneState, saved: dict[str, Any]) -> None:
    slow = SlowFaults()
    slow.restore(saved)
    state.slow = slow


def _restore_halls(state: ZoneState, saved: dict[str, Any]) -> None:
    halls = {name: Hall() for name in saved}
    for name, hall in halls.items():
        hall.restore(saved[name])
    state.halls = halls
