"""Signs of water where none should be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from config.kinds import Role
from detector.faults import Severity, Tier
from detector.sign import Sign
from detector.view import View

CONFIRM = 2


def leak_signs(view: View) -> Iterator[Sign]:
    wet = np.flatnonzero(view.picture.column(Role.LEAK) >= 0.5)
    for e in wet.tolist():
        hall = view.topology.hall_of[e]
        yield Sign(
            tier=Tier.UNIT,
            fault="leak",
            root=view.topology.ids[e],
            hall=view.topology.halls[hall] if hall >= 0 else "",
            evidence=f"{view.topology.ids[e]} reports a leak",
            confidence=0.9,
            confirm=CONFIRM,
            spoke="physics",
            severity=Severity.CRITICAL,
        )
