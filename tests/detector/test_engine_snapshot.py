"""Restarting: an engine put back from its snapshot goes on as though it had never stopped."""

from __future__ import annotations

import struct
from typing import Any, Literal

import crc32c
import msgspec
import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from config.kinds import load_kinds
from config.settings import EngineSettings
from config.site import Site
from detector.engine import Engine
from detector.seen.two_tracks import TwoTracks
from detector.snapshot import MAGIC, VERSION, SnapshotError, decode, encode, restore_into, state_of
from kernels.tracks import grow_tracks
from tests.detector.feeding import Heard, bits, changed, make_engine, push, quiet_hall, readings_of, second_of
from tests.detector.played import recorded
from tests.detector.test_order import LIVELY

INLET = "hall-1/rack-01/inlet_air_temperature"


def restored(data: bytes, site: str = "", kinds: dict | None = None) -> tuple[Engine, list[str]]:
    return Engine.restore(data, Site.loads(site), kinds or load_kinds(), EngineSettings())


def sealed(body: bytes, magic: bytes = MAGIC, version: int = VERSION, checksum: int | None = None) -> bytes:
    checksum = crc32c.crc32c(body) if checksum is None else checksum
    return struct.pack("<8sII", magic, version, checksum) + body


@settings(max_examples=12)
@given(st.integers(0, len(LIVELY)))
def test_a_restart_anywhere_in_a_lively_hall_changes_nothing(cut: int) -> None:
    whole, unbroken = make_engine(), Heard()
    engine, heard = make_engine(), Heard()
    for point, _, _ in LIVELY:
        whole.slot(point), engine.slot(point)
    unbroken.push(whole, readings_of(whole, LIVELY))
    heard.push(engine, readings_of(engine, LIVELY[:cut]))
    engine, dropped = restored(engine.snapshot())
    heard.push(engine, readings_of(engine, LIVELY[cut:]))
    assert not dropped
    assert bits(heard) == bits(unbroken)
    assert engine.snapshot() == whole.snapshot()


CUTS = (20, 36, 37, 39, 45)
"""Minutes: with half of what can be learned, at the onset, and during the fault."""


@pytest.fixture(scope="module")
def unbroken() -> tuple[Engine, list[Heard], dict[int, bytes]]:
    """An engine that met a loss of cooling: what it said each minute, and its snapshots at `CUTS`."""
    engine = recorded().engine()
    said, snapshots = [], {}
    for n, readings in enumerate(recorded().shown(engine)):
        if n in CUTS:
            snapshots[n] = engine.snapshot()
        said.append(Heard())
        said[-1].push(engine, readings)
    return engine, said, snapshots


@pytest.mark.parametrize("cut", CUTS)
def test_a_restart_in_a_loss_of_cooling_changes_nothing(
    unbroken: tuple[Engine, list[Heard], dict[int, bytes]], cut: int
) -> None:
    whole, said, snapshots = unbroken
    engine, dropped = Engine.restore(snapshots[cut], recorded().site, load_kinds(), EngineSettings())
    assert not dropped
    assert engine.snapshot() == snapshots[cut]
    for readings, expected in list(zip(recorded().shown(engine), said, strict=True))[cut:]:
        heard = Heard()
        heard.push(engine, readings)
        assert bits(heard) == bits(expected)
    assert bits(engine.open_incidents()) == bits(whole.open_incidents()) != []
    assert engine.snapshot() == whole.snapshot()


def test_a_snapshot_changes_nothing_in_the_engine_it_is_taken_of() -> None:
    engine = make_engine()
    push(engine, LIVELY[:700])
    assert engine.snapshot() == engine.snapshot()
    untouched = make_engine()
    push(untouched, LIVELY[:700])
    assert bits(push(engine, LIVELY[700:])) == bits(push(untouched, LIVELY[700:]))


def test_an_engine_that_has_seen_nothing_can_be_put_back() -> None:
    engine, dropped = restored(make_engine().snapshot())
    assert not dropped
    assert bits(push(engine, LIVELY)) == bits(push(make_engine(), LIVELY))


# ---- what is no snapshot


@pytest.fixture(scope="module")
def good() -> bytes:
    engine = make_engine()
    push(engine, LIVELY[:700])
    return engine.snapshot()


BODY = struct.calcsize("<8sII")


@pytest.mark.parametrize("length", [0, 1, BODY - 1, BODY, BODY + 1, 1000])
def test_a_snapshot_that_is_cut_short_is_none(good: bytes, length: int) -> None:
    with pytest.raises(SnapshotError):
        restored(good[:length])


