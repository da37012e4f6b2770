"""A simulation to files: `telemetry.jsonl.gz`, `site.toml` and `truth.json`."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

from streams.simulator.points import Points
from streams.simulator.sampling import MILLISECOND, Telemetry
from streams.simulator.simulation import Simulation


def write_log(simulation: Simulation, folder: Path, progress: Callable[[float], None] | None = None) -> int:
    """Run ``simulation`` to its end into ``folder``, made if missing; returns the number of messages.

    ``progress`` is told now and then which part of the run is done.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "site.toml").write_text(simulation.site_toml, encoding="utf-8")
    heads = message_heads(simulation.points)
    count = 0
    # Level 3 takes a third of level 9's time for a tenth more bytes; without a time stamp the same
    # simulation gives the same file.
    target = folder / "telemetry.jsonl.gz"
    with target.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=3, fileobj=raw, mtime=0) as out:
        for chunk in simulation.chunks():
            out.write(messages(chunk, heads, simulation.points))
            count += len(chunk)
            if progress is not None and len(chunk):
                progress(min((int(chunk.arrival[-1]) - simulation.epoch) / 1e9 / simulation.seconds, 1.0))
    (folder / "truth.json").write_bytes(simulation.truth.json())
    return count


def message_heads(points: Points) -> list[str]:
    """The part of each point's message before its time."""
    return [f'{{"point":"{name}","time":' for name in points.ids]


def messages(chunk: Telemetry, heads: list[str], points: Points) -> bytes:
    """A chunk as JSON lines, one message a reading; on/off points say true or false."""
    times = (chunk.time // MILLISECOND).tolist()
    boolean = points.boolean[chunk.point].tolist()
    lines = [
        f'{heads[p]}{t},"value":{("true" if v else "false") if b else v}}}\n'
        for p, t, v, b in zip(chunk.point.tolist(), times, chunk.value.tolist(), boolean, strict=True)
    ]
    return "".join(lines).encode()
