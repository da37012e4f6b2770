"""An incident for tests that are not about its content."""

from __future__ import annotations

import msgspec

from streams.messages import Incident


def incident(key: str, **changes: object) -> Incident:
    plain = Incident(
        id=key,
        zone="hall-1",
        hall="hall-1",
        category="cooling",
        fault="unit_failed",
        root="hall-1/crah-01",
        first_root="hall-1/crah-01",
        severity="warning",
        state="firing",
        started=1,
        updated=1,
        warned=1,
    )
    return msgspec.structs.replace(plain, **changes)
