"""What each destination hears: by itself, once, whatever the others do, and over restarts."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from streams.messages import SECOND
from streams.notify import notifier as notifier_module
from streams.notify.apprise_sender import AppriseSender
from streams.notify.decide import Reason
from streams.notify.notifier import Notifier
from streams.notify.sender import DestinationRefuses, NotDelivered
from streams.store.store import Store
from tests.streams.test_notify import Desk, Inbox, apprise_imports, incident, wait_for


class Choosy(Inbox):
    """Refuses for good, fails or hangs on what the test names by the title."""

    def __init__(self, name):
        super().__init__()
        self.name = name
        self.refuses = self.fails = self.hangs = "nothing"
        self.tries = []

    def __call__(self, delivery):
        self.tries.append(delivery.title)
        if self.hangs in delivery.title:
            time.sleep(30)
        if self.refuses in delivery.title:
            raise DestinationRefuses("HTTP 404")
        if self.fails in delivery.title:
            raise NotDelivered("HTTP 503")
        self.messages.append(delivery)

    def heard(self):
        return [message.incident_id for message in self.messages]


@pytest.fixture
def two():
    """A desk with two destinations."""
    desk = Desk(senders=[Choosy("one"), Choosy("two")])
    yield desk
    for sender in desk.senders:
        sender.hangs = "nothing"
    desk.close()


def states(desk, id):
    return {each.destination: str(each.state) for each in desk.store.deliveries(id)}


@pytest.mark.parametrize("harm", ["refuses", "fails"])
def test_one_message_that_does_not_get_through_holds_no_other_up(two, harm):
    one, other = two.senders
    setattr(one, harm, "rack-bad")
    two.offer("bad", severity="emergency", root="hall-1/rack-bad")
    wait_for(lambda: one.tries)
    for i in range(3):
        two.offer(f"good{i}", severity="warning", root=f"hall-1/rack-{i}")
    wait_for(lambda: one.heard() == ["good0", "good1", "good2"])
    wait_for(lambda: other.heard() == ["bad", "good0", "good1", "good2"])


def test_what_fails_is_tried_again_with_a_back_off_of_its_own(two):
    one, _ = two.senders
    one.fails = "rack-bad"
    two.offer("bad", root="hall-1/rack-bad")
    wait_for(lambda: [each.tries for each in two.store.deliveries("bad") if each.destination == "one"] == [1])
    (delivery,) = [each for each in two.store.deliveries("bad") if each.destination == "one"]
    assert (delivery.state, delivery.outcome) == ("waiting", "HTTP 503")
    assert delivery.next_try == two.clock.now + SECOND
    (trouble,) = two.notifier.unreached()
    assert (trouble.destination, trouble.says, trouble.waiting, trouble.refused) == (
        "one",
        "HTTP 503",
        1,
        None,
    )
    one.fails = "nothing"
    wait_for(lambda: one.heard() == ["bad"])
    wait_for(lambda: two.notifier.unreached() == [])


def test_what_is_refused_for_good_is_not_tried_again_and_is_told_of(two):
    one, _ = two.senders
    one.refuses = "rack-bad"
    two.offer("bad", root="hall-1/rack-bad")
    wait_for(lambda: states(two, "bad") == {"one": "refused", "two": "told"})
    (trouble,) = two.notifier.unreached()
    assert (trouble.destination, trouble.says) == ("one", "HTTP 404")
    assert trouble.refused is not None
    assert trouble.refused.title == "[CRITICAL] hall-1/rack-bad: unit failed"
    two.start()
    assert two.offer("bad", root="hall-1/rack-bad") is Reason.TOLD
    two.offer("good", root="hall-1/rack-good")
    wait_for(lambda: one.heard() == ["good"])
    assert one.tries == [
        "[CRITICAL] hall-1/rack-bad: unit failed",
        "[CRITICAL] hall-1/rack-good: unit failed",
    ]


def test_a_destination_is_not_told_of_its_own_trouble(two):
    one, other = two.senders
    two.offer("trouble", root="one", hall="", fault="notify_refused", category="operations")
    wait_for(lambda: other.heard() == ["trouble"])
    assert one.tries == []


def test_after_a_restart_each_destination_is_told_exactly_what_it_has_not_been_told(two):
    one, other = two.senders
    one.fails = "hall-1"
    two.offer("a")
    wait_for(lambda: one.tries and other.heard() == ["a"])
    two.start()
    one.fails = "nothing"
    assert two.offer("a") is Reason.TOLD
    wait_for(lambda: one.heard() == ["a"])
    wait_for(lambda: states(two, "a") == {"one": "told", "two": "told"})
    two.start()
    assert two.offer("a") is Reason.TOLD
    assert (one.heard(), other.heard()) == (["a"], ["a"])


def test_a_destination_that_is_new_hears_what_is_open(two):
    two.offer("a")
    wait_for(lambda: states(two, "a") == {"one": "told", "two": "told"})
    two.senders.append(Choosy("three"))
    two.start()
    assert two.offer("a") is Reason.FIRED
    wait_for(lambda: two.senders[2].heard() == ["a"])
    assert two.senders[0].heard() == ["a"]


def test_of_several_that_wait_after_a_kill_only_the_newest_goes_out(two):
    one, _ = two.senders
    one.fails = "hall-1"
    two.offer("a", severity="warning")
    two.clock.now += 1
    two.offer("a", severity="critical")
    wait_for(lambda: len(two.store.deliveries("a")) == 4)
    two.start()
    one.fails = "nothing"
    two.offer("a", severity="critical")
    wait_for(lambda: one.messages)
    assert [message.reason for message in one.messages] == ["escalated"]


def test_a_stop_is_shared_by_all_channels_and_all_their_messages():
    """The first bad message, and a channel that hangs, take nobody's last seconds."""
    senders = [Choosy("hung"), Choosy("choosy")]
    hung, choosy = senders
    desk = Desk(senders=senders)
    hung.hangs = choosy.fails = "rack-bad"
    desk.offer("bad", severity="emergency", root="hall-1/rack-bad")
    wait_for(lambda: hung.tries and choosy.tries)
    choosy.open.clear()
    for i in range(5):
        desk.offer(f"good{i}", root=f"hall-1/rack-{i}")
    choosy.open.set()
    began = time.monotonic()
    desk.notifier.close(1.0)
    assert time.monotonic() - began < 10, "the deadline is one for all"
    assert sorted(choosy.heard()) == [f"good{i}" for i in range(5)]
    desk.writer.close()
    assert states(desk, "bad") == {"hung": "waiting", "choosy": "waiting"}
    desk.store.close()


