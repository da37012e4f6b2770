"""A new name that begins as an old one ends, with its values, is told with the line for the site file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from detector.service.cli import app
from detector.service.daemon.renamed import rename_conditions
from detector.service.engines.pipeline import Pipeline
from tests.streams.messages import records_of

START = 1_750_000_000_000
AT_MINUTE, MINUTES = 120, 200
UNITS = ("crac-01", "crac-02", "crac-03")
LEVELS = {"supply_air_temperature": 18.0, "return_air_temperature": 29.0, "fan_speed": 70.0}
SITE = "".join(
    f'[[point]]\nmatch = "AHU-{n} SAT"\nid = "hall-1/ahu-{n}/supply_air_temperature"\nunit = "degF"\n'
    for n in (1, 2)
)


def lines(renamed: dict[str, str], gone: tuple[str, ...] = (), per_minute: int = 1) -> list[bytes]:
    """Three units and two air handlers; from a minute on some names are others, and some are silent."""
    rng = np.random.default_rng(5)
    made = []
    for step in range(MINUTES * per_minute):
        at = START + step * 60_000 // per_minute
        values = {
            f"hall-1/{unit}/{measure}": level + n + rng.normal(0, 0.1)
            for n, unit in enumerate(UNITS)
            for measure, level in LEVELS.items()
        }
        values |= {"AHU-1 SAT": 64.0 + rng.normal(0, 0.1), "AHU-2 SAT": 71.0 + rng.normal(0, 0.1)}
        for name, value in values.items():
            if step >= AT_MINUTE * per_minute:
                if name in gone:
                    continue
                for old, new in renamed.items():
                    name = name.replace(old, new)
            made.append(json.dumps({"point": name, "time": at, "value": round(value, 2)}).encode())
    return made


def summaries(messages: list[bytes], cut: int = 40) -> list[str]:
    pipeline = Pipeline(Site.loads(SITE), load_kinds(), Settings())
    for first in range(0, len(messages), cut):
        pipeline.push(records_of(messages[first : first + cut]))
        pipeline.renamed()
    return [condition.summary for condition in rename_conditions(pipeline.renamed())]


@pytest.mark.parametrize("cut", [40, 5000])
def test_a_foreign_name_that_was_changed_is_told_with_its_line(cut: int) -> None:
    (said,) = summaries(lines({"AHU-1 SAT": "AHU1.SAT"}), cut)
    assert '[[point]] match = "AHU1.SAT" id = "hall-1/ahu-1/supply_air_temperature"' in said


@pytest.mark.parametrize("new", ["hall-1/crac-2", "hall-one/crac-02"])
def test_a_machine_that_was_renamed_is_one_with_a_line_a_point(new: str) -> None:
    (said,) = summaries(lines({"hall-1/crac-02": new}))
    for measure in LEVELS:
        assert f'match = "{new}/{measure}" id = "hall-1/crac-02/{measure}"' in said


@pytest.mark.parametrize(
    ("renamed", "gone"),
    [
        ({}, ("AHU-1 SAT", "hall-1/crac-02/fan_speed")),  # silent, and nothing new
        ({"AHU-1 SAT": "totally other"}, ()),
    ],
)
def test_what_falls_silent_or_is_called_otherwise_altogether_is_no_rename(
    renamed: dict[str, str], gone: tuple[str, ...]
) -> None:
    assert summaries(lines(renamed, gone)) == []


def test_a_new_machine_beside_the_old_ones_is_no_rename() -> None:
    messages = lines({})
    new = [m.replace(b"crac-02", b"crac-04") for m in messages if b"crac-02" in m]
    late = new[len(new) * AT_MINUTE // MINUTES :]
    assert summaries(sorted([*messages, *late], key=lambda m: int(json.loads(m)["time"]))) == []


def test_a_replay_tells_it_as_an_incident(tmp_path: Path) -> None:
    log, site = tmp_path / "log.jsonl", tmp_path / "site.toml"
    log.write_bytes(b"\n".join(lines({"AHU-1 SAT": "AHU1.SAT"})))
    site.write_text(SITE)
    done = CliRunner().invoke(app, ["replay", str(log), "--site", str(site), "--json"])
    (told,) = [each for each in json.loads(done.stdout)["incidents"] if each["fault"] == "renamed"]
    assert told["category"] == "telemetry"
    assert told["root"] == "hall-1/ahu-1"
    assert 'match = "AHU1.SAT"' in told["summary"]
