"""Public logs of real equipment the whole way: published, judged by the daemon, scored into InfluxDB."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from tests.detector.service.daemons import RunningDaemon
from tests.detector.service.rows import rows_of_database, rows_of_file
from tests.services.influxdb import InfluxDB
from tests.services.kafka import Broker
from tests.streams.test_real_logs import SITES, shared
from tests.test_end_to_end import coolwatch

pytestmark = [pytest.mark.kafka, pytest.mark.influxdb, pytest.mark.slow]

# Enough of each to be judged for a while; how all of it decodes is tested by itself.
LOGS = {
    "skab_valve1": ("skab/valve1/0.csv", "skab/valve1/1.csv"),
    "lbnl_ahu": ("lbnl_ahu/MZVAV-2-2.csv",),
    "nab_machine_temperature": ("nab/realKnownCause/machine_temperature_system_failure.csv",),
}
LINES = 1_200


@pytest.mark.parametrize("name", LOGS)
def test_a_real_log_is_scored_into_the_database(
    name: str, tmp_path: Path, kafka: Broker, influxdb: InfluxDB
) -> None:
    logs = []
    for path in LOGS[name]:
        with shared(path).open() as whole:
            part = tmp_path / Path(path).name
            part.write_text("".join(islice(whole, LINES)))
            logs.append(part)
    config = SITES / name / "coolwatch.toml"
    coolwatch("replay", *logs, "--config", config, "--report", "report", cwd=tmp_path)
    topic = kafka.topic()
    coolwatch("publish", *logs, "--config", config, "-b", kafka.bootstrap, "-t", topic, cwd=tmp_path)
    daemon = RunningDaemon(tmp_path / "daemon", kafka, topic, SITES / name / "site.toml", influxdb, topic)
    daemon.start()
    try:
        daemon.wait_until_caught_up()
        assert daemon.stop() == 0
    finally:
        daemon.kill()
    found = rows_of_database(influxdb, topic)
    scores = {key: value for key, value in found.items() if key[0] == "cooling_score" and key[-1] == "score"}
    assert len(scores) > LINES // 2
    assert all(isinstance(value, float) and 0.0 <= value <= 1.0 for value in scores.values())
    assert not any("anomaly" in part or "changepoint" in part for key in scores for part in key)
    assert found == rows_of_file(tmp_path / "report" / "scores.lp")