def test_what_a_lost_instance_had_still_to_say_is_said_by_another(two, monkeypatch):
    monkeypatch.setattr(notifier_module, "ADOPT_EVERY_S", 0.0)
    one, _ = two.senders
    one.fails = "hall-1"
    two.offer("a", state="firing")
    two.offer("a", state="resolved")
    wait_for(lambda: {each.tries for each in two.store.deliveries("a")} >= {1})
    two.start()
    one.fails = "nothing"
    two.notifier.tick()
    assert one.heard() == [], "it may yet be on its way"
    two.clock.now += 600 * SECOND
    wait_for(lambda: two.notifier.tick() is not None and one.messages)
    assert [message.reason for message in one.messages] == ["resolved"]


class SlowStore(Store):
    """Takes its time for every transaction."""

    def put_deliveries(self, deliveries):
        time.sleep(0.05)
        super().put_deliveries(deliveries)


class Witness(Inbox):
    """Looks, whenever it is sent something, what of it before that is not yet told in the store."""

    def __init__(self, store):
        super().__init__()
        self.store, self.not_in_store = store, []

    def __call__(self, delivery):
        sent = {each.message for each in self.messages}
        rows = self.store.deliveries(*(each.incident_id for each in self.messages)) if sent else []
        self.not_in_store += sent - {each.message for each in rows if each.state == "told"}
        return super().__call__(delivery)


def test_a_message_is_sent_when_the_one_before_is_told_in_the_store():
    """So that a kill repeats one message at most."""
    store = SlowStore("sqlite://")
    witness = Witness(store)
    desk = Desk(store, senders=[witness])
    witness.open.clear()
    for i in range(5):
        desk.offer(f"a{i}", root=f"hall-1/rack-{i}")
    witness.open.set()
    wait_for(lambda: len(witness.messages) == 5)
    desk.close()
    assert witness.not_in_store == []


