"""The InfluxDB sink, with the database there, away, slow, picky, and the spool behind it."""

from __future__ import annotations

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st
from influxdb_client import BucketsApi

from config.settings import InfluxSettings
from streams.errors import SinkAway
from streams.messages import Forecasts, Scores, TickVerdict
from streams.sinks.influx_writer import InfluxWriter
from streams.sinks.isolate import Isolation
from streams.sinks.rows import ScoreLines
from streams.sinks.sink import PayloadTooLarge, RowsRefused
from streams.sinks.spool import MIB, Spool
from streams.sinks.spooled import SpooledSink


class FakeDatabase:
    """Keeps what is written; away, slow or picky as told."""

    def __init__(self):
        self.payloads = []
        self.away = False
        self.gate = threading.Event()
        self.gate.set()

    def write(self, payload):
        assert self.gate.wait(30)
        if self.away:
            raise SinkAway("no route")
        if b"bad" in payload:
            raise RowsRefused("unable to parse")
        self.payloads.append(payload)

    def close(self):
        pass

    @property
    def rows(self):
        return b"".join(self.payloads).splitlines()


@pytest.fixture
def database():
    return FakeDatabase()


def make_sink(database, folder, spool_bytes=1 << 20, **options):
    return SpooledSink(
        database, Spool(folder, spool_bytes), first_pause_s=0.01, longest_pause_s=0.05, **options
    )


