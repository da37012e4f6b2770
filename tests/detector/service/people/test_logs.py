"""One log: ours, the libraries', warnings and crashes, each a JSON object a line, and no flood."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog

from detector.service.people.repeated import Repeated

REPOSITORY = Path(__file__).parents[4]
SPEAKING = """
import logging, threading, warnings
import structlog
from config.secrets import hide
from detector.service.people.logs import log_to_stderr
hide(["hunter22"])
log_to_stderr()
for i in range(500):
    logging.getLogger("kafka.cluster").error("Topic %s is not available during auto-create %d", "t", i)
    structlog.get_logger().warning("Kafka is away, trying again", error="nobody there")
logging.getLogger("urllib3.connectionpool").warning("Retrying after /ping/hunter22")
logging.getLogger("asyncio").error("wrong %d", "argument")
logging.getLogger("numba").info("not worth a line")
warnings.warn("deprecated with hunter22")
for i in range(3):
    structlog.get_logger().info("told each time", i=i)
try:
    raise OSError("refused hunter22")
except OSError:
    structlog.get_logger().exception("caught")
    logging.getLogger("apprise").exception("caught too")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
raise ValueError("nobody catches hunter22")
"""


@pytest.fixture(scope="module")
def said() -> list[dict[str, Any]]:
    done = subprocess.run([sys.executable, "-c", SPEAKING], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 1
    assert "hunter22" not in done.stderr
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_every_voice_is_a_line_of_the_same_format(said: list[dict[str, Any]]) -> None:
    assert {line.get("logger") for line in said} >= {
        "kafka.cluster",
        "urllib3.connectionpool",
        "asyncio",
        "apprise",
        "py.warnings",
    }
    assert all(line["level"] and line["timestamp"] and line["event"] for line in said)
    uncaught = [line["exception"] for line in said if line["event"] == "uncaught exception"]
    assert ["ZeroDivisionError" in text or "ValueError" in text for text in uncaught] == [True, True]


def test_what_repeats_is_one_line_a_minute(said: list[dict[str, Any]]) -> None:
    events = [line["event"] for line in said]
    assert sum("auto-create" in event for event in events) == 1
    assert events.count("Kafka is away, trying again") == 1
    assert events.count("told each time") == 3


def test_what_was_held_back_is_counted_with_the_next_line() -> None:
    now = 0.0
    repeated = Repeated(once_in_s=60.0, clock=lambda: now)

    def say(text: str) -> dict[str, Any] | None:
        try:
            return dict(repeated(None, "", {"event": text, "logger": "kafka", "timestamp": str(now)}))
        except structlog.DropEvent:
            return None

    assert say("attempt 1 failed")
    assert [say(f"attempt {i} failed") for i in range(2, 12)] == [None] * 10
    assert say("something else")
    now = 61.0
    told = say("attempt 12 failed")
    assert told is not None
    assert told["held_back"] == 10
    now = 130.0
    told = say("attempt 13 failed")
    assert told is not None
    assert "held_back" not in told


def test_a_log_that_cannot_be_written_stops_nobody() -> None:
    script = "from detector.service.people.logs import log_to_stderr; import structlog; log_to_stderr()\n"
    script += "structlog.get_logger().warning('lost'); print('went on')"
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with full.open("w") as nowhere:
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=nowhere, text=True
        )
    assert done.stdout == "went on\n"
