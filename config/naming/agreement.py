"""Where values fit several units: what the same machine, or else the whole site, surely has decides."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

from config.kinds import Kind
from config.naming.scales import Scale
from config.naming.sense import Choice, Sense, by_likelihood

_INCHES = frozenset({"inWC", "psi"})


def agreed(senses: list[Sense]) -> list[Sense]:
    """The same senses, in their order; of several scales the one that fits the others comes first."""
    of_machine: dict[tuple[str, str], Counter[tuple[str, float]]] = defaultdict(Counter)
    for sense in senses:
        for choice in sense.choices[:1]:
            if choice.kind.unit in ("degC", "kW") and choice.scales and _plain(choice):
                scale = choice.scales[0]
                slug = sense.machine.slug if sense.machine else ""
                for group in (slug, "*"):
                    of_machine[group, choice.kind.unit][scale.unit or choice.kind.unit, scale.scale] += 1
    return [_with_the_others(sense, of_machine) for sense in senses]


def _plain(choice: Choice) -> bool:
    return len(choice.scales) == 1 and choice.scales[0].sure >= 0.9


def _with_the_others(sense: Sense, of_machine: dict[tuple[str, str], Counter[tuple[str, float]]]) -> Sense:
    choices = []
    for choice in sense.choices:
        scales = choice.scales
        if len(scales) > 1 and choice.kind.unit in ("degC", "kW"):
            slug = sense.machine.slug if sense.machine else ""
            for group in (slug, "*"):
                usual = of_machine.get((group, choice.kind.unit))
                if usual:
                    wanted = _most(usual)
                    scales = _first(scales, wanted, choice.kind)
                    break
        elif len(scales) > 1 and choice.kind.unit == "Pa":
            scales = _of_the_system(scales, of_machine.get(("*", "degC")))
        choices.append(replace(choice, scales=scales))
    choices.sort(key=by_likelihood)
    return replace(sense, choices=tuple(choices))


def _most(counted: Counter[tuple[str, float]]) -> tuple[str, float]:
    """The commonest; of several, whatever the order of the names, the same."""
    return max(counted, key=lambda each: (counted[each], each))


def _of_the_system(
    scales: tuple[Scale, ...], temperatures: Counter[tuple[str, float]] | None
) -> tuple[Scale, ...]:
    """Units of pressure as they go with the temperatures of the site: inches and pounds beside Fahrenheit."""
    if not temperatures:
        return scales
    inches = _most(temperatures)[0] == "degF"
    kept = [scale for scale in scales if (scale.unit in _INCHES) == inches]
    if len(kept) == 1:
        return (replace(kept[0], sure=0.9), *(scale for scale in scales if scale is not kept[0]))
    return (*kept, *(scale for scale in scales if scale not in kept))


def _first(scales: tuple[Scale, ...], wanted: tuple[str, float], kind: Kind) -> tuple[Scale, ...]:
    for scale in scales:
        if (scale.unit or kind.unit, scale.scale) == wanted:
            rest = tuple(each for each in scales if each is not scale)
            return (replace(scale, sure=0.95, why=f"{scale.why}, as others here".lstrip(", ")), *rest)
    return scales
