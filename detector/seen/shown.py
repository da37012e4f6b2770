"""What each piece of equipment shows, by role."""

from __future__ import annotations

from dataclasses import dataclass

from config.kinds import Role
from detector.points import ROLE_CODE
from streams.messages import F64, I64


@dataclass(frozen=True, slots=True)
class Shown:
    """The table of a tick: f8[equipment, roles], and i8[equipment] times in ns; see `NewestValues`."""

    mean: F64
    """Mean over the points of a role, in the unit of its kind; NaN where none speaks."""
    total: F64
    """Their sum."""
    age: F64
    """How old the newest of them is, s."""
    status_since: I64
    """When its run status was first read as it is now; UNSET without one."""
    status_seen: I64
    """Until when its run status is known."""
    ordered_since: I64
    """When its run command was first read as it is now."""

    def column(self, role: Role) -> F64:
        """One value of a role for each piece of equipment; NaN where no point of it speaks.

        The mean over its points; for power the sum, as a rack may have a meter
        on each feed or one for each server.
        """
        return (self.total if role is Role.POWER else self.mean)[:, ROLE_CODE[role]]

    def ages(self, role: Role) -> F64:
        """How old the `column` of a role is, s."""
        return self.age[:, ROLE_CODE[role]]
