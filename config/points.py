"""Point ids: ``hall/equipment/measure[/place]``."""

from __future__ import annotations

from typing import NamedTuple

MAX_POINT_ID = 200
"""Longest id that is taken, in UTF-8 bytes."""


class PointName(NamedTuple):
    """An id in its parts. ``place`` may hold further ``/``; it is empty where there is none.

    ``hall`` is the name of a hall, or of a zone for what serves several halls.
    """

    hall: str
    equipment: str
    measure: str
    place: str = ""

    @property
    def equipment_id(self) -> str:
        """Id of the equipment that the point stands at: ``hall/equipment``."""
        return f"{self.hall}/{self.equipment}"

    @property
    def id(self) -> str:
        """The whole id, as `parse_point` takes it."""
        parts = (self.hall, self.equipment, self.measure, self.place)
        return "/".join(parts if self.place else parts[:3])


def parse_point(id: str) -> PointName | None:
    """The parts of an id, or None if it is not one: too few or empty parts, too long, not printable."""
    if len(id.encode("utf-8", "surrogatepass")) > MAX_POINT_ID or not id.isprintable():
        return None
    parts = id.split("/")
    if len(parts) < 3 or any(not part or part != part.strip() for part in parts):
        return None
    return PointName(parts[0], parts[1], parts[2], "/".join(parts[3:]))
