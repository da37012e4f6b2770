"""From the bytes of a point's name and unit to a number, by an open-addressing hash table.

Look-ups run in a kernel over whole columns; a name that is not there yet is
put in by Python, which happens once a name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.jit import kernel

UNKNOWN = -1
"""What a look-up gives for a name that is not in the table."""
LEARNED_AT_ONCE = 2048
"""New names of one batch that are taken in before the rest of it is looked up again."""

_PRIME = np.uint64(0x100000001B3)
_BASIS = np.uint64(0xCBF29CE484222325)
_SEPARATOR = np.uint64(0xFF)


@kernel(lambda: (np.frombuffer(b"h/r/tdegF", np.uint8).copy(), 0, 5, 5, 4))
def hash_name(
    buffer: NDArray[np.uint8], name_start: int, name_length: int, unit_start: int, unit_length: int
) -> np.uint64:
    """FNV-1a (64 bits) of the name, a byte that UTF-8 never has, and the unit.

    Source: G. Fowler, L. C. Noll, K.-P. Vo, D. Eastlake, "The FNV
    Non-Cryptographic Hash Algorithm", section 4, run on four lanes at once
    (every fourth byte each): one lane alone waits for its multiplications.
    """
    a = b = c = d = _BASIS
    end = name_start + name_length
    i = name_start
    while i + 4 <= end:
        a = (a ^ np.uint64(buffer[i])) * _PRIME
        b = (b ^ np.uint64(buffer[i + 1])) * _PRIME
        c = (c ^ np.uint64(buffer[i + 2])) * _PRIME
        d = (d ^ np.uint64(buffer[i + 3])) * _PRIME
        i += 4
    while i < end:
        a = (a ^ np.uint64(buffer[i])) * _PRIME
        i += 1
    a = (a ^ _SEPARATOR) * _PRIME
    for j in range(unit_start, unit_start + unit_length):
        a = (a ^ np.uint64(buffer[j])) * _PRIME
    value = (((a * _PRIME) ^ b) * _PRIME ^ c) * _PRIME ^ d
    return value ^ (value >> np.uint64(32))


@kernel(lambda: (np.zeros(8, np.int32), np.zeros(1, np.uint64), 0, 1))
def place_keys(cells: NDArray[np.int32], hashes: NDArray[np.uint64], first: int, end: int) -> None:
    """Put the keys ``first`` to ``end`` into the cells (key + 1; 0 is a free cell).

    The number of cells is a power of two and greater than the number of keys.
    """
    mask = np.uint64(len(cells) - 1)
    for key in range(first, end):
        cell = hashes[key] & mask
        while cells[cell] != 0:
            cell = (cell + np.uint64(1)) & mask
        cells[cell] = key + 1


@kernel()
def same_bytes(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> bool:
    """Whether two arrays of one length hold the same; without a branch a byte, so that it runs in lanes."""
    different = np.uint8(0)
    for i in range(len(a)):
        different |= a[i] ^ b[i]
    return different == 0


def _example() -> tuple[Any, ...]:
    buffer = np.frombuffer(b"h/r/tdegF", np.uint8).copy()
    one = np.zeros(1, np.int64)
    return (
        (buffer, one, one + 5, one + 5, one + 4),
        np.zeros(8, np.int32),
        np.zeros(1, np.uint64),
        one,
        one,
        one,
        buffer,
        np.zeros(1, np.int32),
    )


@kernel(_example)
def find_names(
    columns: tuple[
        NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]
    ],
    cells: NDArray[np.int32],
    hashes: NDArray[np.uint64],
    key_start: NDArray[np.int64],
    key_name_length: NDArray[np.int64],
    key_unit_length: NDArray[np.int64],
    pool: NDArray[np.uint8],
    numbers: NDArray[np.int32],
) -> NDArray[np.int32]:
    """The number of each (name, unit) of the columns, `UNKNOWN` where it is not in the table.

    ``columns`` is (buffer, name start, name length, unit start, unit length);
    key ``k`` is the name and the unit in a row in ``pool`` from ``key_start[k]``.
    """
    buffer, name_start, name_length, unit_start, unit_length = columns
    found = np.empty(len(name_start), np.int32)
    mask = np.uint64(len(cells) - 1)
    for row in range(len(name_start)):
        name, names = name_start[row], name_length[row]
        unit, units = unit_start[row], unit_length[row]
        value = hash_name(buffer, name, names, unit, units)
        cell = value & mask
        number = UNKNOWN
        while cells[cell] != 0:
            key = cells[cell] - 1
            if hashes[key] == value and key_name_length[key] == names and key_unit_length[key] == units:
                middle = key_start[key] + names
                if same_bytes(pool[middle - names : middle], buffer[name : name + names]) and (
                    units == 0 or same_bytes(pool[middle : middle + units], buffer[unit : unit + units])
                ):
                    number = numbers[key]
                    break
            cell = (cell + np.uint64(1)) & mask
        found[row] = number
    return found


class NameTable:
    """(name, unit) bytes -> int32, growing by doubling; nothing is ever taken out."""

    def __init__(self) -> None:
        self._cells = np.zeros(1024, np.int32)
        self._hashes = np.zeros(512, np.uint64)
        self._start = np.zeros(512, np.int64)
        self._name_length = np.zeros(512, np.int64)
        self._unit_length = np.zeros(512, np.int64)
        self._numbers = np.zeros(512, np.int32)
        self._pool = np.zeros(32 * 1024, np.uint8)
        self._used = 0
        self._keys = 0

    def __len__(self) -> int:
        return self._keys

    def insert(self, name: bytes, unit: bytes, number: int) -> None:
        """Add a key that is not in the table yet."""
        key = np.frombuffer(name + unit, np.uint8).copy()
        if self._keys == len(self._hashes):
            self._grow()
        while self._used + len(key) > len(self._pool):
            self._pool = _doubled(self._pool)
        k = self._keys
        self._hashes[k] = hash_name(key, 0, len(name), len(name), len(unit))
        self._start[k] = self._used
        self._name_length[k] = len(name)
        self._unit_length[k] = len(unit)
        self._numbers[k] = number
        self._pool[self._used : self._used + len(key)] = key
        self._used += len(key)
        self._keys += 1
        place_keys(self._cells, self._hashes, k, self._keys)

    def find(
        self,
        buffer: NDArray[np.uint8],
        name_start: NDArray[np.int64],
        name_length: NDArray[np.int64],
        unit_start: NDArray[np.int64],
        unit_length: NDArray[np.int64],
    ) -> NDArray[np.int32]:
        """The numbers of many keys at once: int32, `UNKNOWN` where a key is not in the table."""
        return find_names(
            (buffer, name_start, name_length, unit_start, unit_length),
            self._cells,
            self._hashes,
            self._start,
            self._name_length,
            self._unit_length,
            self._pool,
            self._numbers,
        )

    def find_or_learn(
        self,
        buffer: NDArray[np.uint8],
        name_start: NDArray[np.int64],
        name_length: NDArray[np.int64],
        unit_start: NDArray[np.int64],
        unit_length: NDArray[np.int64],
        learn: Callable[[bytes, bytes], int],
    ) -> NDArray[np.int32]:
        """The same; a key that is not in the table has the number that ``learn`` gives, which inserts it."""
        spans = (name_start, name_length, unit_start, unit_length)
        found = self.find(buffer, *spans)
        new = np.flatnonzero(found == UNKNOWN)
        while len(new):
            learned: dict[tuple[bytes, bytes], int] = {}
            for row in new[:LEARNED_AT_ONCE]:
                start, length, of_unit, unit_size = (int(each[row]) for each in spans)
                key = (
                    buffer[start : start + length].tobytes(),
                    buffer[of_unit : of_unit + unit_size].tobytes(),
                )
                if key not in learned:
                    learned[key] = learn(*key)
                found[row] = learned[key]
            # Names come again and again: most of the others are known by now.
            new = new[LEARNED_AT_ONCE:]
            found[new] = self.find(buffer, *(each[new] for each in spans))
            new = new[found[new] == UNKNOWN]
        return found

    def _grow(self) -> None:
        self._hashes = _doubled(self._hashes)
        self._start = _doubled(self._start)
        self._name_length = _doubled(self._name_length)
        self._unit_length = _doubled(self._unit_length)
        self._numbers = _doubled(self._numbers)
        self._cells = np.zeros(2 * len(self._cells), np.int32)
        place_keys(self._cells, self._hashes, 0, self._keys)


def _doubled(array: Any) -> Any:
    return np.concatenate([array, np.zeros_like(array)])
