"""Obvious twins of kernels.names: Python integers, a list and a dictionary."""

from __future__ import annotations

from kernels.names import UNKNOWN

PRIME, MASK = 0x100000001B3, 2**64 - 1


def step(value: int, byte: int) -> int:
    return ((value ^ byte) * PRIME) & MASK


def naive_hash_name(buffer, name_start, name_length, unit_start, unit_length) -> int:
    name = bytes(buffer[name_start : name_start + name_length])
    lanes = [0xCBF29CE484222325] * 4
    whole = len(name) // 4 * 4
    for i, byte in enumerate(name[:whole]):
        lanes[i % 4] = step(lanes[i % 4], byte)
    for byte in name[whole:] + b"\xff" + bytes(buffer[unit_start : unit_start + unit_length]):
        lanes[0] = step(lanes[0], byte)
    value = (lanes[0] * PRIME) & MASK
    for lane in lanes[1:3]:
        value = ((value ^ lane) * PRIME) & MASK
    value ^= lanes[3]
    return value ^ (value >> 32)


def naive_place_keys(cells: list[int], hashes: list[int], first: int, end: int) -> None:
    for key in range(first, end):
        cell = hashes[key] % len(cells)
        while cells[cell]:
            cell = (cell + 1) % len(cells)
        cells[cell] = key + 1


def naive_find_names(known: dict[tuple[bytes, bytes], int], keys: list[tuple[bytes, bytes]]) -> list[int]:
    return [known.get(key, UNKNOWN) for key in keys]


TWINS = {
    "kernels.names.hash_name": naive_hash_name,
    "kernels.names.place_keys": naive_place_keys,
    "kernels.names.find_names": naive_find_names,
}
