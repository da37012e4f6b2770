"""A store of any version before becomes one of today, with everything in it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from streams.errors import StoreAway
from streams.store.delivery import EVERYWHERE
from streams.store.schema import MIGRATIONS, VERSION
from streams.store.store import Store

GOLDEN = Path(__file__).parent / "golden_store"


def shape(path):
    """Tables -> columns, primary key, indexes."""
    engine = create_engine(f"sqlite:///{path}")
    found = inspect(engine)
    tables = {
        table: (
            [(each["name"], str(each["type"]), each["nullable"]) for each in found.get_columns(table)],
            found.get_pk_constraint(table)["constrained_columns"],
            sorted((each["name"], tuple(each["column_names"])) for each in found.get_indexes(table)),
        )
        for table in found.get_table_names()
    }
    engine.dispose()
    return tables


@pytest.mark.parametrize("version", sorted(MIGRATIONS))
def test_an_older_store_gets_the_tables_of_a_new_one(version, tmp_path):
    shutil.copy(GOLDEN / f"version-{version}.db", tmp_path / "old.db")
    for name in ("old.db", "new.db"):
        store = Store(f"sqlite:///{tmp_path / name}")
        store.probe()
        store.close()
    assert shape(tmp_path / "old.db") == shape(tmp_path / "new.db")


def test_what_stood_in_the_first_version_is_there(tmp_path):
    shutil.copy(GOLDEN / "version-1.db", tmp_path / "c.db")
    store = Store(f"sqlite:///{tmp_path / 'c.db'}")
    assert [each.id for each in store.open_incidents()] == ["open"]
    assert [each.severity for each in store.versions("open")] == ["warning", "critical"]
    assert store.acknowledgements("open")[0].who == "night shift"
    assert store.silences(150)[0].match == "hall-1/crah-*"
    assert list(store.halls()) == [("plant-a", "hall-1")]
    told = store.deliveries("over")
    assert [(each.destination, each.reason, each.at) for each in told] == [
        (EVERYWHERE, "fired", 16),
        (EVERYWHERE, "resolved", 31),
    ]
    assert len(store.deliveries("open")) == 2
    store.close()


def test_a_migration_that_fails_leaves_the_version_before(tmp_path, monkeypatch):
    shutil.copy(GOLDEN / "version-1.db", tmp_path / "c.db")

    def fails(connection):
        whole(connection)
        raise RuntimeError("the power went")

    whole = MIGRATIONS[1]
    monkeypatch.setitem(MIGRATIONS, 1, fails)
    store = Store(f"sqlite:///{tmp_path / 'c.db'}")
    with pytest.raises(StoreAway, match="the power went"):
        store.open_incidents()
    assert "notifications" in shape(tmp_path / "c.db")
    monkeypatch.setitem(MIGRATIONS, 1, whole)
    assert len(store.deliveries("over")) == 2
    store.close()


def test_the_tables_of_a_newer_coolwatch_are_left_alone(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'c.db'}")
    store.probe()
    store.close()
    engine = create_engine(f"sqlite:///{tmp_path / 'c.db'}")
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE schema SET version = {VERSION + 1}"))
    engine.dispose()
    store = Store(f"sqlite:///{tmp_path / 'c.db'}")
    with pytest.raises(StoreAway, match="newer coolwatch"):
        store.open_incidents()
    store.close()
