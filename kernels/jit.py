"""The one decorator that owns compilation.

Every kernel is compiled without the GIL and cached on disk; ``fastmath`` stays
off, because NaN and infinity are part of the input. The cache is keyed by the
sources of all kernels together: Numba's own key is the file of the outermost
function, and would go on using what a helper in another file no longer says.
Each kernel registers
itself with a maker of example arguments, which `warm_up` calls to compile it
and the twin test uses to see that no kernel goes unchecked.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba

HERE = Path(__file__).parent

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
        numba.config.CACHE_DIR = str(_cache_folder(Path(function.__code__.co_filename).parent))
        compiled = numba.njit(nogil=True, cache=True, fastmath=False)(function)
        name = f"{function.__module__}.{function.__qualname__}"
        _registry[name] = Kernel(name, compiled, example)
        return compiled

    return decorate


@cache
def _cache_folder(sources: Path) -> Path:
    """Where compiled kernels of a folder are kept; a change to any of them, or to ours, makes it another."""
    digest = hashlib.sha256(numba.__version__.encode())
    for folder in sorted({sources, HERE}):
        for file in sorted(folder.glob("*.py")):
            digest.update(file.read_bytes())
    beside = sources / "__pycache__"
    if not os.access(beside if beside.exists() else sources, os.W_OK):
        beside = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "coolwatch"
    return beside / f"kernels-{digest.hexdigest()[:16]}"


def registered() -> dict[str, Kernel]:
    """All kernels of the modules imported so far, by full name."""
    return dict(_registry)


def warm_up() -> Iterator[str]:
    """Compile (or load from the cache) every kernel that has an example, yielding each name."""
    for name, entry in _registry.items():
        if entry.example is not None:
            entry.function(*entry.example())
            yield name
