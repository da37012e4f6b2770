"""publish, rekey, check and init on a real broker."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import uuid
from collections import defaultdict
from pathlib import Path

import pytest
from typer.testing import CliRunner

from detector.service.cli import app
from detector.service.setup.topic_records import newest_records, topics_there
from streams.records import Records
from streams.sources.connection import Connection
from streams.sources.producer import Publisher
from tests.detector.service.fakes import message
from tests.detector.service.halls import write_log
from tests.services.kafka import Broker

COOLWATCH = (sys.executable, "-m", "detector.service.cli")

pytestmark = pytest.mark.kafka


def coolwatch(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(map(str, arguments)))
    return done.exit_code, done.output


def run_coolwatch(*arguments: str | Path) -> tuple[int, str]:
    """As a process of its own, so that errors end it as they do for a person."""
    done = subprocess.run([*COOLWATCH, *map(str, arguments)], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def values_of(broker: Broker, topic: str) -> dict[int, list[bytes]]:
    """Everything on a topic, by partition."""
    found: dict[int, list[bytes]] = defaultdict(list)
    for records in newest_records(Connection(broker.bootstrap), [topic], most=1_000_000):
        found[records.partition] += _values(records)
    return found


def _values(records: Records) -> list[bytes]:
    return [records.value(i) or b"" for i in range(len(records))]


def halls_of(values: list[bytes]) -> set[str]:
    halls = set()
    for value in values:
        try:
            told = json.loads(value)
        except ValueError:
            continue
        halls |= {each["point"].split("/")[0] for each in (told if isinstance(told, list) else [told])}
    return halls


def test_published_messages_keep_their_bytes_and_a_hall_keeps_its_partition(
    tmp_path: Path, kafka: Broker
) -> None:
    log = tmp_path / "log.jsonl"
    lines = [message(f"hall-{i % 3}/rack-01/power", i, i / 10) for i in range(300)] + [b"rubbish"]
    log.write_bytes(b"\n".join(lines))
    topic = kafka.topic(partitions=3)
    code, output = coolwatch("publish", log, "-b", kafka.bootstrap, "-t", topic)
    assert code == 0, output
    found = values_of(kafka, topic)
    assert sorted(value for values in found.values() for value in values) == sorted(lines)
    for hall in ("hall-0", "hall-1", "hall-2"):
        on = [partition for partition, values in found.items() if hall in halls_of(values)]
        assert len(on) == 1
        own = [value for value in found[on[0]] if hall.encode() in value]
        assert own == [line for line in lines if hall.encode() in line]  # in their order


def test_shifted_to_now_the_log_ends_now_and_keeps_its_distances(tmp_path: Path, kafka: Broker) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"\n".join(message("hall-1/rack-01/power", second, 1.5) for second in (0, 7, 60)))
    topic = kafka.topic()
    assert coolwatch("publish", log, "-b", kafka.bootstrap, "-t", topic, "--shift-to-now")[0] == 0
    (values,) = values_of(kafka, topic).values()
    readings = [reading for value in values for reading in json.loads(value)]
    times = [reading["time"] for reading in readings]
    assert [time - times[0] for time in times] == [0, 7_000, 60_000]
    assert abs(times[-1] / 1000 - time.time()) < 120
    assert {reading["value"] for reading in readings} == {1.5}


@pytest.mark.parametrize("speed", ["1200", "0.5", "max"])
def test_shifted_to_now_nothing_is_stamped_later_than_it_is_written(
    tmp_path: Path, kafka: Broker, speed: str
) -> None:
    log = tmp_path / "log.jsonl"
    seconds = range(0, 60, 2) if speed != "0.5" else (0, 0.2, 0.4, 1)
    log.write_bytes(b"\n".join(message("hall-1/rack-01/power", second, 1.5) for second in seconds))
    topic = kafka.topic()
    code, output = coolwatch(
        "publish", log, "-b", kafka.bootstrap, "-t", topic, "--shift-to-now", "--speed", speed
    )
    assert code == 0, output
    ahead = []
    for records in newest_records(Connection(kafka.bootstrap), [topic]):
        for value, written in zip(_values(records), records.timestamp.tolist(), strict=True):
            ahead += [reading["time"] - written / 1e6 for reading in json.loads(value)]
    assert len(ahead) == len(seconds)
    assert max(ahead) <= 0


def test_a_topic_that_is_not_there_is_said_and_made_when_asked_for(tmp_path: Path, kafka: Broker) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(message("hall-1/rack-01/power", 0, 1.5))
    topic, copy = f"made-{uuid.uuid4().hex}", f"copied-{uuid.uuid4().hex}"
    publish = ("publish", log, "-b", kafka.bootstrap, "-t", topic)
    rekey = ("rekey", "--from", topic, "--to", copy, "-b", kafka.bootstrap)
    for command, missing, option in ((publish, topic, "--topic"), (rekey, topic, "--from")):
        code, said = run_coolwatch(*command)
        assert code == 2
        assert missing in said and option in said and "Traceback" not in said, said
    assert topic not in topics_there(Connection(kafka.bootstrap))
    assert run_coolwatch(*publish, "--create")[0] == 0
    code, said = run_coolwatch(*rekey)
    assert code == 2 and "--to" in said and "--create" in said
    code, said = run_coolwatch(*rekey, "--create")
    assert code == 0 and "1 messages written" in said
    assert values_of(kafka, copy)[0] == values_of(kafka, topic)[0]


def test_broken_off_it_ends_without_a_traceback(tmp_path: Path, kafka: Broker) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"\n".join(message("hall-1/rack-01/power", second, 1.0) for second in range(3600)))
    topic, copy = kafka.topic(), kafka.topic()
    publish = ("publish", log, "-b", kafka.bootstrap, "-t", topic, "--speed", "10")
    rekey = ("rekey", "--from", topic, "--to", copy, "-b", kafka.bootstrap, "--follow")
    for command, written in ((publish, topic), (rekey, copy)):
        process = subprocess.Popen(
            [*COOLWATCH, *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        while not values_of(kafka, written):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 130, said
        assert "Traceback" not in said
        assert re.fullmatch(rf"broken off: [1-9]\d* messages written to {written}.*", said.strip()), said


def test_played_at_a_pace_it_takes_its_time(tmp_path: Path, kafka: Broker) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"\n".join(message("hall-1/rack-01/power", second, 1.0) for second in range(0, 61, 10)))
    topic = kafka.topic()
    began = time.monotonic()
    code, _ = coolwatch("publish", log, "-b", kafka.bootstrap, "-t", topic, "--speed", "60")
    assert code == 0
    assert time.monotonic() - began >= 1.0
    assert coolwatch("publish", log, "-b", kafka.bootstrap, "-t", topic, "--speed", "fast")[0] != 0


def test_rekey_brings_a_zone_together(tmp_path: Path, kafka: Broker) -> None:
    scattered, gathered = kafka.topic(partitions=4), kafka.topic(partitions=4)
    publisher = Publisher(Connection(kafka.bootstrap))
    for i in range(200):
        both = b"[%b, %b]" % (message("hall-1/rack-01/power", i, 1), message("hall-2/rack-01/power", i, 2))
        publisher.send(scattered, b"host-%d" % (i % 7), both)
    publisher.close()
    code, output = coolwatch("rekey", "--from", scattered, "--to", gathered, "-b", kafka.bootstrap)
    assert code == 0, output
    found = values_of(kafka, gathered)
    readings = [reading for values in found.values() for value in values for reading in json.loads(value)]
    assert len(readings) == 400
    for hall in ("hall-1", "hall-2"):
        assert sum(hall in halls_of(values) for values in found.values()) == 1


def test_check_says_what_is_wrong_and_what_to_do(tmp_path: Path, kafka: Broker) -> None:
    topic = kafka.topic(partitions=4)
    publisher = Publisher(Connection(kafka.bootstrap))
    for i in range(40):
        publisher.send(topic, b"host-%d" % i, message("hall-1/rack-01/power", i, 1))
    publisher.close()
    config = tmp_path / "coolwatch.toml"
    config.write_text(
        f'[kafka]\nbootstrap = "{kafka.bootstrap}"\ntopics = ["{topic}"]\n'
        f'dead_letters = "{topic}.rejected"\n'
        f'[influxdb]\nurl = "http://127.0.0.1:9"\n[store]\nurl = "sqlite:///{tmp_path / "coolwatch.db"}"\n'
        f'[state]\nsnapshots = "{tmp_path / "snapshots"}"\n[web]\nlisten = "127.0.0.1:0"\n'
    )
    code, output = coolwatch("check", "--config", config, "--json")
    assert code == 1
    found = {finding["about"]: finding for finding in json.loads(output)}
    assert found["kafka"]["right"]
    assert found["topic"]["right"]
    assert not found["zone"]["right"]
    assert f"coolwatch rekey --from {topic}" in found["zone"]["remedy"]
    assert not found["influxdb"]["right"]
    assert found["store"]["right"]
    assert not found["letters"]["right"], "nobody has made the dead letters' topic"
    assert "make it" in found["letters"]["remedy"]
    assert found["spool"]["right"]
    assert found["snapshots"]["right"]


def test_init_samples_a_topic(tmp_path: Path, kafka: Broker) -> None:
    log = write_log(tmp_path / "log", minutes=1)
    topic = kafka.topic(partitions=2)
    assert coolwatch("publish", log, "-b", kafka.bootstrap, "-t", topic)[0] == 0
    code, output = coolwatch("init", "-b", kafka.bootstrap, "-t", topic, "--out", tmp_path)
    assert code == 0, output
    assert 'id = "hall-2/crah-03"' in (tmp_path / "site.toml").read_text()
    assert f'topics = ["{topic}"]' in (tmp_path / "coolwatch.toml").read_text()


def test_init_sees_what_came_long_ago_and_what_comes_now(tmp_path: Path, kafka: Broker) -> None:
    log = tmp_path / "log.jsonl"
    old = b"".join(message("CRAC 1 Fan Status", i, 1) + b"\n" for i in range(50))
    lines = b"".join(message("hall-1/rack-01/power", i, i / 10) + b"\n" for i in range(50, 12_000))
    new = b"".join(message("CRAC 2 Fan Status", i, 1) + b"\n" for i in range(12_000, 12_050))
    log.write_bytes(old + lines + new)
    topic = kafka.topic(partitions=1)
    publisher = Publisher(Connection(kafka.bootstrap))
    for line in log.read_bytes().splitlines():
        publisher.send(topic, b"hall-1", line)
    publisher.close()
    code, output = coolwatch("init", "-b", kafka.bootstrap, "-t", topic, "--out", tmp_path)
    assert code == 0, output
    text = (tmp_path / "site.toml").read_text()
    assert 'match = "CRAC 1 Fan Status"' in text
    assert 'match = "CRAC 2 Fan Status"' in text


def test_a_broker_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    config = tmp_path / "coolwatch.toml"
    config.write_text('[kafka]\nbootstrap = "127.0.0.1:9"\n[influxdb]\nurl = ""\n')
    code, output = coolwatch("check", "--config", config, "--json")
    assert code == 1
    (kafka,) = (finding for finding in json.loads(output) if finding["about"] == "kafka")
    assert "127.0.0.1:9" in kafka["says"]
    assert kafka["remedy"]
