"""What a peer is."""

from __future__ import annotations

from typing import Protocol

from benchmarks.peers.alert import Alert
from benchmarks.peers.history import Grid, History
from config.site import Site


class Peer(Protocol):
    """A way of alerting that teams use today. It keeps nothing from one run to the next.

    An alert at a time depends on no reading from after it.
    """

    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> str:
        """Its settings, and by title where they are published."""
        ...

    def alerts(self, history: History, grid: Grid, site: Site) -> list[Alert]:
        """Its alerts over a run, by time. ``grid`` is that of ``history``, at 10 s for what is sudden."""
        ...
