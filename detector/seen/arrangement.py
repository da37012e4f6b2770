"""The topology of a zone as far as it has been heard, made anew when something new is heard."""

from __future__ import annotations

import numpy as np

from config.kinds import Role
from config.site import Site
from detector.points import ROLES, Points
from detector.seen.newest_values import NewestValues
from detector.seen.topology import Topology, build_topology, shown_type
from kernels.arrival import UNSET


class Arrangement:
    """All of it can be thrown away and derived again."""

    def __init__(self, zone: str, site: Site, points: Points) -> None:
        self._zone = zone
        self._site = site
        self._points = points
        self._topology: Topology | None = None
        self._heard: list[bool] = []
        self._shown: list[str] = []
        self._spoken = (0, 0)
        """Points, and those of them that have spoken, when it was last looked what they show."""
        self._named: list[bool] = []
        """For each piece of equipment, whether the site or its name says what it is."""

    def topology(self, heard: list[bool], values: NewestValues) -> Topology:
        """``heard``: by equipment, whether anything of it was read."""
        shown = self._shown_types(values)
        if self._topology is None or heard != self._heard or shown != self._shown:
            self._heard, self._shown = heard, shown
            self._topology = build_topology(self._zone, self._points.equipment_ids, heard, self._site, shown)
        return self._topology

    def _shown_types(self, values: NewestValues) -> list[str]:
        """For each piece of equipment, the type that what it has sent shows; empty where all have names."""
        points, n = self._points, len(self._points)
        fresh = points.equipment_ids[len(self._named) :]
        self._named += [bool(self._site.equipment_type(e)) for e in fresh]
        if all(self._named):
            return []
        equipment = points.arrival.equipment[:n]
        spoke = values.seen[:n] != UNSET
        now = n, int(spoke.sum())
        if now == self._spoken:
            return self._shown
        self._spoken = now
        roles: list[set[Role]] = [set() for _ in self._named]
        for slot in np.flatnonzero(spoke & ~np.array(self._named)[equipment]).tolist():
            roles[equipment[slot]].add(ROLES[points.role[slot]])
        return [shown_type(of_one) for of_one in roles]
