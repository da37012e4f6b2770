"""The fixed corpus: runs of the own simulator, public logs, and halls of the second generator.

Seeds are of those that constants are tuned on, so that whoever looks into a
difference spoils no report. Long runs are cut where their story is told.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.recorded import record
from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from detector.service.engines.pipeline import Pipeline
from detector.service.engines.zones import ZoneEngines
from streams.messages import SECOND, Verdict
from streams.sources.logs import LogSource
from tests.services import REPOSITORY, cache_folder

SHARED = REPOSITORY / os.environ.get("COOLWATCH_SHARED", "../shared")
SITES = REPOSITORY / "tests" / "data"
HALL_SITE = "import json, judge, sys; print(judge.site_toml(json.load(open(sys.argv[1]))))"


@dataclass(frozen=True, slots=True)
class Simulated:
    """A scenario of ``config/scenarios``, for so many hours and at a tick of so many seconds."""

    scenario: str
    hours: float | None = None
    tick_s: float = 10.0
    seed: int = 1

    def needs(self) -> list[Path]:
        return []

    def verdicts(self) -> Iterator[Verdict]:
        recorded = record(self.scenario, self.seed, self.hours)
        settings = Settings().engine.model_copy(update={"tick": int(self.tick_s * SECOND)})
        engines = ZoneEngines(Site.loads(recorded.site_toml), load_kinds(), settings)
        start = 0
        for cut in recorded.cuts.tolist():
            yield from engines.judge(recorded.readings.take(slice(start, cut)), list(recorded.ids))
            start = cut


@dataclass(frozen=True, slots=True)
class Logged:
    """The first lines of public logs, with the settings and the site that the tests have for them."""

    site: str
    logs: tuple[str, ...]
    lines: int

    def needs(self) -> list[Path]:
        return [SHARED / "data" / log for log in self.logs]

    def verdicts(self) -> Iterator[Verdict]:
        here = SITES / self.site
        with TemporaryDirectory() as folder:
            parts = []
            for log in self.logs:
                parts.append(Path(folder) / Path(log).name)
                with (SHARED / "data" / log).open() as whole, parts[-1].open("w") as part:
                    part.writelines(islice(whole, self.lines))
            settings = Settings.load(here / "coolwatch.toml")
            yield from replayed(parts, Site.load(here / "site.toml"), settings)


@dataclass(frozen=True, slots=True)
class Hall:
    """A run of the second generator (``COOLWATCH_SHARED/halls``), made once and kept in the cache."""

    scenario: str
    seed: int = 41

    def needs(self) -> list[Path]:
        return [SHARED / "halls" / "generate.py"]

    def verdicts(self) -> Iterator[Verdict]:
        folder = cache_folder() / "halls" / f"{self.scenario}-{self.seed}"
        if not folder.exists():
            self._generate(folder)
        site = second_generator("-c", HALL_SITE, str(folder.resolve() / "site.json"))
        yield from replayed([folder / "telemetry.jsonl.gz"], Site.loads(site), Settings())

    def _generate(self, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent) as name:
            draft = Path(name).resolve() / "run"
            second_generator("generate.py", self.scenario, "--seed", str(self.seed), "--out", str(draft))
            draft.replace(folder)


def second_generator(*command: str) -> str:
    """What a script of the second generator prints. CalledProcessError where it fails."""
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=SHARED / "halls",
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def replayed(logs: list[Path], site: Site, settings: Settings) -> Iterator[Verdict]:
    """The verdicts on logs, as `coolwatch replay` comes to them."""
    engines = Pipeline(site, load_kinds(), settings)
    for decoded in LogSource(logs, settings.log, settings.messages).decoded(engines.decoder):
        yield from engines.take(decoded).verdicts


Run = Simulated | Logged | Hall

RUNS: dict[str, Run] = {
    "guangzhou-2023": Simulated("guangzhou-2023"),
    "lockout-cascade": Simulated("lockout-cascade"),
    "hong-kong-2022": Simulated("hong-kong-2022"),
    "crah-fan-failure": Simulated("crah-fan-failure", hours=7.0),
    "chiller-trip-with-spare": Simulated("chiller-trip-with-spare"),
    "coil-fouling": Simulated("coil-fouling", hours=72.0, tick_s=60.0),
    "low-delta-t": Simulated("low-delta-t", hours=72.0, tick_s=60.0),
    "duty-rotation": Simulated("duty-rotation", hours=10.0),
    "telemetry-gaps": Simulated("telemetry-gaps", hours=12.0),
    "sensor-faults": Simulated("sensor-faults", hours=16.0),
    "log-skab": Logged("skab_valve1", ("skab/valve1/0.csv", "skab/valve1/1.csv"), 1_200),
    "log-lbnl": Logged("lbnl_ahu", ("lbnl_ahu/MZVAV-2-2.csv",), 4_000),
    "log-nab": Logged(
        "nab_machine_temperature", ("nab/realKnownCause/machine_temperature_system_failure.csv",), 3_000
    ),
    "hall-pump-trip": Hall("pump_trip"),
    "hall-crah-fan-failure": Hall("crah_fan_failure"),
    "hall-duty-rotation": Hall("duty_rotation"),
    "hall-stuck-sensor": Hall("stuck_sensor"),
}
