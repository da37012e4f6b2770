"""Which part of coolwatch saw a sign, or had what it needs to see one."""

from __future__ import annotations

from enum import StrEnum


class Speaker(StrEnum):
    """Who sees signs, in the order in which they are named."""

    LIMITS = "limits"
    """A reading is beyond a limit that is declared for it."""
    PHYSICS = "physics"
    """What machines say they do, where heat, air and water go, and what no reading can be."""
    STATISTICS = "statistics"
    """A reading, or its coming, is unlike its own past or unlike others of its sort."""
    RIVER = "river"
    """A learned model expects another value, given what drives it."""