def test_another_magic_version_or_checksum_is_told(good: bytes) -> None:
    body = good[BODY:]
    with pytest.raises(SnapshotError, match="not a snapshot"):
        restored(sealed(body, magic=b"WHATEVER"))
    with pytest.raises(SnapshotError, match="version"):
        restored(sealed(body, version=VERSION + 1))
    with pytest.raises(SnapshotError, match="checksum"):
        restored(sealed(body, checksum=1))


@settings(max_examples=40)
@given(st.integers(BODY, BODY + 4000), st.integers(0, 255))
def test_a_changed_byte_is_found_by_the_checksum(good: bytes, place: int, byte: int) -> None:
    data = bytearray(good)
    if data[place] == byte:
        return
    data[place] = byte
    with pytest.raises(SnapshotError, match="checksum"):
        restored(bytes(data))


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_garbage_under_a_right_checksum_is_a_snapshot_error(body: bytes) -> None:
    with pytest.raises(SnapshotError):
        restored(sealed(body))


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=60)
@given(plain)
def test_plain_data_that_is_no_engine_is_a_snapshot_error(data: Any) -> None:
    with pytest.raises(SnapshotError):
        restored(sealed(msgspec.msgpack.encode(data)))


def paths(state: Any, prefix: tuple = ()) -> list[tuple]:
    """Where anything stands in a decoded snapshot."""
    found = [prefix] if prefix else []
    inside = state.items() if isinstance(state, dict) else enumerate(state) if isinstance(state, list) else ()
    for key, value in inside:
        found += paths(value, (*prefix, key))
    return found


def put(state: Any, path: tuple, value: Any) -> None:
    for key in path[:-1]:
        state = state[key]
    state[path[-1]] = value


OTHER = [
    None,
    "text",
    {},
    [],
    np.zeros(1),
    np.zeros((3, 3)),
    np.zeros(64, np.int8),
    np.full(64, 10**6, np.int32),
]


@settings(max_examples=150)
@given(st.data())
def test_a_part_that_is_something_else_does_no_harm(good: bytes, data: st.DataObject) -> None:
    """Either it is told, or the engine goes on; nothing crashes in a kernel and nothing else escapes."""
    state = decode(good)
    path = data.draw(st.sampled_from(paths(state)))
    put(state, path, data.draw(st.sampled_from(OTHER)))
    try:
        engine, _ = restored(encode(state))
    except SnapshotError:
        return
    assert isinstance(engine, Engine)


def test_arrays_of_objects_are_not_read() -> None:
    head = msgspec.msgpack.encode(("|O", (1,), "C"))
    part = msgspec.msgpack.Ext(1, struct.pack("<I", len(head)) + head + b"\0" * 8)
    with pytest.raises(SnapshotError):
        decode(sealed(msgspec.msgpack.encode({"zone": part})))


@pytest.mark.parametrize("inside", [b"", b"no frame", zstandard.compress(bytes(8))])
def test_a_compressed_array_that_is_something_else_is_not_read(inside: bytes) -> None:
    head = msgspec.msgpack.encode(("<f8", (2,), "C"))
    part = msgspec.msgpack.Ext(2, struct.pack("<I", len(head)) + head + inside)
    with pytest.raises(SnapshotError):
        decode(sealed(msgspec.msgpack.encode({"zone": part})))


@pytest.mark.parametrize("order", ["C", "F"])
def test_large_arrays_come_back_as_they_were(order: Literal["C", "F"]) -> None:
    array = np.random.default_rng(1).normal(size=(300, 20)).copy(order)
    again = decode(encode({"array": array}))["array"]
    assert bits(again) == bits(array)
    assert again.flags.writeable and again.flags.f_contiguous == array.flags.f_contiguous


def _kept_in(dtypes: dict[str, str], state: Any) -> Any:
    """The same with arrays of some names in other types."""
    if not isinstance(state, dict):
        return state
    return {
        name: part.astype(dtypes[name])
        if name in dtypes and isinstance(part, np.ndarray)
        else _kept_in(dtypes, part)
        for name, part in state.items()
    }


def test_numbers_that_were_kept_in_more_bytes_are_read() -> None:
    """As a state of before kept them."""
    engine = make_engine()
    push(engine, LIVELY)
    saved = engine.snapshot()
    wide = dict.fromkeys(("proof", "wrong_reads", "polls", "group_of", "counted"), "i8") | {"apart": "f8"}
    older = encode(_kept_in(wide, decode(saved)))
    assert older != saved
    again, dropped = restored(older)
    assert not dropped
    assert again.snapshot() == saved


