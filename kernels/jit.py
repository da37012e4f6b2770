"""The one decorator that owns compilation.

Every kernel is compiled without the GIL and cached on disk; ``fastmath`` stays
off, because NaN and infinity are part of the input. Each kernel registers
itself with a maker of example arguments, which `warm_up` calls to compile it
and the twin test uses to see that no kernel goes unchecked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Kernel:
    name: str
    function: Callable[..., Any]
    example: Callable[[], tuple[Any, ...]] | None
    """None marks a kernel that only other kernels call."""


_registry: dict[str, Kernel] = {}


def kernel(example: Callable[[], tuple[Any, ...]] | None = None) -> Callable[[F], F]:
    """Compile a free function on arrays and register it.

    ``example`` returns arguments of the dtypes and shapes that the callers
    use. Leave it out for a helper that only other kernels call.
    """

    def decorate(function: F) -> F:
        compiled = numba.njit(nogil=True, cache=True, fastmath=False)(function)
        name = f"{function.__module__}.{function.__qualname__}"
        _registry[name] = Kernel(name, compiled, example)
        return compiled

    return decorate


def registered() -> dict[str, Kernel]:
    """All kernels of the modules imported so far, by full name."""
    return dict(_registry)


def warm_up() -> Iterator[str]:
    """Compile (or load from the cache) every kernel that has an example, yielding each name."""
    for name, entry in _registry.items():
        if entry.example is not None:
            entry.function(*entry.example())
            yield name
