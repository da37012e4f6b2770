"""What a name in a message means: its point, and how its values become numbers in the unit of its kind."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from config.kinds import Kind
from config.points import MAX_POINT_ID, PointName, parse_point
from config.routes import Route
from config.site import Site
from config.states import state_words
from config.units import UnknownUnit, conversion, says_nothing
from streams.errors import RejectError, RejectReason
from streams.formats.numbers import STATED, Meanings
from streams.formats.ruled_unit import parted
from streams.formats.unclaimed import is_unclaimed, shown

_WORD_ENDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s\-_.]+")
_WHOLE = {"1": 1.0, "%": 100.0}
"""What ``invert`` takes a value from, by the kind's unit."""


OTHER = math.inf
"""In place of a number: any that stands for no state of its own."""


class Target(NamedTuple):
    """Value * scale + offset is in the unit of the kind; ``states`` go before that where there are any."""

    scale: float
    offset: float
    states: tuple[tuple[float, float], ...] = ()
    """What numbers that stand for states mean, in the unit of the kind; `OTHER` is any other."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A point, its kind, and what the site file says of the name."""

    id: str
    kind: Kind
    route: Route

    def target(self, unit: str) -> Target:
        """How a value in ``unit`` (empty where the message names none) is converted. Raises RejectError."""
        unit, route = self._rules(unit)
        kind = self.kind
        scale, offset = 1.0, 0.0
        if unit != STATED:
            by, plus = self._conversion(unit, route)
            scale = (1.0 if route.scale is None else route.scale) * by
            offset = (0.0 if route.offset is None else route.offset) * by + plus
        turned = bool(route.invert)
        whole = _WHOLE.get(kind.unit, 1.0)
        if turned:
            scale, offset = -scale, whole - offset
        states = () if unit == STATED else tuple(sorted(_numbers_for_states(route, whole)))
        return Target(scale, offset, states)

    def _rules(self, unit: str) -> tuple[str, Route]:
        """The unit alone, and what holds of the values: the site's word, then the template's."""
        unit, rules = parted(unit)
        if rules is None:
            return unit, self.route
        said = {key: value for key, value in rules if value is not None and getattr(self.route, key) is None}
        return unit, self.route._replace(**said)

    def _conversion(self, unit: str, route: Route) -> tuple[float, float]:
        kind = self.kind
        own = route.unit
        # A scale says what stands in the message, so the site's unit is that of the result.
        if own is not None and (route.scale is not None or says_nothing(unit)):
            unit = own
        try:
            return conversion("" if says_nothing(unit) else unit, kind.unit)
        except UnknownUnit as error:
            remedy = (
                f"{error.remedy + '; or ' if error.remedy else ''}in [[point]] of the site file, say what a "
                f'value is worth: scale = ... with unit = "{kind.unit}"'
            )
            raise RejectError(RejectReason.UNKNOWN_UNIT, str(error), remedy) from None

    def meanings(self, unit: str) -> Meanings:
        """What words mean here: those of the site or of the template, then those that are known."""
        _, route = self._rules(unit)
        words: Mapping[str, float] = state_words(self.kind)
        if route.states:
            words = {**words, **route.states}
        name = self.kind.name
        wants = f"a state of {name}" if words else f"a number for {name} ({self.kind.unit})"
        return Meanings(words, wants, route.quality or {})


def _numbers_for_states(route: Route, whole: float) -> list[tuple[float, float]]:
    """(number in the message, value) of the states that are numbers."""
    states = route.states or {}
    found = []
    for word, value in states.items():
        try:
            number = OTHER if word == "*" else float(word)
        except ValueError:
            continue
        found.append((number, whole - value if route.invert else value))
    return found if any(math.isfinite(number) for number, _ in found) else []


def meaning_of(name: str, site: Site, kinds: Mapping[str, Kind]) -> Meaning | None:
    """What a name means, None if it is to be ignored: the site says so, or no kind wants it.

    Raises RejectError. A measure in other case, or with blanks, dashes or humps for its ``_``, is the
    kind that it spells; hall and equipment stand as they are written.
    """
    unclaimed, name = is_unclaimed(name), shown(name)
    length = len(name.encode())
    if unclaimed and (length > MAX_POINT_ID or not name.isprintable()):
        return None
    if length > MAX_POINT_ID:
        raise RejectError(RejectReason.POINT_TOO_LONG, f"a name of {length} bytes, {MAX_POINT_ID} at most")
    if not name.strip() or not name.isprintable():
        raise RejectError(RejectReason.BAD_POINT, f"{name[:40]!r} can be no name")
    route = site.route(name)
    if route.ignore or (unclaimed and route.id == name):
        return None
    point = parse_point(route.id)
    if point is None:
        if "/" in route.id and "" in route.id.split("/"):
            raise RejectError(RejectReason.BAD_POINT, f"{name[:40]!r} has an empty part")
        return None  # a foreign name that the site does not mention
    point = _spelled(point, kinds)
    kind = kinds.get(point.measure)
    return None if kind is None else Meaning(point.id, kind, route)


def _spelled(point: PointName, kinds: Mapping[str, Kind]) -> PointName:
    if point.measure in kinds:
        return point
    measure = _WORD_ENDS.sub("_", point.measure).lower()
    return point._replace(measure=measure) if measure in kinds else point