def test_numbers_that_do_not_fit_are_no_snapshot(good: bytes) -> None:
    state = decode(good)
    scores = state["judge"]["scores"]
    scores["wrong_reads"] = np.full(len(scores["wrong_reads"]), 2**40)
    with pytest.raises(SnapshotError, match="wrong_reads"):
        restored(encode(state))


def test_extensions_of_another_sort_are_not_read() -> None:
    with pytest.raises(SnapshotError, match="unknown part"):
        decode(sealed(msgspec.msgpack.encode({"zone": msgspec.msgpack.Ext(7, b"import os")})))


def test_what_is_not_data_cannot_be_put_in() -> None:
    with pytest.raises(TypeError, match="cannot hold"):
        encode({"model": object()})


# ---- another site


def test_a_limit_that_the_site_has_raised_lets_go_what_is_below_it() -> None:
    engine = make_engine()
    push(engine, changed(quiet_hall(60), INLET, 30.0, 28.0))
    engine, dropped = restored(
        engine.snapshot(), '[[limit]]\nmatch = "**/inlet_air_temperature"\nwarning = 30.0\n'
    )
    heard = push(engine, [(p, t + 60.0, 28.0 if p == INLET else x) for p, t, x in quiet_hall(600)])
    assert not dropped
    assert [i.state for i in heard.of("limit")] == ["resolved"]


def test_a_limit_that_the_site_has_lowered_counts_from_now_on() -> None:
    engine = make_engine()
    assert not push(engine, quiet_hall(60)).incidents
    engine, _ = restored(engine.snapshot(), '[[limit]]\nmatch = "**/inlet_air_temperature"\nwarning = 21.0\n')
    heard = push(engine, [(p, t + 60.0, x) for p, t, x in quiet_hall(60)])
    assert {i.fault for i in heard.incidents} == {"limit"}


def test_a_kind_that_is_no_longer_known_is_told_and_the_rest_goes_on() -> None:
    rows = quiet_hall(1200)
    odd = [("hall-1/aaa-01/vibration", float(s), 1.0) for s in range(0, 300, 5)]
    first = sorted([*odd, *(r for r in rows if r[1] < 300)], key=lambda r: r[1])
    engine = make_engine()
    push(engine, first)
    kinds = {name: kind for name, kind in load_kinds().items() if name != "vibration"}
    engine, dropped = restored(engine.snapshot(), kinds=kinds)
    assert dropped == ["hall-1/aaa-01/vibration: its kind is no longer known"]
    heard = push(engine, [r for r in rows if r[1] >= 300])
    assert not heard.incidents
    assert second_of(heard.ticks[-1].end) > 1100
    again, dropped = restored(engine.snapshot(), kinds=kinds)
    assert not dropped
    assert again.ids == engine.ids


def test_equipment_keeps_its_history_when_its_first_point_is_no_longer_known() -> None:
    rows = [(f"hall-1/rack-01/{m}", float(s), 1.0) for s in range(0, 60, 5) for m in ("vibration", "power")]
    rows += [("hall-1/rack-02/power", float(s), 2.0) for s in range(0, 60, 5)]
    engine = make_engine()
    push(engine, sorted(rows, key=lambda r: r[1]))
    kinds = {name: kind for name, kind in load_kinds().items() if name != "vibration"}
    other, _ = restored(engine.snapshot(), kinds=kinds)
    assert (
        other.points.equipment_ids[:2] == engine.points.equipment_ids == ["hall-1/rack-01", "hall-1/rack-02"]
    )


def test_new_points_may_appear_after_a_restart() -> None:
    engine = make_engine()
    push(engine, quiet_hall(60))
    engine, _ = restored(engine.snapshot())
    heard = push(engine, [(p, t + 60.0, x) for p, t, x in quiet_hall(60, racks=40)])
    assert heard.counts.balanced()
    assert len(heard.ticks[-1].racks.ids) == 40


def test_a_part_that_was_not_kept_then_is_as_new_with_as_many_slots_as_the_others() -> None:
    kept = TwoTracks()
    kept.tracks = grow_tracks(kept.tracks, 3 * len(kept.tracks.counted))
    state = state_of(kept)
    del state["tracks"]["step"]
    again = TwoTracks()
    restore_into(again, state)
    np.testing.assert_array_equal(again.tracks.step, kept.tracks.step)
    state["tracks"]["of another"] = kept.tracks.step
    with pytest.raises(SnapshotError, match="other parts"):
        restore_into(TwoTracks(), state)
