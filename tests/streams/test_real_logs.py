"""Public logs of real equipment through the same reader and decoder as everything else."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from streams.formats.decoded import Decoded
from streams.formats.decoder import Decoder
from streams.messages import Counts
from streams.sources.logs import LogSource

ROOT = Path(__file__).resolve().parents[2]
SITES = ROOT / "tests" / "data"


def shared(path: str) -> Path:
    """A log of the shared data; a visible skip where it is not to be had, an error in CI."""
    found = ROOT / os.environ.get("COOLWATCH_SHARED", "../shared") / "data" / path
    if not found.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"COOLWATCH_SHARED/data/{path} is not there")
        pytest.skip(f"COOLWATCH_SHARED/data/{path} is not there")
    return found


def read(site: str, *paths: Path) -> tuple[Decoder, list[Decoded], Counts]:
    settings = Settings.load(SITES / site / "coolwatch.toml")
    decoder = Decoder(Site.load(SITES / site / "site.toml"), load_kinds(), settings.messages)
    decoded = list(LogSource(paths, settings.log, settings.messages).decoded(decoder))
    counts = Counts()
    for one in decoded:
        counts.add(one.counts)
        assert not one.rejects
    assert counts.balanced()
    return decoder, decoded, counts


def values(decoder: Decoder, decoded: list[Decoded], id: str) -> np.ndarray:
    slot = decoder.directory.ids.index(id)
    return np.concatenate([one.readings.value[one.readings.point == slot] for one in decoded])


def test_skab_without_its_labels() -> None:
    runs = sorted(shared("skab/valve1").glob("*.csv"))
    rows = sum(path.read_text().count("\n") - 1 for path in runs)
    decoder, decoded, counts = read("skab_valve1", *runs)
    assert len(runs) == 16
    assert (counts.records, counts.ignored) == (10 * rows, 2 * rows)
    assert len(decoder.directory.ids) == 8
    flow = values(decoder, decoded, "rig/pump-1/water_flow")
    assert 0.4 < np.median(flow) < 0.6  # l/s, about 30 l/min


def test_lbnl_in_degrees_fahrenheit() -> None:
    decoder, decoded, counts = read("lbnl_ahu", shared("lbnl_ahu/MZVAV-2-2.csv"))
    assert counts.records == 18 * 37_440
    assert counts.ignored == 37_440
    assert len(decoder.directory.ids) == 17
    supply = values(decoder, decoded, "mzvav/ahu-2/supply_air_temperature")
    assert supply[0] == pytest.approx((77.13 - 32) / 1.8)
    assert 10 < np.median(supply) < 30
    assert set(values(decoder, decoded, "mzvav/ahu-2/fan_speed_command/supply")) >= {0.0, 100.0}


def test_nab_machine_temperature_keeps_its_step_back_in_time() -> None:
    path = shared("nab/realKnownCause/machine_temperature_system_failure.csv")
    decoder, decoded, counts = read("nab_machine_temperature", path)
    assert decoder.directory.ids == ["works/machine-1/temperature"]
    assert counts.records == counts.decoded == 22_695
    time = np.concatenate([one.readings.time for one in decoded])
    assert (np.diff(time) < 0).sum() == 1
