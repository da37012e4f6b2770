"""Kernels into memory before they are needed, and ``coolwatch warmup``, which compiles them."""

from __future__ import annotations

import importlib
import time
from collections.abc import Sequence

import typer

from detector.service.people.progress import progress_bar
from kernels.jit import registered, warm_up

DAEMON_MODULES = (
    "detector.engine",
    "streams.formats.decoder",
    "streams.sinks.rows",
    "streams.sources.kafka",
)
OTHER_MODULES = ("streams.simulator.simulation",)


def load_kernels(modules: Sequence[str] = DAEMON_MODULES) -> int:
    """Load (or, the first time, compile) every kernel of the modules; returns how many."""
    for module in modules:
        importlib.import_module(module)
    total = sum(kernel.example is not None for kernel in registered().values())
    with progress_bar("compiling kernels, the first time only") as tell:
        for done, name in enumerate(warm_up(), 1):
            tell(done / total, name)
    return total


def warm_kernels() -> None:
    """Compile all kernels into their cache on disk."""
    started = time.monotonic()
    total = load_kernels(DAEMON_MODULES + OTHER_MODULES)
    typer.echo(f"{total} kernels are ready, {time.monotonic() - started:.1f} s")
