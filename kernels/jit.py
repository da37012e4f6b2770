"""The one decorator that owns compilation.

Every kernel is compiled without the GIL and cached on disk; ``fastmath`` stays
off, because NaN and infinity are part of the input. The cache is keyed by the
sources of all kernels together, in whatever folder of this room: Numba's own key
is the file of the outermost function, and would go on using what a helper in
another file no longer says. It lies beside the sources, or where those may not be
written, among the user's caches; where nothing may be written, kernels are compiled
at each start. Each kernel registers itself with a maker of example arguments, which `warm_up`
calls to compile it and the twin test uses to see that no kernel goes unchecked.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba

HERE = Path(__file__).parent

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Kernel:
    """A compiled function, by its full name, and what makes arguments to try it with."""

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
        kept = _cache_folder(Path(function.__code__.co_filename).parent)
        numba.config.CACHE_DIR = str(kept or "")
        compiled = numba.njit(nogil=True, cache=kept is not None, fastmath=False)(function)
        name = f"{function.__module__}.{function.__qualname__}"
        _registry[name] = Kernel(name, compiled, example)
        return compiled

    return decorate


@cache
def _cache_folder(sources: Path) -> Path | None:
    """Where compiled kernels of a folder are kept; another once any of them, or of this room, changes.

    None where no folder can be written, which is said once.
    """
    digest = hashlib.sha256(numba.__version__.encode())
    for file in sorted({*HERE.rglob("*.py"), *sources.glob("*.py")}):
        digest.update(file.read_bytes())
    for place in _places(sources):
        folder = place / f"kernels-{digest.hexdigest()[:16]}"
        if _can_be_written(folder):
            return folder
    _say_uncached()
    return None


def _places(sources: Path) -> list[Path]:
    """Where a cache may lie, the first choice first."""
    if named := os.environ.get("NUMBA_CACHE_DIR"):
        return [Path(named)]
    places = [sources / "__pycache__"]
    if named := os.environ.get("XDG_CACHE_HOME"):
        places.append(Path(named) / "coolwatch")
    else:
        with suppress(RuntimeError):  # a user without a home
            places.append(Path.home() / ".cache" / "coolwatch")
    return places


def _can_be_written(folder: Path) -> bool:
    """Tried, not asked: root is told that it may write where a read-only mount will not let it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@cache
def _say_uncached() -> None:
    logging.getLogger(__name__).warning(
        "compiled kernels cannot be kept: neither the folders of the sources nor the user's caches can be "
        "written. They are compiled anew at each start, which takes a minute; NUMBA_CACHE_DIR names a folder"
    )


def registered() -> dict[str, Kernel]:
    """All kernels of the modules imported so far, by full name."""
    return dict(_registry)


def warm_up() -> Iterator[str]:
    """Compile (or load from the cache) every kernel that has an example, yielding each name."""
    for name, entry in _registry.items():
        if entry.example is not None:
            entry.function(*entry.example())
            yield name