def wait_for(condition):
    """Wait for the sink's thread to get there."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def balanced(counts):
    return counts.submitted == (
        counts.written + counts.rejected + counts.dropped + counts.lost + counts.waiting
    )


def rows(first, count):
    return [b"m v=1 %d" % i for i in range(first, first + count)]


def submit(sink, lines):
    return [sink.submit(line + b"\n") for line in lines]


def test_written_in_order_and_acknowledged(database, tmp_path):
    sink = make_sink(database, tmp_path)
    assert submit(sink, rows(0, 100)) == list(range(1, 101))
    assert sink.flush(30)
    assert sink.acknowledged() == 100
    assert database.rows == rows(0, 100)
    assert sink.counts().written == 100
    assert balanced(sink.counts())
    sink.close()


def test_what_waits_is_written_together(database, tmp_path):
    sink = make_sink(database, tmp_path)
    database.gate.clear()
    submit(sink, rows(0, 50))
    database.gate.set()
    assert sink.flush(30)
    assert len(database.payloads) <= 3
    sink.close()


def test_away_goes_to_the_spool_and_follows_in_order(database, tmp_path):
    sink = make_sink(database, tmp_path)
    database.away = True
    submit(sink, rows(0, 20))
    assert sink.flush(30), "the spool counts as acknowledged"
    counts = sink.counts()
    assert counts.away
    assert counts.waiting == 20
    assert "no route" in counts.last_error
    submit(sink, rows(20, 20))
    database.away = False
    submit(sink, rows(40, 20))
    wait_for(lambda: sink.counts().written == 60)
    assert database.rows == rows(0, 60)
    assert not sink.counts().away
    assert balanced(sink.counts())
    sink.close()


def test_the_spool_survives_a_restart_of_the_sink(database, tmp_path):
    database.away = True
    sink = make_sink(database, tmp_path)
    submit(sink, rows(0, 5))
    sink.close()
    assert database.rows == []
    database.away = False
    sink = make_sink(database, tmp_path)
    wait_for(lambda: database.rows == rows(0, 5))
    wait_for(lambda: sink.counts().waiting == 0)
    assert balanced(sink.counts())
    sink.close()


def test_a_full_spool_drops_the_oldest_and_counts(database, tmp_path):
    sink = make_sink(database, tmp_path, spool_bytes=8000)
    database.away = True
    for line in rows(0, 1000):
        submit(sink, [line])
        assert sink.flush(30)
    counts = sink.counts()
    assert counts.dropped > 0
    assert balanced(counts)
    database.away = False
    wait_for(lambda: sink.counts().waiting == 0)
    assert database.rows == rows(1000 - len(database.rows), len(database.rows))
    assert balanced(sink.counts())
    sink.close()


def test_submit_returns_while_the_database_hangs(database, tmp_path):
    sink = make_sink(database, tmp_path)
    database.gate.clear()
    submit(sink, rows(0, 10))
    assert not sink.flush(0.01)
    assert sink.acknowledged() == 0
    database.gate.set()
    assert sink.flush(30)
    sink.close()


def test_a_crowded_queue_goes_to_the_spool_rather_than_be_lost(database, tmp_path):
    sink = make_sink(database, tmp_path, queue_bytes=4000)
    database.gate.clear()
    submit(sink, rows(0, 1))
    wait_for(lambda: not sink._queue)  # the thread hangs in a write
    submit(sink, rows(1, 250))
    database.gate.set()
    wait_for(lambda: sink.counts().written == 251)
    assert database.rows == rows(0, 251)
    assert sink.counts().lost == 0
    sink.close()


def test_without_database_and_disk_memory_is_bounded_and_acknowledgement_waits(
    database, tmp_path, monkeypatch
):
    sink = make_sink(database, tmp_path, queue_bytes=2000)
    database.away = True

    def no_space(handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("streams.sinks.spool.os.fsync", no_space)
        submit(sink, rows(0, 1000))
        assert not sink.flush(0.2)
        assert sink.acknowledged() == 0
        wait_for(lambda: "No space" in sink.counts().disk_error)
        assert sum(len(waiting.payload) for waiting in list(sink._queue._waiting)) <= 2000
    assert sink.flush(30), "the disk is back"
    database.away = False
    wait_for(lambda: sink.counts().waiting == 0)
    counts = sink.counts()
    assert counts.lost > 0
    assert balanced(counts)
    assert database.rows == rows(1000 - len(database.rows), len(database.rows))
    sink.close()


def test_a_refused_row_is_kept_aside_and_the_rest_is_written(database, tmp_path):
    sink = make_sink(database, tmp_path)
    database.gate.clear()
    lines = rows(0, 30)
    lines[7] = b"bad 7"
    lines[23] = b"bad 23"
    submit(sink, lines)
    database.gate.set()
    wait_for(lambda: sink.counts().waiting == 0)
    assert sorted(database.rows) == sorted(set(lines) - {b"bad 7", b"bad 23"})
    assert sink.counts().rejected == 2
    assert balanced(sink.counts())
    kept = (tmp_path / "rejected.lp").read_bytes()
    assert kept == b"# unable to parse\nbad 7\nbad 23\n"
    sink.close()


def isolated(write, payload):
    isolation = Isolation(payload)
    while not isolation.done:
        isolation.step(write)
    return isolation.refused


def test_nothing_but_refusals_ends():
    calls = []

    def refuse(payload):
        calls.append(payload)
        raise RowsRefused("no")

    payload = b"".join(b"bad %d\n" % i for i in range(1000))
    refused = isolated(refuse, payload)
    assert b"".join(refusal.payload for refusal in refused) == payload
    assert len(calls) < 2 * 1000


@given(bad=st.sets(st.integers(0, 399), max_size=120))
def test_all_good_rows_are_written_whatever_the_bad(bad):
    written = []

    def picky(payload):
        if b"bad" in payload:
            raise RowsRefused("no")
        written.append(payload)

    lines = [b"bad %d\n" % i if i in bad else b"good %d\n" % i for i in range(400)]
    refused = isolated(picky, b"".join(lines))
    assert [refusal.payload for refusal in refused] == [lines[i] for i in sorted(bad)]
    assert b"".join(written) == b"".join(line for line in lines if b"good" in line)


def test_nobody_waits_while_bad_rows_are_told_apart(database, tmp_path):
    sink = make_sink(database, tmp_path)
    gate = threading.Event()
    write = database.write

    def slow_over_pieces(payload):
        if b"bad" in payload and len(payload) < 1000:
            assert gate.wait(30)
        write(payload)

    database.write = slow_over_pieces
    sink.submit(b"".join(b"bad %d\n" % i if i % 7 == 0 else b"good %d\n" % i for i in range(300)))
    sink.submit(b"good later\n")
    assert sink.flush(30), "the spool has them"
    gate.set()
    wait_for(lambda: sink.counts().waiting == 0)
    assert sink.counts().rejected == 43
    assert balanced(sink.counts())
    assert sorted(database.rows) == sorted([b"good %d" % i for i in range(300) if i % 7] + [b"good later"])
    sink.close()


def test_a_payload_too_large_is_written_in_pieces():
    written = []

    def small_only(payload):
        if len(payload) > 100:
            raise PayloadTooLarge("at most 100 bytes")
        written.append(payload)

    payload = b"".join(b"row %d\n" % i for i in range(500)) + b"x" * 200 + b"\n"
    refused = isolated(small_only, payload)
    assert [refusal.payload for refusal in refused] == [b"x" * 200 + b"\n"]
    assert b"".join(written) + refused[0].payload == payload


def test_an_unexpected_error_is_an_outage_not_an_end(database, tmp_path, monkeypatch):
    sink = make_sink(database, tmp_path)

    def broken(payload):
        raise ZeroDivisionError("client library")

    with monkeypatch.context() as patched:
        patched.setattr(database, "write", broken)
        submit(sink, rows(0, 3))
        assert sink.flush(30)
        assert sink.counts().away
    wait_for(lambda: database.rows == rows(0, 3))
    sink.close()


# With real servers.


def open_influx_sink(settings):
    return SpooledSink(InfluxWriter(settings), Spool(Path(settings.spool), settings.spool_mib * MIB))


def settings_for(influxdb, tmp_path, **changes):
    values = {
        "url": influxdb.url,
        "org": influxdb.org,
        "bucket": f"b-{uuid.uuid4().hex[:8]}",
        "token": influxdb.token,
        "spool": str(tmp_path / "spool"),
        "spool_mib": 16,
    }
    return InfluxSettings(**{**values, **changes})


def stored(influxdb, bucket):
    flux = f'from(bucket: "{bucket}") |> range(start: 2023-01-01T00:00:00Z, stop: 2024-01-01T00:00:00Z)'
    return {
        (record["place"], record["_field"], record["_time"].isoformat()): record["_value"]
        for record in influxdb.query(flux)
    }


START = 1_700_000_000_000_000_000


@pytest.mark.influxdb
def test_rows_are_read_back_and_the_bucket_is_made(influxdb, tmp_path):
    settings = settings_for(influxdb, tmp_path)
    sink = open_influx_sink(settings)
    payload = b"cooling_score,place=a score=0.25,value=21.5 %d\n" % START
    sink.submit(payload)
    sink.submit(payload)  # the same row once more is the same row
    assert sink.flush(60)
    assert sink.counts().written == 2
    sink.close()
    at = "2023-11-14T22:13:20+00:00"
    assert stored(influxdb, settings.bucket) == {("a", "score", at): 0.25, ("a", "value", at): 21.5}


@pytest.mark.influxdb
def test_a_bad_row_does_not_cost_the_good_ones(influxdb, tmp_path):
    settings = settings_for(influxdb, tmp_path)
    sink = open_influx_sink(settings)
    good = [b"cooling_score,place=p%d score=1 %d\n" % (i, START) for i in range(20)]
    sink.submit(b"".join([*good[:9], b"cooling_score,place=x score=oops 5\n", *good[9:]]))
    sink.submit(b"cooling_score,place=p0 score=2i %d\n" % (START + 1))  # another type: refused as 422
    assert sink.flush(60)
    wait_for(lambda: sink.counts().waiting == 0)
    counts = sink.counts()
    sink.close()
    assert counts.rejected == 2
    assert balanced(counts)
    assert len(stored(influxdb, settings.bucket)) == 20


@pytest.mark.influxdb
def test_good_rows_are_written_however_many_are_bad(influxdb, tmp_path):
    settings = settings_for(influxdb, tmp_path)
    sink = open_influx_sink(settings)
    bad = set(range(0, 520, 10))
    lines = [
        b"cooling_score,place=p%d score=%s %d\n" % (i, b"oops" if i in bad else b"1", START)
        for i in range(600)
    ]
    sink.submit(b"".join(lines))
    assert sink.flush(60)
    wait_for(lambda: sink.counts().waiting == 0)
    counts = sink.counts()
    sink.close()
    assert (counts.written, counts.rejected) == (548, 52)
    assert {place for place, _, _ in stored(influxdb, settings.bucket)} == {
        f"p{i}" for i in range(600) if i not in bad
    }
    kept = (tmp_path / "spool" / "rejected.lp").read_bytes().splitlines(keepends=True)
    assert [line for line in kept if not line.startswith(b"#")] == [lines[i] for i in sorted(bad)]
    assert all(b"oops" in line for line in kept if line.startswith(b"#"))


@contextmanager
def proxy(server, most_bytes):
    """A proxy before InfluxDB that takes bodies of a size, as nginx by its client_max_body_size; its URL.

    What is larger it answers at once, from the head of the request, and closes the connection.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self):
            with suppress(ConnectionError):
                super().handle_one_request()

        def do_POST(self):
            length = int(self.headers["Content-Length"])
            if length > most_bytes:
                page = b"<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n</html>"
                self.send_response(413)
                self.send_header("Content-Type", "text/html")
                self.answer(page)
                self.close_connection = True
                return
            headers = {"Authorization": self.headers["Authorization"]}
            answer = urllib3.request(
                "POST", server + self.path, body=self.rfile.read(length), headers=headers
            )
            self.send_response(answer.status)
            self.answer(answer.data)

        def answer(self, body):
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


