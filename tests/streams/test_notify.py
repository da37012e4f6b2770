"""Who is told of what, when and why; and that a message gets there."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import ConfigError
from config.settings import NotifySettings
from detector.incidents.faults import FAULTS
from streams.errors import StoreAway
from streams.messages import SECOND, Incident, ServiceTime
from streams.notify.decide import Circumstances, Reason, always_tells, decide
from streams.notify.heartbeat import Heartbeat
from streams.notify.message import compose
from streams.notify.notifier import Notifier
from streams.store.overlay import Acknowledgement, Silence, Told
from streams.store.store import Store
from streams.store.writer import StoreWriter

HOUR = 3600 * SECOND

# One of Apprise's many plugins imports it when the first URL is read.
apprise_imports = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def incident(id="a", severity="critical", state="firing", **changes):
    whole = Incident(
        id=id,
        zone="hall-1",
        hall="hall-1",
        category="cooling",
        fault="unit_failed",
        root="hall-1/crah-03",
        first_root="hall-1/crah-03",
        severity=severity,
        state=state,
        started=1_700_000_000 * SECOND,
        updated=1_700_000_060 * SECOND,
        summary="Fan of crah-03 has stopped",
    )
    return msgspec.structs.replace(whole, **changes)


class Clock:
    def __init__(self):
        self.now = 1_700_000_100 * SECOND

    def __call__(self):
        return self.now


class Inbox:
    """A sender that keeps what it delivers; fails as often as it is told."""

    name = "inbox"

    def __init__(self):
        self.messages = []
        self.fail = 0
        self.open = threading.Event()
        self.open.set()
        self.begun = 0

    def __call__(self, message):
        self.begun += 1
        assert self.open.wait(30)
        if self.fail:
            self.fail -= 1
            raise ConnectionError("nobody there")
        self.messages.append(message)
        return True

    def titles(self):
        return [message.title for message in self.messages]


class Desk:
    """A notifier with everything around it in hand."""

    patience_s = 30.0

    def __init__(self, store=None, in_maintenance=lambda equipment, at: False, senders=None, **options):
        self.clock = Clock()
        self.inbox = Inbox()
        self.senders = [self.inbox] if senders is None else senders
        self.store = Store("sqlite://") if store is None else store
        self.settings = NotifySettings(**options)
        self.in_maintenance = in_maintenance
        self.notifier = None
        self.start()

    def start(self):
        """What a restart begins with: the store alone."""
        if self.notifier is not None:
            self.notifier.close()
            self.writer.close()
        self.writer = StoreWriter(self.store, retry_s=0.01)
        self.notifier = Notifier(
            self.settings, self.writer, self.in_maintenance, self.clock, self.senders, self.patience_s
        )
        self.notifier.recall()

    def offer(self, *arguments, live=True, **options):
        version = incident(*arguments, **options)
        self.writer.put([version])
        mark = self.writer.mark()
        wait_for(lambda: self.writer.away or self.writer.acknowledged(mark))
        return self.notifier.offer(version, live)

    def told(self, id, destination="inbox"):
        """The reasons of what has reached a destination."""
        return [
            each.reason
            for each in self.store.deliveries(id)
            if each.destination == destination and each.state == "told"
        ]

    def close(self):
        self.notifier.close()
        self.writer.close()
        self.store.close()


@pytest.fixture
def desk():
    made = Desk()
    yield made
    made.close()


def wait_for(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_life_told(desk):
    assert desk.offer(severity="warning", state="pending") is Reason.PENDING
    assert desk.offer(severity="warning") is Reason.FIRED
    assert desk.offer(severity="warning") is Reason.TOLD
    assert desk.offer(severity="emergency") is Reason.ESCALATED
    assert desk.offer(severity="critical") is Reason.TOLD
    assert desk.offer(severity="critical", state="resolved", resolved=1) is Reason.RESOLVED
    assert desk.offer(severity="critical", state="resolved", resolved=1) is Reason.TOLD


def test_repeats_while_it_fires(desk):
    desk.offer()
    assert desk.notifier.tick() == [Reason.TOLD]
    desk.clock.now += HOUR - 1
    assert desk.notifier.tick() == [Reason.TOLD]
    desk.clock.now += 1
    assert desk.notifier.tick() == [Reason.REPEATED]
    assert desk.notifier.tick() == [Reason.TOLD]
    desk.offer(state="resolved")
    desk.clock.now += 2 * HOUR
    assert desk.notifier.tick() == []


def test_telemetry_that_is_lost_is_told_once_until_it_is_worse(desk):
    lost = {"category": "telemetry", "fault": "telemetry_lost"}
    assert desk.offer(severity="warning", **lost) is Reason.FIRED
    desk.clock.now += 3 * HOUR
    assert desk.notifier.tick() == [Reason.TOLD]
    assert desk.offer(severity="critical", **lost) is Reason.ESCALATED
    desk.clock.now += HOUR
    assert desk.notifier.tick() == [Reason.REPEATED]
    assert desk.offer(severity="critical", state="resolved", resolved=1, **lost) is Reason.RESOLVED


def test_the_past_is_not_told_and_what_is_still_true_is(desk):
    assert desk.offer("a", live=False) is Reason.PAST
    assert desk.offer("b", live=False) is Reason.PAST
    assert desk.offer("a", live=True) is Reason.FIRED
    assert desk.offer("b", state="resolved", live=True) is Reason.NEVER_TOLD


def test_a_restart_does_not_tell_again(desk):
    desk.offer()
    wait_for(lambda: desk.told("a"))
    desk.start()
    assert desk.offer() is Reason.TOLD
    assert desk.offer(severity="emergency") is Reason.ESCALATED
    wait_for(lambda: len(desk.told("a")) == 2)
    desk.start()
    assert desk.offer(severity="emergency", state="resolved") is Reason.RESOLVED


def test_what_reached_nobody_is_told_again_after_a_restart(desk):
    desk.inbox.fail = 10**9
    assert desk.offer() is Reason.FIRED
    desk.notifier.close(deadline_s=0.1)
    desk.inbox.fail = 0
    desk.start()
    assert desk.offer() is Reason.TOLD, "the same message goes on where it was"
    wait_for(lambda: len(desk.inbox.messages) == 1)


def test_acknowledged_is_quiet_until_it_is_worse(desk):
    desk.offer()
    desk.store.acknowledge("a", "night shift")
    desk.clock.now += 2 * HOUR
    assert desk.notifier.tick() == [Reason.ACKNOWLEDGED]
    assert desk.offer(severity="emergency") is Reason.ESCALATED
    assert desk.offer(severity="emergency", state="resolved") is Reason.RESOLVED


def test_a_silence_holds_back_and_its_end_tells(desk):
    now = desk.clock.now
    desk.store.silence("hall-1/crah-*", now, now + HOUR, "day shift", "filter change")
    assert desk.offer() is Reason.SILENCED
    assert desk.notifier.tick() == [Reason.SILENCED]
    desk.clock.now += HOUR
    assert desk.notifier.tick() == [Reason.FIRED]


def test_silenced_from_birth_to_end_tells_nobody(desk):
    desk.store.silence("**", desk.clock.now, desk.clock.now + HOUR, "day shift")
    assert desk.offer() is Reason.SILENCED
    assert desk.offer(state="resolved") is Reason.NEVER_TOLD


def test_maintenance_is_asked_for_the_equipment_at_the_root():
    asked = []

    def in_maintenance(equipment, at):
        asked.append((equipment, at))
        return True

    desk = Desk(in_maintenance=in_maintenance)
    assert desk.offer(root="hall-1/crah-03/fan_speed") is Reason.MAINTENANCE
    assert asked == [("hall-1/crah-03", desk.clock.now)]
    desk.close()


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ({"fault": "limit", "severity": "critical"}, False),
        ({"fault": "limit", "severity": "emergency"}, False),
        ({"fault": "limit_unconfirmed", "severity": "critical"}, False),
        ({"fault": "cooling_loss", "severity": "emergency", "spoke": ("limits", "physics")}, False),
        ({"fault": "limit", "severity": "warning"}, True),
        ({"fault": "cooling_loss", "severity": "emergency", "spoke": ("physics",)}, True),
    ],
)
def test_physical_limits_ignore_silences_and_maintenance(changes, held):
    desk = Desk(in_maintenance=lambda equipment, at: True)
    desk.store.silence("**", 0, 2 * desk.clock.now, "day shift")
    assert (desk.offer(**changes) is Reason.FIRED) is not held
    desk.close()


@pytest.mark.parametrize(("left", "held"), [(600.0, False), (7200.0, True), (None, True)])
def test_announced_work_does_not_hold_back_racks_on_their_way_to_the_limit(left, held):
    desk = Desk(in_maintenance=lambda equipment, at: True)
    version = {"fault": "valves_closed", "severity": "critical", "time_to_limit": left, "spoke": ("physics",)}
    assert (desk.offer(**version) is Reason.MAINTENANCE) is held
    desk.close()


NAMES = st.sampled_from(["warning", "critical", "emergency"])


@settings(max_examples=200, deadline=None)
@given(
    severity=NAMES,
    fault=st.sampled_from(sorted(FAULTS)),
    told=st.lists(NAMES, max_size=2),
    known=st.lists(NAMES, max_size=2),
    silenced=st.booleans(),
    maintenance=st.booleans(),
    age=st.integers(0, 3 * HOUR),
)
def test_what_people_do_only_ever_holds_back_and_never_a_physical_limit(
    severity, fault, told, known, silenced, maintenance, age
):
    version = incident(severity=severity, fault=fault)
    heard = [Told("a", "fired", each, 0) for each in told]
    around = Circumstances(
        heard,
        [Acknowledgement("a", each, "x", "", 0) for each in known],
        [Silence(1, "**", 0, 9, "x", "")] if silenced else [],
        maintenance,
    )
    alone = decide(version, Circumstances(heard), age, HOUR)
    with_people = decide(version, around, age, HOUR)
    assert with_people is alone or (alone.tells and not with_people.tells)
    if always_tells(version):
        assert with_people is alone
    if not told:
        assert alone is Reason.FIRED


class StoreGone(Store):
    """A store whose database is away."""

    def __init__(self):
        super().__init__("sqlite://")
        self.questions = 0

    def deliveries(self, *arguments):
        self.questions += 1
        raise StoreAway("no route")

    acknowledgements = silences = deliveries

    def put_deliveries(self, *arguments):
        raise StoreAway("no route")

    apply = probe = put_deliveries


def test_a_store_that_is_away_keeps_no_page_back():
    store = StoreGone()
    desk = Desk(store)
    assert desk.notifier.offer(incident(), live=True) is Reason.FIRED
    assert desk.notifier.offer(incident(), live=True) is Reason.TOLD
    assert desk.notifier.offer(incident(severity="emergency"), live=True) is Reason.ESCALATED
    wait_for(lambda: desk.inbox.titles()[-1:] == ["[EMERGENCY] hall-1/crah-03: unit failed (escalated)"])
    assert store.questions == 1
    assert not desk.writer.acknowledged(desk.writer.mark()), (
        "a checkpoint waits until it stands what was told"
    )
    desk.close()


def test_no_urls_no_store_still_decides():
    notifier = Notifier(NotifySettings())
    assert notifier.offer(incident(), live=True) is Reason.FIRED
    assert notifier.offer(incident(), live=True) is Reason.TOLD
    notifier.close()


def test_delivery_is_tried_again(desk):
    desk.inbox.fail = 1
    desk.offer()
    wait_for(lambda: desk.inbox.titles() == ["[CRITICAL] hall-1/crah-03: unit failed"])
    wait_for(lambda: desk.told("a") == ["fired"])


def test_newer_takes_the_place_of_what_waits_and_the_worst_goes_first(desk):
    desk.inbox.open.clear()
    desk.offer("first")
    wait_for(lambda: desk.inbox.begun)
    desk.offer("b", severity="warning", root="hall-1/b")
    desk.offer("c", severity="warning", root="hall-1/c")
    desk.offer("c", severity="emergency", root="hall-1/c")
    desk.inbox.open.set()
    wait_for(lambda: len(desk.inbox.messages) == 3)
    others = [title for title in desk.inbox.titles() if "crah-03" not in title]
    assert others == ["[EMERGENCY] hall-1/c: unit failed (escalated)", "[WARNING] hall-1/b: unit failed"]


def test_the_message_says_what_is_wrong_and_how_long_there_is():
    version = incident(
        time_to_limit=185.0,
        services=(ServiceTime("messaging", 4000.0), ServiceTime("mail", None)),
        evidence=("fan speed 0 %", "supply air 3 K above its set point"),
    )
    message = compose(version, Reason.FIRED)
    assert message.title == "[CRITICAL] hall-1/crah-03: unit failed"
    assert message.body.splitlines() == [
        "Fan of crah-03 has stopped",
        "Time to limit: 3 min 05 s",
        "Service messaging: 1 h 06 min left",
        "Service mail",
        "- fan speed 0 %",
        "- supply air 3 K above its set point",
        "Since 2023-11-14 22:13:20 UTC, as of 2023-11-14 22:14:20 UTC",
        "Incident a in zone hall-1",
    ]
    over = compose(msgspec.structs.replace(version, state="resolved"), Reason.RESOLVED)
    assert over.title == "[RESOLVED] hall-1/crah-03: unit failed"
    assert "Time to limit" not in over.body


@contextmanager
def http_server():
    """A server that keeps the requests it gets: (method, path, body)."""
    requests = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            length = int(self.headers.get("Content-Length") or 0)
            requests.append((self.command, self.path, self.rfile.read(length)))
            self.send_response(500 if "broken" in self.path else 200)
            self.end_headers()

        do_GET = do_POST = answer  # noqa: N815 - the names that http.server calls

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@apprise_imports
def test_by_an_apprise_url():
    with http_server() as (port, requests):
        notifier = Notifier(NotifySettings(urls=[f"json://127.0.0.1:{port}/page"]))
        notifier.offer(incident(), live=True)
        wait_for(lambda: requests)
        notifier.close()
    method, path, body = requests[0]
    assert (method, path.rstrip("/")) == ("POST", "/page")
    told = json.loads(body)
    assert told["title"] == "[CRITICAL] hall-1/crah-03: unit failed"
    assert told["type"] == "failure"


@apprise_imports
def test_an_unknown_url_is_a_mistake_that_does_not_tell_the_secret():
    with pytest.raises(ConfigError, match="nonsense://") as caught:
        Notifier(NotifySettings(urls=["nonsense://secret@host"]))
    assert "secret" not in str(caught.value)


def test_the_heartbeat_beats_while_there_is_progress():
    calls, clock = [], Clock()
    beat = Heartbeat("http://x", 60 * SECOND, clock=lambda: clock.now / SECOND, call=calls.append)
    for _ in range(30):
        beat(True)
        clock.now += 2 * SECOND
    wait_for(lambda: len(calls) == 1)
    beat(False)
    clock.now += 120 * SECOND
    beat(False)
    time.sleep(0.02)
    assert len(calls) == 1
    beat(True)
    wait_for(lambda: len(calls) == 2)
    beat.close()


def test_the_heartbeat_gets_its_url_and_outlives_a_failure():
    with http_server() as (port, requests):
        clock = Clock()
        beat = Heartbeat(f"http://127.0.0.1:{port}/broken", 60 * SECOND, clock=lambda: clock.now / SECOND)
        for expected in (1, 2):
            beat(True)
            wait_for(lambda expected=expected: len(requests) == expected)
            clock.now += 60 * SECOND
        beat.close()
    assert [request[:2] for request in requests] == [("GET", "/broken")] * 2


def test_without_a_url_nothing_beats():
    beat = Heartbeat("")
    beat(True)
    beat.close()


def test_the_heartbeats_url_is_in_no_log(caplog, capsys):
    with http_server() as (port, _):
        pass
    with caplog.at_level("DEBUG"):
        beat = Heartbeat(f"http://127.0.0.1:{port}/secret-path")
        beat(True)
        wait_for(lambda: "heartbeat: call failed" in capsys.readouterr().out)
        beat.close()
    said = [record.getMessage() for record in caplog.records if record.levelname != "DEBUG"]
    assert not any("secret" in line for line in said)
