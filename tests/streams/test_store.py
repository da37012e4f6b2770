"""The store: idempotent, never going back, on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from tenacity import retry, retry_if_exception_type, stop_after_delay

from config.errors import ConfigError
from streams.errors import StoreAway
from streams.messages import HallState, Incident, ServiceTime
from streams.store.delivery import Delivery, DeliveryState
from streams.store.store import Store
from streams.store.tables import metadata
from tests.services import ServiceMissing
from tests.services.postgresql import running_postgresql


def incident(id="a", updated=10, **changes):
    whole = Incident(
        id=id,
        zone="plant-a",
        hall="hall-1",
        category="cooling",
        fault="unit_failed",
        root="hall-1/crah-03",
        first_root="hall-1/crah-03",
        severity="warning",
        state="firing",
        started=5,
        updated=updated,
        services=(ServiceTime("messaging", 300.0), ServiceTime("mail", None)),
        evidence=("fan stopped", "supply air 3 K warm"),
        summary="Lüfter steht",
    )
    return msgspec.structs.replace(whole, **changes)


def delivery(id, reason, at):
    return Delivery(f"{id}{reason}", "inbox", id, 10, reason, "critical", at, "title", "body", changed=at)


def hall(score, name="hall-1"):
    return HallState(name, 100.0, 95.5, None, "not calibrated", None, score)


@pytest.fixture(scope="session")
def postgresql():
    """A server's URL; a visible skip where it cannot be had, in CI too: SQLite is the default."""
    try:
        with running_postgresql() as url:
            yield url
    except ServiceMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(params=["sqlite", "memory", "postgresql"])
def store(request, tmp_path):
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql")
        engine = create_engine(url)
        metadata.drop_all(engine)
        engine.dispose()
    else:
        url = "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path / 'c.db'}"
    opened = Store(url)
    yield opened
    opened.close()


def test_what_goes_in_comes_out(store):
    store.apply([incident()])
    assert store.incidents() == [incident()]
    assert store.incident("a") == incident()
    assert store.incident("b") is None
    assert store.versions("a") == [incident()]


def test_a_later_version_replaces_an_older_one_never(store):
    first, second = incident(updated=10), incident(updated=20, severity="critical")
    store.apply([first, second])
    store.apply([first])
    assert store.incident("a") == second
    assert store.versions("a") == [first, second]


def test_judging_again_from_an_earlier_snapshot_changes_nothing(store):
    versions = [incident(updated=t, severity=s) for t, s in ((10, "warning"), (20, "critical"))]
    versions += [incident(updated=20, severity="emergency"), incident(updated=30, state="resolved")]
    store.apply(versions)
    before = store.incidents(), store.versions("a")
    store.apply(versions[1:])
    assert (store.incidents(), store.versions("a")) == before


def test_filters(store):
    store.apply(
        [
            incident("a", 10, started=1),
            incident("b", 20, started=2, state="pending"),
            incident("c", 30, started=3, state="resolved", resolved=30),
        ]
    )
    assert [i.id for i in store.open_incidents()] == ["a", "b"]
    assert [i.id for i in store.incidents(since=20)] == ["b", "c"]
    assert [i.id for i in store.incidents(since=20, state="resolved")] == ["c"]


def test_the_newest_picture_of_a_hall_stands(store):
    store.put_hall("plant-a", hall(0.1), 100)
    store.put_hall("plant-a", hall(0.3), 300)
    store.put_hall("plant-a", hall(0.2), 200)
    store.put_hall("plant-a", hall(0.9, "hall-2"), 100)
    assert store.halls() == {
        ("plant-a", "hall-1"): (hall(0.3), 300),
        ("plant-a", "hall-2"): (hall(0.9, "hall-2"), 100),
    }


def test_acknowledging_notes_how_bad_it_was(store):
    store.apply([incident(severity="critical")])
    store.acknowledge("a", "night shift", "on my way", at=7)
    (noted,) = store.acknowledgements("a")
    assert (noted.severity, noted.who, noted.note, noted.at) == ("critical", "night shift", "on my way", 7)
    with pytest.raises(KeyError):
        store.acknowledge("unknown", "night shift")


def test_silences_hold_for_a_while_and_can_be_ended(store):
    first = store.silence("hall-1/crah-*", 100, 200, "day shift", "filter change")
    second = store.silence("hall-2", 100, 200, "day shift")
    assert first != second
    assert [s.id for s in store.silences(99)] == []
    assert [s.id for s in store.silences(100)] == [first, second]
    assert [s.id for s in store.silences(200)] == []
    store.end_silence(first, at=150)
    assert [s.id for s in store.silences(160)] == [second]


@pytest.mark.parametrize(
    ("match", "covered"),
    [
        ("hall-1/crah-*", True),
        ("hall-1", True),
        ("plant-a", True),
        ("hall-1/crah-03/fan_speed", True),
        ("hall-1/**", True),
        ("hall-1/crah-04", False),
        ("hall-2", False),
    ],
)
def test_a_silence_covers_by_root_equipment_hall_or_zone(match, covered):
    store = Store("sqlite://")
    store.silence(match, 0, 10, "day shift")
    (silence,) = store.silences(5)
    store.close()
    assert silence.covers(incident(root="hall-1/crah-03/fan_speed")) is covered


