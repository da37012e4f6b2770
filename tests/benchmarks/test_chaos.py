"""`make chaos` in short: broken again and again while it is fed, it comes to what a replay says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from benchmarks.chaos.compare import differences
from benchmarks.chaos.halls import HALLS, Halls
from benchmarks.chaos.pages import latencies, pages
from benchmarks.chaos.plan import MODES, Fault, draw
from benchmarks.chaos.receiver import Delivery
from benchmarks.chaos.reference import Outcome, Reference
from streams.messages import Counts
from tests.detector.service.incidents import incident
from tests.services import REPOSITORY
from tests.services.influxdb import InfluxDB
from tests.services.kafka import Broker

WITHIN_S = 160
"""A round takes some 60 s on a machine that does nothing else; services and kernels come on top."""
CLEARED_S = 60
READY_S = 300
"""Where kernels have to be compiled, on a machine that is busy."""


@pytest.mark.kafka
@pytest.mark.influxdb
@pytest.mark.chaos
@pytest.mark.parametrize("kinds", ["kill", "kill,influxdb,store,notification,engine,clock"])
def test_a_round_comes_to_what_a_replay_says(
    kinds: str, tmp_path: Path, kafka: Broker, influxdb: InfluxDB
) -> None:
    """The fixtures only say whether the services can be had: a round starts its own, which it breaks."""
    arguments = ["--minutes", "0", "--seconds", "30", "--only", kinds, "--seed", "1", "--json"]
    with chaos(*arguments, "--within", str(WITHIN_S), "--kept", str(tmp_path)) as process:
        said, log = process.communicate(timeout=READY_S + WITHIN_S + CLEARED_S)
    assert process.returncode == 0, said + log
    told = json.loads(said)
    assert told["failures"]
    assert told["figures"]["readings"] > 0
    assert len((tmp_path / "rounds.jsonl").read_text().splitlines()) == 1


def test_a_seed_says_everything_that_happens() -> None:
    first, again, other = (draw(seed, 100.0, 60, 1.0, tuple(MODES)) for seed in (1, 1, 2))
    assert first == again != other
    one, two = (Halls(1, 0, first.ramps, first.clocks) for _ in range(2))
    assert [one.step(n) for n in range(3)] == [two.step(n) for n in range(3)]
    assert {message.hall for message in one.step(3)} == set(HALLS)


def test_whatever_differs_is_found() -> None:
    row, letter = ("cooling_hall", "hall=hall-01", "1", "score"), (0, 7, "not_json", b"{")
    whole = incident("a", zone="hall-01")
    expected = Reference(
        rows={row: 1.0, (*row[:2], "2", "score"): 1.0},
        incidents={"a": whole, "b": incident("b", zone="hall-01")},
        letters=Counter({letter: 1}),
        books={"hall-01": Counts(readings=2, scored=2), "partition 0": Counts(records=3, decoded=3)},
        told=Counter({("a", "[WARNING] hall-01: limit"): 1}),
    )
    found = Outcome(
        rows={row: 2.0, (*row[:2], "3", "score"): 1.0},
        incidents={
            "a": incident("a", zone="hall-01", severity="critical"),
            "c": incident("c", zone="hall-01"),
        },
        letters=Counter({(0, 8, "not_json", b"{"): 1}),
        books={"hall-01": Counts(readings=1, scored=1), "partition 0": Counts(records=2, decoded=2)},
    )
    told = [Delivery(0.0, "good", "a", "hall-01", "[WARNING] hall-01: limit") for _ in range(2)]
    figures = differences(found, expected, told, ()).figures
    once = [name for name, count in figures.items() if count == 1]
    assert {"rows_missing", "rows_too_many", "rows_differ", "incidents_missing", "incidents_doubled"} < set(
        once
    )
    assert {"incidents_differ", "letters_lost", "letters_doubled", "messages_repeated"} < set(once)
    assert {"messages_repeated_too_often", "messages_missing"} < set(once)  # missing on /bad
    assert {"readings_lost", "records_lost"} < set(once)
    assert figures["books_differ"] == 2
    same = differences(expected, expected, [], ("hall-01",)).figures
    assert not any(same[name] for name in ("rows_missing", "incidents_missing", "messages_missing"))


def test_books_are_compared_beside_a_hall_in_which_a_rule_raised() -> None:
    expected = Reference(books={name: Counts(readings=2, scored=2) for name in HALLS[:2]})
    found = Outcome(books={name: Counts(readings=2, set_aside=2) for name in HALLS[:2]})
    beside = differences(found, expected, [], HALLS[:1])
    assert (beside.figures["books_differ"], beside.figures["readings_lost"]) == (1, 0)
    assert HALLS[1] in beside.samples["books_differ"][0]
    found.books[HALLS[0]] = Counts(readings=1, set_aside=1)
    assert differences(found, expected, [], HALLS[:1]).figures["readings_lost"] == 1


def _span(kind: str, since: float, end: float, mode: str = "") -> tuple[Fault, float, float]:
    return Fault(kind, mode, since, end - since, 0), since, end


def _told(*times: float, id: str = "a", channel: str = "good") -> list[Delivery]:
    return [Delivery(at, channel, id, "hall-01", "[CRITICAL] hall-01: limit") for at in times]


def _too_often(deliveries: list[Delivery], *spans: tuple[Fault, float, float]) -> int:
    wanted = Reference(
        incidents={id: incident(id, zone="hall-01", state="resolved") for id in ("a", "b")},
        told=Counter({(id, "[CRITICAL] hall-01: limit"): 1 for id in ("a", "b")}),
    )
    return differences(Outcome(), wanted, deliveries, (), list(spans)).figures["messages_repeated_too_often"]


def test_a_kill_excuses_one_message_repeated_at_each_destination() -> None:
    kill = _span("kill", 105.0, 110.0, "once")
    assert _too_often(_told(100.0, 115.0)) == 1
    assert _too_often(_told(100.0, 115.0), kill) == 0
    assert _too_often(_told(100.0, 115.0) + _told(100.0, 116.0, channel="bad"), kill) == 0
    assert _too_often(_told(100.0, 115.0) + _told(100.0, 116.0, id="b"), kill) == 1
    assert _too_often(_told(100.0, 103.0), kill) == 1
    assert _too_often(_told(130.0, 133.0), kill) == 1
    assert _too_often(_told(100.0, 115.0) + _told(100.0, 116.0, id="b"), _span("store", 99.0, 101.0)) == 0
    assert _too_often(_told(100.0, 115.0), _span("broker", 105.0, 110.0)) == 1


def test_a_page_after_a_late_rejoining_is_told_from_the_rejoining() -> None:
    """However long after the failure of the broker a zone's partition is taken on again."""
    spans = [_span("broker", 100.0, 110.0, "kill"), _span("store", 90.0, 99.0)]
    late = pages([("hall-01", 124.0)], _told(128.0), spans, {"hall-01": [127.0, 50.0]})
    assert list(latencies(late)) == ["broker, from rejoining"]
    assert latencies(late)["broker, from rejoining"]["p99_s"] == 1.0
    unhurt = pages([("hall-01", 124.0)], _told(128.0), spans, {"hall-01": [50.0, 112.0]})
    assert latencies(unhurt) == {"nothing": {"pages": 1, "p50_s": 4.0, "p99_s": 4.0}}


@pytest.mark.kafka
@pytest.mark.influxdb
@pytest.mark.chaos
def test_broken_off_it_leaves_no_process_behind(tmp_path: Path, kafka: Broker, influxdb: InfluxDB) -> None:
    arguments = ["--only", "kill,freeze", "--within", str(WITHIN_S), "--kept", str(tmp_path)]
    with chaos(*arguments) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "freeze" in line or "kill" in line:
                break
        assert of_session(process.pid) != {process.pid}
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=CLEARED_S)
        assert of_session(process.pid) == set()


@contextmanager
def chaos(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a session of its own, of which nothing is left afterwards, whatever comes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.chaos", *arguments],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        for pid in of_session(process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.communicate()


def of_session(leader: int) -> set[int]:
    """Processes that a command started, itself among them."""
    listed = subprocess.run(["ps", "-eo", "pid=,sess="], capture_output=True, text=True, check=True).stdout
    return {int(pid) for pid, session in map(str.split, listed.splitlines()) if int(session) == leader}
