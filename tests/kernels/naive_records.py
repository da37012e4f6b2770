"""Obvious twin of kernels.records: Python integers and slices, one record after the other."""

from __future__ import annotations


class Broken(Exception):
    """The bytes are no record."""


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    bits = 0
    for i in range(10):
        if position + i >= len(data):
            raise Broken
        byte = data[position + i]
        bits |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            if bits >= 2**64:
                raise Broken
            return (bits >> 1) ^ -(bits & 1), position + i + 1
    raise Broken


def take(data: bytes, position: int) -> tuple[bytes | None, int, int]:
    """A length and so many bytes: (the bytes or None, where they begin, position after them)."""
    length, start = read_varint(data, position)
    if length < 0:
        return None, start, start
    if start + length > len(data):
        raise Broken
    return data[start : start + length], start, start + length


def read_record(body: bytes) -> tuple[int, int, bytes | None, int]:
    """A record behind its length: (timestamp delta, offset delta, value, where the value begins)."""
    time_delta, position = read_varint(body, 1)
    offset_delta, position = read_varint(body, position)
    _, _, position = take(body, position)
    value, start, position = take(body, position)
    headers, position = read_varint(body, position)
    if headers < 0:
        raise Broken
    for _ in range(headers):
        key, _, position = take(body, position)
        if key is None:
            raise Broken
        _, _, position = take(body, position)
    if position != len(body):
        raise Broken
    return time_delta, offset_delta, value, start


def int64(number: int) -> int:
    return (number + 2**63) % 2**64 - 2**63


def walk_records(
    buffer, position, base_offset, base_timestamp, fixed_timestamp, start, length, offset, timestamp
) -> int:
    data = bytes(buffer)
    for i in range(len(start)):
        try:
            body, at, after = take(data, position)
            if not body:
                raise Broken
            time_delta, offset_delta, value, value_at = read_record(body)
        except Broken:
            return i
        start[i] = at + value_at
        length[i] = -1 if value is None else len(value)
        offset[i] = int64(base_offset + offset_delta)
        milliseconds = int64(base_timestamp + time_delta) if fixed_timestamp < 0 else fixed_timestamp
        nanoseconds = milliseconds * 1_000_000
        timestamp[i] = nanoseconds if 0 <= nanoseconds < 2**63 else -1
        position = after
    return len(start) if position == len(data) else -1


TWINS = {"kernels.records.walk_records": walk_records}