def test_what_was_told_is_remembered_in_order(store):
    for reason, at in (("fired", 1), ("escalated", 2)):
        store.put_deliveries([delivery("a", reason, at)])
    assert [told.reason for told in store.deliveries("a")] == ["fired", "escalated"]
    assert store.deliveries("b") == []


def test_how_a_delivery_stands_never_goes_back(store):
    waiting = delivery("a", "fired", 1)
    told = msgspec.structs.replace(waiting, state=DeliveryState.TOLD, tries=2, changed=9)
    store.put_deliveries([waiting, told])
    store.put_deliveries([waiting])
    assert store.deliveries("a") == [told]


def test_what_nobody_tries_is_taken_over_once(store):
    told = msgspec.structs.replace(delivery("a", "fired", 1), state=DeliveryState.TOLD)
    waiting = delivery("b", "fired", 2)
    store.put_deliveries([told, waiting])
    assert store.adopt_overdue(before=0, until=100, most=9) == []
    assert store.adopt_overdue(before=50, until=100, most=9) == [waiting]
    assert store.adopt_overdue(before=50, until=100, most=9) == []
    assert store.adopt_overdue(before=101, until=200, most=9) != []


def test_forgetting_takes_only_what_is_over_and_old(store):
    store.apply([incident("a", 10, state="resolved"), incident("b", 10), incident("c", 30, state="resolved")])
    store.acknowledge("a", "night shift")
    store.put_deliveries([delivery("a", "fired", 1), delivery("b", "fired", 1)])
    gone, stays = store.silence("x", 0, 10, "day shift"), store.silence("x", 0, 90, "day shift")
    assert store.forget(keep=15, now=40, most=9) == 1
    assert [i.id for i in store.incidents()] == ["b", "c"]
    assert store.versions("a") == []
    assert store.acknowledgements("a") == []
    assert [each.incident_id for each in store.deliveries("a", "b")] == ["b"]
    assert [each.id for each in store.silences(5)] == [stays] != [gone]


def test_an_old_log_that_is_played_in_is_not_forgotten(store):
    store.apply([incident(str(at), at, state="resolved") for at in (10, 20, 30)])
    assert store.forget(keep=15, now=10**18, most=9) == 1
    assert [i.id for i in store.incidents()] == ["20", "30"]


def test_a_few_are_forgotten_at_once(store):
    store.apply([incident(str(at), at, state="resolved") for at in (10, 20, 30, 99)])
    assert [store.forget(keep=15, now=100, most=2) for _ in range(3)] == [2, 1, 0]


def test_a_file_survives_a_restart(tmp_path):
    url = f"sqlite:///{tmp_path / 'c.db'}"
    store = Store(url)
    store.apply([incident()])
    store.close()
    again = Store(url)
    assert again.incidents() == [incident()]
    again.close()


def test_two_processes_share_a_file(tmp_path):
    url = f"sqlite:///{tmp_path / 'c.db'}"
    writer, reader = Store(url), Store(url)
    for i in range(5):
        writer.apply([incident(str(i))])
        assert len(reader.incidents()) == i + 1
    writer.close()
    reader.close()


def test_threads_share_a_store(store):
    @retry(retry=retry_if_exception_type(StoreAway), stop=stop_after_delay(60.0), reraise=True)
    def write(name, i):
        """Tried again as the daemon does: on a slow disk the others are waited for too long."""
        store.apply([incident(f"{name}{i}")])
        store.put_deliveries([delivery(f"{name}{i}", "fired", i)])

    def work(name):
        for i in range(20):
            write(name, i)
            assert store.deliveries(f"{name}{i}")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, "xyz"))
    assert len(store.incidents()) == 60


def test_away_is_told_as_such(tmp_path):
    for url in (f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}", "postgresql://u@127.0.0.1:1/x"):
        store = Store(url)
        with pytest.raises(StoreAway):
            store.apply([incident()])
        store.close()


def test_other_databases_are_named_as_unsupported():
    for url in ("mysql://u@h/x", "nonsense"):
        with pytest.raises(ConfigError, match=r"store\.url"):
            Store(url)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 5)), min_size=1, max_size=8), st.data())
def test_any_restart_ends_in_the_same_books(steps, data):
    counter = itertools.count()
    versions = [incident(id, updated, confidence=float(next(counter))) for id, updated in sorted(steps)]
    cut = data.draw(st.integers(0, len(versions)))
    back = data.draw(st.integers(0, cut))
    once, again = Store("sqlite://"), Store("sqlite://")
    once.apply(versions)
    again.apply(versions[:cut])
    again.apply(versions[back:])
    assert once.incidents() == again.incidents()
    assert [once.versions(id) for id in "ab"] == [again.versions(id) for id in "ab"]
    once.close()
    again.close()
