"""A store that takes questions and rows and never answers holds up no page, and is told of."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from streams.errors import StoreAway
from streams.notify.decide import Reason
from streams.store import questions as questions_module
from streams.store.database import Database
from streams.store.questions import PATIENCE_S, Questions
from streams.store.store import Store
from streams.store.tables import metadata
from tests.services import ServiceMissing
from tests.services.postgresql import frozen_postgresql, running_postgresql
from tests.streams.test_notify import Desk, incident, wait_for


@pytest.fixture(scope="module")
def server():
    try:
        with running_postgresql() as url:
            yield url
    except ServiceMissing as missing:
        pytest.skip(str(missing))


class Impatient(Desk):
    patience_s = PATIENCE_S

    def page(self, *arguments, **changes):
        """Offer an incident; that this returns at all is what is shown here."""
        reasons = []
        version = incident(*arguments, **changes)
        offering = threading.Thread(
            target=lambda: reasons.append(self.notifier.offer(version, live=True)), daemon=True
        )
        offering.start()
        offering.join(30)
        assert reasons, "whoever judges waits for the store"
        return reasons[0]

    def has_read(self, *ids):
        return not self.notifier._deliveries.unread(ids)


@pytest.fixture
def desk(server):
    engine = create_engine(server)
    metadata.drop_all(engine)
    engine.dispose()
    made = Impatient(Store(server))
    yield made
    made.close()


LIMIT = {"fault": "limit", "root": "hall-1/rack-01", "severity": "critical"}


def test_a_server_that_freezes_holds_up_no_page_and_hears_of_it_later(desk, server):
    desk.offer("before")
    wait_for(lambda: desk.told("before"))
    with frozen_postgresql(server):
        assert desk.page("a", **LIMIT) is Reason.FIRED
        assert desk.page("b", **LIMIT) is Reason.FIRED
        assert desk.page("c") is Reason.FIRED, "silences are not known"
        wait_for(lambda: {each.incident_id for each in desk.inbox.messages} >= {"a", "b", "c"})
        wait_for(lambda: desk.writer.away)
        assert "does not answer" in desk.writer.problem
        assert not desk.writer.acknowledged(desk.writer.mark())
    wait_for(lambda: desk.writer.acknowledged(desk.writer.mark()) and not desk.writer.away)
    assert desk.told("a") == desk.told("b") == ["fired"]
    desk.start()
    wait_for(lambda: desk.has_read("a"))
    assert desk.page("a", **LIMIT) is Reason.TOLD


def test_what_was_told_before_a_restart_is_known_though_the_server_freezes_right_after(desk, server):
    desk.offer("a", **LIMIT)
    wait_for(lambda: desk.told("a"))
    desk.start()
    wait_for(lambda: desk.has_read("a"))
    with frozen_postgresql(server):
        assert desk.page("a", **LIMIT) is Reason.TOLD
        assert desk.page("a", **LIMIT | {"severity": "emergency"}) is Reason.ESCALATED


GONE = """
import subprocess, threading, time
from sqlalchemy import text
from streams.store.database import Database
from tests.services.postgresql import running_postgresql

def network(state):
    subprocess.run(["ip", "link", "set", "lo", state], check=True)

def ask():
    try:
        with database.transaction() as connection:
            connection.execute(text("SELECT pg_sleep(1.5)"))
    except Exception as error:
        print(type(error).__name__)

network("up")
with running_postgresql() as url:
    database = Database(url)
    with database.transaction() as connection:
        connection.execute(text("SELECT 1"))
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    time.sleep(0.5)
    network("down")
    asking.join(60)
    network("up")
"""


def test_a_host_that_vanishes_with_a_question_lets_go_of_who_asked_within_a_minute(server):
    alone = ["unshare", "--net"]
    if not shutil.which("unshare") or subprocess.run([*alone, "ip", "link"], capture_output=True).returncode:
        pytest.skip("no network of its own can be made here: that takes unshare, ip and their rights")
    root = Path(__file__).parents[2]
    said = subprocess.run([*alone, sys.executable, "-c", GONE], cwd=root, capture_output=True, text=True)
    assert said.stdout == "StoreAway\n", said.stderr


def test_every_connection_finds_out_that_its_host_is_gone(server):
    database = Database(server)
    with closing(database), database.transaction() as connection:
        of_driver = connection.connection.driver_connection
        with socket.socket(fileno=os.dup(of_driver.fileno())) as open_one:
            assert open_one.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            idle, every, count = (
                open_one.getsockopt(socket.IPPROTO_TCP, option)
                for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
            )
            unanswered_ms = open_one.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    assert idle + every * count <= 15
    assert 0 < unanswered_ms <= 10_000


def test_a_file_that_another_locks_whole_holds_up_no_page(tmp_path, monkeypatch):
    monkeypatch.setattr("streams.store.database._BUSY_MS", 600_000)
    path = tmp_path / "c.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    other.execute("CREATE TABLE theirs (x)")
    desk = Impatient(Store(f"sqlite:///{path}"))
    assert desk.page("a", **LIMIT) is Reason.FIRED
    wait_for(lambda: desk.inbox.messages)
    assert not desk.writer.acknowledged(desk.writer.mark()), "it is locked still"
    other.execute("ROLLBACK")
    other.close()
    wait_for(lambda: desk.told("a") == ["fired"])
    desk.close()


class Slow:
    """Answers when it is let."""

    def __init__(self):
        self.open = threading.Event()
        self.asked = 0
        self.broken = False

    def silences(self, at):
        self.asked += 1
        assert self.open.wait(30)
        if self.broken:
            raise StoreAway("no route")
        return ["silence"]


def ask(questions):
    return questions.ask(lambda store: store.silences(0), [])


def test_nobody_waits_twice_for_a_store_that_hangs(monkeypatch):
    store = Slow()
    questions = Questions(store, patience_s=0.05, retry_s=0.0)
    assert ask(questions) == []
    monkeypatch.setattr(questions_module, "REGAIN", 1e9)  # whoever waited would wait for ever
    questions._most_patience_s = 1e9
    assert [ask(questions) for _ in range(100)] == [[]] * 100
    assert store.asked == 1
    store.open.set()
    wait_for(questions.answers)
    assert ask(questions) == ["silence"]
    questions.close()


def test_a_store_that_fails_is_asked_again_until_it_answers():
    store = Slow()
    store.open.set()
    store.broken = True
    questions = Questions(store, retry_s=0.0)
    assert ask(questions) == []
    assert not questions.answers()
    store.broken = False
    wait_for(questions.answers)
    assert ask(questions) == ["silence"]
    questions.close()


def test_a_slow_store_uses_the_patience_up(monkeypatch):
    monkeypatch.setattr(questions_module, "REGAIN", 0.0)
    store = Slow()
    store.open.set()
    questions = Questions(store, patience_s=1e6)
    assert ask(questions) == ["silence"]
    assert questions._patience_s < 1e6
    questions.close()
