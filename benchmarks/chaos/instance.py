"""One ``coolwatch run`` of the group, with everything it speaks to standing where it can be broken."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from benchmarks.watched import logged_at
from tests.detector.service.daemons import RunningDaemon
from tests.services.influxdb import InfluxDB
from tests.services.kafka import Broker


class Instance(RunningDaemon):
    def __init__(
        self,
        folder: Path,
        broker: Broker,
        topic: str,
        site: Path,
        database: InfluxDB,
        snapshots: Path,
        switch: Path,
        settings: Mapping[str, str],
    ) -> None:
        """``settings`` by the names of their environment variables, without prefix; see `faulty_daemon`."""
        super().__init__(folder, broker, topic, site, database, bucket=topic, snapshots=snapshots)
        self.environment |= {f"COOLWATCH_{name}": value for name, value in settings.items()}
        self.program = ("benchmarks.chaos.faulty_daemon", str(switch))
        self._wanted = False
        self.exits: list[int] = []
        """Exit codes of ends that nobody asked for."""

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        super().start()
        self._wanted = True

    def kill(self) -> None:
        self._wanted = False
        super().kill()

    def look_after(self) -> None:
        """What a service manager does: start again what ended by itself."""
        code = self.process.poll() if self.process is not None and self._wanted else None
        if code is not None:
            self.exits.append(code)
            self.start()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def end(self) -> int | None:
        """Stop in good order; its exit code, None if it had to be killed."""
        self._wanted = False
        try:
            return self.stop() if self.runs else 0
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def taken_on(self) -> list[tuple[float, int]]:
        """Wall clock (s) and partition each time that it took one on."""
        found = []
        for line in self.log().splitlines():
            if '"partition taken on"' in line:
                said = json.loads(line)
                found.append((logged_at(said), int(said["partition"])))
        return found

    def _signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
