"""`python -m benchmarks.contained` in short: a part that raises is named, and limits go on and page."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from benchmarks.contained import holds
from benchmarks.failing_part import KERNEL, MODEL, NAMED_AS, RULE
from tests.services import REPOSITORY
from tests.services.influxdb import InfluxDB
from tests.services.kafka import Broker

PATIENCE_S = 600
"""Where kernels have to be compiled, on a machine that is busy."""
SOUND = {"limits_crossed": 2, "limits_paged": 2, "page_max_s": 1.5, "named": "The rule hot_spot failed"}


@pytest.mark.kafka
@pytest.mark.influxdb
@pytest.mark.chaos
@pytest.mark.parametrize("part", [RULE, MODEL, KERNEL])
def test_a_part_that_raises_is_named_and_every_limit_is_paged(
    part: str, kafka: Broker, influxdb: InfluxDB
) -> None:
    """The fixtures only say whether the services can be had. How soon it pages a busy machine cannot say."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.contained", "--only", part, "--json"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)[part]
    assert NAMED_AS[part] in (found["named"] or ""), found
    assert found["limits_paged"] == found["limits_crossed"] > 0, found


@pytest.mark.parametrize(
    ("change", "well"),
    [({}, True), ({"limits_paged": 1}, False), ({"page_max_s": 1.501}, False), ({"named": None}, False)],
)
def test_a_late_or_missing_page_or_a_part_that_nobody_names_does_not_hold(
    change: dict[str, Any], well: bool
) -> None:
    assert holds(SOUND | change) is well
    assert not holds({"limits_crossed": 0, "limits_paged": 0, "page_max_s": None, "named": None})
