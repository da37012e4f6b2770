"""Numbers that nobody can move: what is handed to those who judge, and to no one else's harm."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import Any, TypeVar

import numpy as np

Part = TypeVar("Part")


def seal(part: Part) -> Part:
    """Make all arrays of a frozen dataclass with slots, and of those in it, such that they cannot be written.

    The arrays themselves stay with whoever made them: the part gets views.
    """
    for name in type(part).__slots__:  # type: ignore[attr-defined]
        value: Any = getattr(part, name)
        if isinstance(value, np.ndarray):
            view = value.view()
            view.flags.writeable = False
            object.__setattr__(part, name, view)
        elif is_dataclass(value) and hasattr(value, "__slots__"):
            seal(value)
    return part