@pytest.mark.influxdb
def test_a_proxy_that_takes_only_so_much_gets_no_more_at_once(influxdb, tmp_path):
    with proxy(influxdb.url, 1000) as url:
        settings = settings_for(influxdb, tmp_path, url=url, bucket=influxdb.bucket)
        measure = f"m{uuid.uuid4().hex[:8]}"
        lines = [b"%s,place=q%d score=1 %d\n" % (measure.encode(), i, START) for i in range(300)]
        huge = b'%s,place=q text="%s" %d\n' % (measure.encode(), b"x" * 2000, START)
        sink = open_influx_sink(settings)
        sink.submit(b"".join([*lines[:100], huge, *lines[100:]]))
        wait_for(lambda: sink.counts().waiting == 0)
        counts = sink.counts()
        sink.close()
    assert (counts.written, counts.rejected, counts.away) == (300, 1, False)
    assert {place for place, *_ in stored(influxdb, influxdb.bucket)} >= {f"q{i}" for i in range(300)}
    reason, row = (tmp_path / "spool" / "rejected.lp").read_bytes().splitlines(keepends=True)
    assert row == huge
    assert reason == b"# HTTP 413: %d bytes are more than InfluxDB or a proxy before it takes\n" % len(huge)


@pytest.mark.influxdb
def test_two_that_make_the_bucket_at_once_both_go_on(influxdb, tmp_path, monkeypatch):
    both = threading.Barrier(2)
    look = BucketsApi.find_bucket_by_name
    looked = []

    def look_at_once(api, name):
        found = look(api, name)
        looked.append(found)
        if len(looked) <= 2:
            both.wait(30)
        return found

    monkeypatch.setattr(BucketsApi, "find_bucket_by_name", look_at_once)
    settings = settings_for(influxdb, tmp_path)
    writers = [InfluxWriter(settings) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        row = b"cooling_score,place=a score=1 %d\n" % START
        for done in [pool.submit(writer.write, row) for writer in writers]:
            done.result()
    assert looked[:2] == [None, None]
    for writer in writers:
        writer.close()


@pytest.mark.influxdb
def test_odd_names_and_huge_numbers_are_read_back(influxdb, tmp_path):
    places = ["a b", "a,b=c", "ends in a backslash\\", 'quo"te', "Zulufttür", "#1"]
    numbers = [1.5, -0.000001, 1.7976931348623157e308, -(2.0**63), 123456789.123456, 0.0]
    ids = [f"hall 1/crah,03/supply=air/{place}" for place in places]
    columns = [np.array(numbers)] + [np.full(len(ids), np.nan)] * 3
    scores = Scores(np.arange(len(ids), dtype=np.int32), *columns)
    tick = TickVerdict("hall 1", START, scores, Forecasts.empty(), Forecasts.empty(), (), ())
    settings = settings_for(influxdb, tmp_path)
    sink = open_influx_sink(settings)
    sink.submit(ScoreLines().lines(tick, ids))
    assert sink.flush(60)
    counts = sink.counts()
    sink.close()
    assert (counts.written, counts.rejected) == (len(ids), 0)
    told = {place: value for (place, _, _), value in stored(influxdb, settings.bucket).items()}
    expected = {place.replace("\\", "/"): number for place, number in zip(places, numbers, strict=True)}
    assert told == expected


@pytest.mark.influxdb
def test_a_wrong_token_keeps_the_rows_on_the_spool(influxdb, tmp_path):
    settings = settings_for(influxdb, tmp_path, token="wrong", bucket=influxdb.bucket)
    sink = open_influx_sink(settings)
    sink.submit(b"cooling_score,place=token score=1 %d\n" % START)
    assert sink.flush(60)
    counts = sink.counts()
    sink.close()
    assert counts.away
    assert counts.waiting == 1
    assert "401" in counts.last_error
    sink = open_influx_sink(settings_for(influxdb, tmp_path, bucket=influxdb.bucket))
    wait_for(lambda: sink.counts().waiting == 0)
    sink.close()
    assert any(place == "token" for place, _, _ in stored(influxdb, influxdb.bucket))


@pytest.mark.influxdb
def test_check_says_whether_a_write_would_do(influxdb, tmp_path):
    writer = InfluxWriter(settings_for(influxdb, tmp_path, bucket=influxdb.bucket))
    writer.check()
    writer.close()
    for changes, told in (
        ({"token": "wrong"}, "401"),
        ({"url": "http://127.0.0.1:1"}, "127.0.0.1:1"),
        ({"org": "nobody"}, "nobody"),
    ):
        writer = InfluxWriter(settings_for(influxdb, tmp_path, **changes))
        with pytest.raises(SinkAway, match=told):
            writer.check()
        writer.close()


@pytest.mark.victoriametrics
def test_victoriametrics_takes_the_same_writes(victoriametrics, tmp_path):
    settings = InfluxSettings(url=victoriametrics.url, spool=str(tmp_path / "spool"))
    place = uuid.uuid4().hex
    sink = open_influx_sink(settings)
    sink.submit(f"cooling_score,place={place} score=0.25,value=21.5 {START}\n".encode())
    sink.submit(f'cooling_incident,place={place} id="a b",severity_code=2 {START}\n'.encode())
    assert sink.flush(60)
    assert sink.counts().written == 2
    sink.close()
    found = victoriametrics.export(f'{{place="{place}"}}')
    values = {series["metric"]["__name__"]: series["values"] for series in found}
    assert values["cooling_score_score"] == [0.25]
    assert values["cooling_score_value"] == [21.5]
    assert values["cooling_incident_severity_code"] == [2]
