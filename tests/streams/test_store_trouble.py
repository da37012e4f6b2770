"""Whatever becomes of the store is named, nothing that is for it is lost, one bad row holds no other."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import msgspec
import pytest
from sqlalchemy import create_engine, text

from streams.errors import StoreAway, StoreDamaged, StoreRefused
from streams.store.store import Store
from streams.store.tables import metadata
from streams.store.writer import StoreWriter
from tests.services import ServiceMissing
from tests.services.postgresql import running_postgresql
from tests.streams.test_store import delivery, hall, incident

HUGE = 2**70
"""No database has an integer for it."""


@pytest.fixture(scope="module")
def server():
    try:
        with running_postgresql() as url:
            yield url
    except ServiceMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'c.db'}"
    url = request.getfixturevalue("server")
    engine = create_engine(url)
    metadata.drop_all(engine)
    engine.dispose()
    return url


@pytest.fixture
def writing():
    """Makes writers, and ends them."""
    made = []

    def make(url, retry_s=0.01):
        store = Store(url)
        writer = StoreWriter(store, retry_s)
        made.append((writer, store))
        return writer, store

    yield make
    for writer, store in made:
        writer.close(0.5)
        store.close()


def wait_for(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def ids(store):
    return {each.id for each in store.incidents()}


def test_rows_come_in_and_are_acknowledged(url, writing):
    writer, store = writing(url)
    writer.put([incident("a"), delivery("a", "fired", 1)])
    writer.put_halls({("plant-a", "hall-1"): (hall(0.1), 5)})
    mark = writer.mark()
    wait_for(lambda: writer.acknowledged(mark))
    assert ids(store) == {"a"}
    assert store.deliveries("a")
    wait_for(lambda: store.halls())


def test_text_that_no_database_takes_is_mended(url, writing):
    writer, store = writing(url)
    bad = incident("nul\x00", summary="half a pair \ud800", root="hall-1/\x00", evidence=("\udfff",))
    writer.put([bad, incident("good")])
    writer.put_halls({("plant\x00", "hall-1"): (hall(0.1, "hall\x00"), 5)})
    wait_for(lambda: writer.acknowledged(writer.mark()))
    assert ids(store) == {"nul\ufffd", "good"}
    assert store.incident("nul\ufffd").summary == "half a pair \ufffd"
    wait_for(lambda: store.halls())
    assert writer.set_aside == 0


def test_a_row_that_is_never_taken_is_set_aside_and_the_others_go_on(url, writing):
    writer, store = writing(url)
    writer.put([incident("a"), incident("bad", started=HUGE), incident("b")])
    wait_for(lambda: writer.acknowledged(writer.mark()))
    assert ids(store) == {"a", "b"}
    assert writer.set_aside == 1
    assert "incident bad" in writer.last_set_aside
    assert not writer.away


def test_a_row_that_fails_for_a_reason_nobody_foresaw_is_set_aside_too(server, writing):
    """PostgreSQL calls a key that is too long for its index an operational error, as if it were away."""
    engine = create_engine(server)
    metadata.drop_all(engine)
    engine.dispose()
    writer, store = writing(server)
    random = "".join(chr(0x4E00 + (i * 7919) % 20000) for i in range(9000))
    writer.put([incident("a"), incident(random), incident("b")])
    wait_for(lambda: writer.acknowledged(writer.mark()))
    assert ids(store) == {"a", "b"}
    assert writer.set_aside == 1


def test_rights_that_were_taken_are_away_and_come_back(server, writing):
    engine = create_engine(server)
    metadata.drop_all(engine)
    with engine.begin() as admin:
        admin.execute(text("DROP ROLE IF EXISTS poor"))
        admin.execute(text("CREATE ROLE poor LOGIN"))
    owner = Store(server)
    owner.probe()
    owner.close()
    writer, store = writing(server.replace("coolwatch@", "poor@"))
    writer.put([incident("a")])
    wait_for(lambda: writer.away)
    assert "permission denied" in writer.problem
    with pytest.raises(StoreAway, match="permission denied"):
        store.incidents()
    with engine.begin() as admin:
        admin.execute(text("GRANT ALL ON ALL TABLES IN SCHEMA public TO poor"))
        admin.execute(text("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO poor"))
    wait_for(lambda: writer.acknowledged(writer.mark()))
    assert ids(store) == {"a"}
    with engine.begin() as admin:
        admin.execute(text("DROP OWNED BY poor"))
        admin.execute(text("DROP ROLE poor"))
    engine.dispose()


def garbage(path):
    path.write_bytes(b"this is no database" * 1000)


def torn(path):
    store = Store(f"sqlite:///{path}")
    store.apply([incident(str(i)) for i in range(200)])
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))


@pytest.mark.parametrize("harm", [garbage, torn])
def test_a_damaged_file_is_moved_aside_and_a_new_one_begun(harm, tmp_path, writing):
    path = tmp_path / "c.db"
    harm(path)
    damage = path.read_bytes()
    with closing(Store(f"sqlite:///{path}")) as before, pytest.raises(StoreDamaged):
        before.incidents()
    assert path.read_bytes() == damage, "only the daemon's writer moves anything"
    writer, store = writing(f"sqlite:///{path}")
    writer.put([incident("a")])
    wait_for(lambda: writer.acknowledged(writer.mark()))
    assert ids(store) == {"a"}
    (copy,) = store.damaged_copies()
    assert copy.read_bytes() == damage
    assert not writer.away


def test_damage_that_only_a_reader_meets_is_mended_too(tmp_path, writing):
    path = tmp_path / "c.db"
    writer, store = writing(f"sqlite:///{path}")
    torn(path)
    with pytest.raises(StoreDamaged):
        store.incidents()
    writer.put_halls({})
    writer.put([])
    wait_for(lambda: not store.damaged)
    assert store.incidents() == []


def test_a_folder_in_its_place_is_away_until_it_is_gone(tmp_path, writing):
    path = tmp_path / "c.db"
    path.mkdir()
    writer, store = writing(f"sqlite:///{path}")
    writer.put([incident("a")])
    wait_for(lambda: writer.away)
    assert not writer.acknowledged(writer.mark())
    path.rmdir()
    wait_for(lambda: writer.acknowledged(writer.mark()))
    assert ids(store) == {"a"}


def test_a_file_that_another_holds_is_away_until_it_is_let_go(tmp_path, writing):
    path = tmp_path / "c.db"
    writer, store = writing(f"sqlite:///{path}")
    writer.put([incident("a")])
    wait_for(lambda: writer.acknowledged(writer.mark()))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writer.put([incident("b")])
    wait_for(lambda: writer.away)
    assert "locked" in writer.problem
    assert ids(store) == {"a"}, "reading goes on"
    other.execute("ROLLBACK")
    other.close()
    wait_for(lambda: writer.acknowledged(writer.mark()))
    assert ids(store) == {"a", "b"}


def removed(path):
    path.unlink()


def removed_with_its_log(path):
    for part in path.parent.glob("c.db*"):
        part.unlink()


def replaced_by_another_store(path):
    other = path.with_name("other.db")
    with closing(Store(f"sqlite:///{other}")) as another:
        another.apply([incident("theirs")])
    other.replace(path)


def replaced_by_something_else(path):
    other = path.with_name("other")
    garbage(other)
    other.replace(path)


def replaced_by_a_folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "harm",
    [
        removed,
        removed_with_its_log,
        replaced_by_another_store,
        replaced_by_something_else,
        replaced_by_a_folder,
    ],
)
def test_a_store_that_is_gone_is_noticed_and_what_is_open_stands_in_the_next(harm, tmp_path, writing):
    path = tmp_path / "c.db"
    writer, store = writing(f"sqlite:///{path}")
    writer.put([incident("over"), incident("open", 20, severity="critical"), incident("open", 10)])
    writer.put([incident("open", 30, severity="critical"), incident("over", 20, state="resolved")])
    wait_for(lambda: writer.acknowledged(writer.mark()))
    harm(path)
    if path.is_dir():
        wait_for(lambda: writer.away)
        path.rmdir()
    theirs = {"theirs"} if harm is replaced_by_another_store else set()
    wait_for(lambda: not store.gone and not store.damaged and ids(store) == {"open"} | theirs)
    assert store.incident("open").updated == 30
    wait_for(lambda: writer.begun == 1 and writer.acknowledged(writer.mark()) and not writer.away)
    assert (writer.lost_at is not None) is (harm is not replaced_by_something_else), "else it is moved aside"
    writer.put([incident("open", 40, state="resolved")])
    wait_for(lambda: writer.acknowledged(writer.mark()))
    assert [each.id for each in store.open_incidents()] == sorted(theirs)
    with closing(sqlite3.connect(path)) as whole:
        assert whole.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_how_an_incident_stands_is_no_version_of_it_where_the_store_holds_one(url, writing):
    """A restart leaves in the store what a run without one leaves there."""
    writer, store = writing(url)
    writer.put([incident("held", 10)])
    writer.hold([incident("held", 20, severity="critical"), incident("new", 20)])
    wait_for(lambda: writer.acknowledged(writer.mark()))
    assert (store.incident("held"), store.incident("new")) == (incident("held", 10), incident("new", 20))
    assert (len(store.versions("held")), len(store.versions("new"))) == (1, 1)


def test_tables_that_vanish_are_made_again_and_what_is_open_stands_in_them(url, writing):
    writer, store = writing(url)
    writer.put([incident("a")])
    wait_for(lambda: writer.acknowledged(writer.mark()))
    engine = create_engine(url)
    with engine.begin() as admin:
        metadata.drop_all(admin)
    engine.dispose()
    writer.put([incident("b")])
    wait_for(lambda: writer.begun and writer.acknowledged(writer.mark()))
    assert ids(store) == {"a", "b"}
    assert writer.lost_at is not None


def test_an_incident_that_cannot_be_read_holds_no_other_back(tmp_path):
    path = tmp_path / "c.db"
    store = Store(f"sqlite:///{path}")
    store.apply([incident("a"), incident("b")])
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE incidents SET body = '{\"id\": 3}' WHERE id = 'a'")
    other.close()
    assert ids(store) == {"b"}
    assert store.incident("a") is None
    store.close()


def test_what_is_refused_is_told_apart_from_away(url):
    store = Store(url)
    with pytest.raises(StoreRefused):
        store.apply([incident("bad", started=HUGE)])
    with pytest.raises(StoreRefused):
        store.put_deliveries([msgspec.structs.replace(delivery("a", "fired", 1), at=HUGE)])
    store.close()


def test_the_file_is_private(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'c.db'}")
    store.apply([incident()])
    modes = {part.name: part.stat().st_mode & 0o777 for part in tmp_path.iterdir()}
    store.close()
    assert set(modes.values()) == {0o600}


@pytest.fixture
def away(tmp_path):
    """A writer with room for ten rows, whose store is away until its folder is there."""
    store = Store(f"sqlite:///{tmp_path / 'later' / 'c.db'}")
    writer = StoreWriter(store, 0.01, most_waiting=10)
    yield writer, store, tmp_path / "later"
    writer.close(0.5)
    store.close()


def test_what_waits_in_memory_is_bounded_and_what_is_open_is_kept(away):
    writer, store, folder = away
    for updated in range(1000):
        writer.put([incident("long", updated), delivery("long", "fired", updated)])
        writer.put([incident(f"short{updated}", updated)])
        writer.put([incident(f"short{updated}", updated + 1, state="resolved")])
    for i in range(30):
        writer.put([incident(f"open{i}", 2000)])
    assert len(writer._waiting) < 60
    assert writer.dropped > 2000
    assert not writer.acknowledged(writer.mark())
    folder.mkdir()
    wait_for(lambda: writer.acknowledged(writer.mark()))
    assert {each.id for each in store.open_incidents()} == {"long", *(f"open{i}" for i in range(30))}
    assert store.incident("long").updated == 999
    assert [each.changed for each in store.deliveries("long")] == [999]
    assert len(writer._never_stored) == 0


def test_the_end_of_what_the_store_holds_open_is_never_given_up(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'c.db'}")
    writer = StoreWriter(store, 0.01, most_waiting=10)
    writer.put([incident(f"before{i}", 10) for i in range(20)])
    wait_for(lambda: writer.acknowledged(writer.mark()))
    with closing(sqlite3.connect(tmp_path / "c.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writer.put([incident(f"before{i}", 20, state="resolved") for i in range(20)])
        for i in range(100):
            writer.put([incident(f"short{i}", 30), incident(f"short{i}", 31, state="resolved")])
        assert len(writer._waiting) < 60
    wait_for(lambda: writer.acknowledged(writer.mark()))
    assert store.open_incidents() == []
    writer.close(0.5)
    store.close()


def test_what_is_long_over_is_removed_while_the_daemon_runs(url):
    day = 86_400 * 10**9
    now = time.time_ns()
    with closing(Store(url)) as store:
        store.apply([incident(str(i), now - 500 * day + i, state="resolved") for i in range(450)])
        store.apply([incident("open", now - 500 * day), incident("new", now, state="resolved")])
        writer = StoreWriter(store, keep=400 * day)
        wait_for(lambda: ids(store) == {"open", "new"})
        writer.close()
