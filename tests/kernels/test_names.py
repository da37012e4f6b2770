"""The hash table from names to numbers."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.names import UNKNOWN, NameTable, hash_name, place_keys
from tests.kernels.naive_names import naive_find_names, naive_hash_name, naive_place_keys

Key = tuple[bytes, bytes]


def spans(keys: list[Key]) -> tuple[np.ndarray, ...]:
    """(buffer, name start, name length, unit start, unit length) of keys in a row."""
    lengths = np.array([[len(name), len(unit)] for name, unit in keys], np.int64).reshape(-1, 2)
    starts = np.cumsum(lengths.ravel()) - lengths.ravel()
    buffer = np.array(bytearray(b"".join(name + unit for name, unit in keys)), np.uint8)
    start = starts.reshape(-1, 2)
    return (
        buffer,
        np.ascontiguousarray(start[:, 0]),
        np.ascontiguousarray(lengths[:, 0]),
        np.ascontiguousarray(start[:, 1]),
        np.ascontiguousarray(lengths[:, 1]),
    )


@given(
    st.lists(st.tuples(st.binary(max_size=9), st.binary(max_size=3)), max_size=40),
    st.lists(st.tuples(st.binary(max_size=2), st.binary(max_size=2)), max_size=40),
)
def test_lookups_agree_with_a_dictionary(known: list[Key], others: list[Key]) -> None:
    table = NameTable()
    numbers: dict[Key, int] = {}
    for key in dict.fromkeys(known):
        numbers[key] = 7 * len(numbers)
        table.insert(*key, numbers[key])
    asked = known + others
    assert table.find(*spans(asked)).tolist() == naive_find_names(numbers, asked)
    assert len(table) == len(numbers)


def test_it_grows_and_keeps_what_it_has() -> None:
    table = NameTable()
    keys = [(f"hall-1/rack-{i}/inlet_air_temperature".encode(), b"degF" * (i % 2)) for i in range(5000)]
    for i, key in enumerate(keys):
        table.insert(*key, i)
    assert table.find(*spans(keys)).tolist() == list(range(5000))
    assert table.find(*spans([(b"hall-1/rack-5000/inlet_air_temperature", b"")])).tolist() == [UNKNOWN]


def test_name_and_unit_do_not_run_into_each_other() -> None:
    table = NameTable()
    table.insert(b"power", b"kW", 1)
    assert table.find(*spans([(b"powerk", b"W"), (b"powerkW", b""), (b"power", b"kW")])).tolist() == [
        UNKNOWN,
        UNKNOWN,
        1,
    ]


@given(st.binary(max_size=30), st.binary(max_size=6))
def test_the_hash_agrees_with_its_twin(name: bytes, unit: bytes) -> None:
    buffer = np.array(bytearray(name + unit), np.uint8)
    arguments = (0, len(name), len(name), len(unit))
    assert int(hash_name(buffer, *arguments)) == naive_hash_name(buffer, *arguments)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 2**64 - 1), max_size=15), st.integers(0, 15))
def test_keys_are_placed_as_the_twin_places_them(hashes: list[int], split: int) -> None:
    cells, twin = np.zeros(16, np.int32), [0] * 16
    array = np.array(hashes, np.uint64)
    for first, end in ((0, min(split, len(hashes))), (min(split, len(hashes)), len(hashes))):
        place_keys(cells, array, first, end)
        naive_place_keys(twin, hashes, first, end)
    assert cells.tolist() == twin


def test_a_name_that_is_new_is_learned_once_and_then_found() -> None:
    table = NameTable()
    names = [f"hall-1/rack-{i % 3000}/power" for i in range(9000)]
    text = "".join(names).encode()
    length = np.array([len(name) for name in names], np.int64)
    start, none = np.cumsum(length) - length, np.zeros(len(names), np.int64)
    learned: list[bytes] = []

    def learn(name: bytes, unit: bytes) -> int:
        table.insert(name, unit, len(learned))
        learned.append(name)
        return len(learned) - 1

    buffer = np.frombuffer(text, np.uint8).copy()
    found = table.find_or_learn(buffer, start, length, none, none, learn)
    assert [learned[number].decode() for number in found] == names
    assert len(learned) == len(set(learned)) == 3000
    again = table.find_or_learn(buffer, start, length, none, none, learn)
    assert (again == found).all() and len(learned) == 3000
