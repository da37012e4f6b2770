"""Kernels into memory before they are needed, and ``coolwatch warmup``, which compiles them."""

from __future__ import annotations

import importlib
import time

import typer

from detector.service.progress import progress_bar
from kernels.jit import registered, warm_up

DAEMON_MODULES = (
    "detector.engine",
    "streams.formats.decoder",
    "streams.sinks.rows",
    "streams.sources.kafka",
)
OTHER_MODULES = ("streams.simulator.simulation",)


def load_kernels() -> int:
    """Load (or, the first time, compile) every kernel that the daemon uses; returns how many."""
    for module in DAEMON_MODULES:
        importlib.import_module(module)
    return sum(1 for _ in warm_up())


def warm_kernels() -> None:
    """Compile all kernels into their cache on disk."""
    started = time.monotonic()
    for module in DAEMON_MODULES + OTHER_MODULES:
        importlib.import_module(module)
    total = sum(kernel.example is not None for kernel in registered().values())
    with progress_bar("compiling kernels") as tell:
        for done, name in enumerate(warm_up(), 1):
            tell(done / total, name)
    typer.echo(f"{total} kernels are ready, {time.monotonic() - started:.1f} s")
