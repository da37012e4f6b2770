"""Numbers that nobody can move: what is handed to those who judge, and to no one else's harm."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, get_origin, get_type_hints

import numpy as np

Part = TypeVar("Part")


def seal(part: Part) -> Part:
    """Make all arrays of a frozen dataclass with slots, and of those in it, such that they cannot be written.

    The arrays themselves stay with whoever made them: the part gets views.
    """
    kind: Any = type(part)
    arrays, parts = _made_of(kind)
    for name in arrays:
        view = getattr(part, name).view()
        view.setflags(write=False)
        object.__setattr__(part, name, view)
    for name in parts:
        seal(getattr(part, name))
    return part


@cache  # every tick is sealed, and what its classes are made of stays as it is
def _made_of(kind: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields of a dataclass that are declared as arrays, and as dataclasses with slots."""
    declared = get_type_hints(kind)
    types = {field.name: declared[field.name] for field in fields(kind)}
    arrays = tuple(name for name, type_ in types.items() if np.ndarray in (type_, get_origin(type_)))
    parts = tuple(
        name for name, type_ in types.items() if is_dataclass(type_) and hasattr(type_, "__slots__")
    )
    return arrays, parts
