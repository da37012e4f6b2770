"""The live edge: where the past ends and people are told again.

When a partition is taken on, its log end at that moment is its live edge.
What happens before it lies in the past: it is stored, and nobody is paged for
it. At the edge, what is still open then is told once, as it stands there.
"""

from __future__ import annotations

from collections.abc import Iterable

from streams.messages import Incident


class LiveEdge:
    """Whether a partition has reached the log end that it had when it was taken on."""

    def __init__(self) -> None:
        self.edge: int | None = None
        """The log end at assignment; None until the broker has said it."""
        self.reached = False
        self._past: dict[str, Incident] = {}

    def hold(self, incidents: Iterable[Incident]) -> None:
        """Keep the newest version of what came up before the edge."""
        for incident in incidents:
            self._past[incident.id] = incident

    def arrive(self, position: int, still_open: Iterable[Incident]) -> list[Incident] | None:
        """What to tell if ``position`` has just reached the edge, else None.

        That is everything open there, and the end of whatever was held and has
        ended since: a person who was paged before an absence hears that it is over.
        """
        if self.reached or self.edge is None or position < self.edge:
            return None
        self.reached = True
        now_open = {incident.id: incident for incident in still_open}
        ended = [incident for key, incident in self._past.items() if key not in now_open]
        self._past.clear()
        return [*now_open.values(), *ended]