def test_a_store_that_takes_nothing_holds_back_no_message(monkeypatch):
    """It is waited for once, and not again while it is behind."""
    monkeypatch.setattr(Desk, "patience_s", 0.3)
    store, stuck = Store("sqlite://"), threading.Event()
    monkeypatch.setattr(store, "put_deliveries", lambda deliveries: stuck.wait(30))
    desk = Desk(store)
    for i in range(20):
        desk.offer(f"a{i}", root=f"hall-1/rack-{i}")
    wait_for(lambda: len(desk.inbox.messages) == 20)
    stuck.set()
    desk.close()


def test_a_store_that_comes_back_is_told_what_went_out_meanwhile(tmp_path):
    (tmp_path / "c.db").mkdir()
    desk = Desk(Store(f"sqlite:///{tmp_path / 'c.db'}"))
    assert desk.offer() is Reason.FIRED
    wait_for(lambda: desk.inbox.messages)
    (tmp_path / "c.db").rmdir()
    wait_for(lambda: desk.writer.acknowledged(desk.writer.mark()))
    desk.start()
    assert desk.offer() is Reason.TOLD
    desk.close()


@contextmanager
def answering(*statuses, after_s=0.0):
    """A server that answers with statuses in turn, the last for ever; its port and what it got."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(statuses[min(len(got), len(statuses) - 1)])
            got.append(body["title"])
            time.sleep(after_s)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@apprise_imports
@pytest.mark.parametrize(
    ("status", "raises"),
    [(200, None), (404, DestinationRefuses), (400, DestinationRefuses), (302, DestinationRefuses)]
    + [(status, NotDelivered) for status in (500, 503, 429, 408)],
)
def test_by_its_status_a_refusal_is_told_apart_from_not_now(status, raises):
    with answering(status) as (port, got):
        sender = AppriseSender(f"json://user:secret@127.0.0.1:{port}/secret?redirect=no")
        delivery = notifier_module.delivery_of(incident(), Reason.FIRED, sender.name, 0)
        if raises is None:
            sender(delivery)
        else:
            with pytest.raises(raises, match=f"HTTP {status}"):
                sender(delivery)
        assert got
    assert "secret" not in sender.name
    assert "127.0.0.1" not in sender.name


@apprise_imports
def test_a_receiver_that_is_slow_to_answer_gets_each_message_once():
    """Apprise gives up on an answer after 4 s, while the receiver has the message."""
    with answering(200, after_s=4.5) as (port, got):
        desk = Desk(senders=[AppriseSender(f"json://127.0.0.1:{port}/")])
        desk.offer("a")
        wait_for(lambda: set(states(desk, "a").values()) == {"told"})
        desk.close()
    assert len(got) == 1


@apprise_imports
def test_how_long_an_answer_is_waited_for_can_stand_in_the_url():
    with answering(200, after_s=0.5) as (port, _):
        sender = AppriseSender(f"json://127.0.0.1:{port}/?rto=0.1")
        with pytest.raises(NotDelivered):
            sender(notifier_module.delivery_of(incident(), Reason.FIRED, sender.name, 0))


@apprise_imports
def test_nobody_there_is_not_now():
    with answering(200) as (port, _):
        pass
    sender = AppriseSender(f"json://127.0.0.1:{port}/")
    with pytest.raises(NotDelivered, match="no answer"):
        sender(notifier_module.delivery_of(incident(), Reason.FIRED, sender.name, 0))


def test_what_another_instance_told_meanwhile_is_not_told_again(two):
    """A zone that goes from one instance to another and back."""
    two.offer("a", severity="warning")
    wait_for(lambda: states(two, "a") == {"one": "told", "two": "told"})
    other = Notifier(two.settings, two.writer, two.in_maintenance, two.clock, senders=two.senders)
    assert other.offer(incident("a", severity="critical"), live=True) is Reason.ESCALATED
    wait_for(lambda: len(two.store.deliveries("a")) == 4)
    assert two.offer("a", severity="critical") is Reason.TOLD
    other.close()
    assert len(two.senders[0].heard()) == 2


def test_what_was_told_of_what_is_open_stands_in_a_store_that_is_begun_anew(tmp_path):
    desk = Desk(Store(f"sqlite:///{tmp_path / 'c.db'}"))
    desk.offer("a")
    wait_for(lambda: desk.told("a"))
    for part in tmp_path.iterdir():
        part.unlink()
    wait_for(lambda: desk.writer.begun)
    desk.notifier.tick()
    wait_for(lambda: desk.told("a") == ["fired"])
    desk.start()
    assert desk.offer("a") is Reason.TOLD
    desk.close()
