"""Hostile messages by the million: what a feed could hold in the worst of years, the same for the same seed.

A pool of messages, sound and unsound, is drawn from anew for every batch; then bytes are flipped, records
cut short and glued together, so that hardly two are alike and what no list names comes up too.
"""

from __future__ import annotations

import json

import numpy as np

from streams.records import Records

POOL = 4096
"""Messages that a batch is drawn from; each batch makes its own."""
FLIPPED = 0.002
"""Part of all bytes that become others."""
CUT = 0.02
"""Part of the records that end too early."""
HUGE = 200_000
"""Length of the longest texts; one in a thousand messages holds one."""
NOW_MS = 1_700_000_000_000

_SURROGATE = '{"point": "hall-1/crah-1/\\ud800", "time": 1700000000000, "value": 1}'
_NUMBERS = (
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "-0",
    "1" * 400,
    "0." + "1" * 400,
    "1e-400",
    "0x10",
    "１８",
    "--1",
)
_WRONG = ('"18.4"', "null", "[]", "{}", "true", '"\\u0000"', "[1, 2]")
_TIMES = (
    "0",
    "-1",
    "1e30",
    "9" * 30,
    '"2023-11-14T22:13:20Z"',
    '"yesterday"',
    "null",
    "1700000000",
    "1700000000000000000",
)
_MEASURES = (
    "inlet_air_temperature/top",
    "supply_air_temperature",
    "power",
    "run_status",
    "fan_speed",
    "nonsense",
)


class Hostile:
    """Makes batches of records. ``seed`` decides all of them."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._offset = 0

    def batch(self, count: int) -> Records:
        """The next ``count`` records of partition 0 of the topic ``hostile``."""
        pool = [self._message() for _ in range(POOL)]
        picked = self._random.integers(0, POOL, count).tolist()
        length = np.array([len(pool[i]) for i in picked], np.int64)
        start = np.cumsum(length) - length
        buffer = np.frombuffer(bytearray(b"".join(pool[i] for i in picked)), np.uint8)
        flipped = self._random.integers(0, len(buffer), int(FLIPPED * len(buffer)))
        buffer[flipped] = self._random.integers(0, 256, len(flipped))
        cut = self._random.random(count) < CUT
        length[cut] = self._random.integers(-1, np.maximum(length[cut], 1))
        offset = np.arange(self._offset, self._offset + count, dtype=np.int64)
        self._offset += count
        stamp = np.full(count, NOW_MS * 1_000_000, np.int64)
        return Records("hostile", 0, buffer, start, length, offset, stamp, self._offset)

    def _message(self) -> bytes:
        kinds = [self._sound, self._sound, self._odd_number, self._odd_time, self._junk_id, self._not_json]
        kinds += [self._line, self._telegraf, self._array, self._deep, self._huge]
        weights = np.array([4, 4, 2, 2, 3, 2, 2, 2, 1, 0.2, 0.02])
        return kinds[self._random.choice(len(kinds), p=weights / weights.sum())]()

    def _sound(self) -> bytes:
        return _json(self._point(), str(self._time()), f"{self._random.normal(22.0, 8.0):.2f}")

    def _odd_number(self) -> bytes:
        return _json(self._point(), str(self._time()), self._one_of(_NUMBERS + _WRONG))

    def _odd_time(self) -> bytes:
        return _json(self._point(), self._one_of(_TIMES), "20.5")

    def _junk_id(self) -> bytes:
        number = self._random.integers(0, 1 << 60)
        names = (
            f"hall-{number}/x/power",
            f"hall-1/junk-{number}/power",
            f"a//{number}",
            f"{number}",
            "\u0000/\u0007/power",
        )
        return _json(self._one_of(names), str(self._time()), "1")

    def _not_json(self) -> bytes:
        junk = (b"", b" ", b"{", b"null", b"7", b"[]", b"\x00" * 20, b"\xff\xfe\xfd", _SURROGATE.encode())
        if self._random.random() < 0.5:
            return self._random.bytes(int(self._random.integers(1, 60)))
        return junk[self._random.integers(len(junk))]

    def _line(self) -> bytes:
        ends = (
            f"value=20.5 {self._time()}000000",
            "value=",
            "value=1i,x 5",
            'value="text"',
            "",
            "value=t -1",
            "v=1e400",
        )
        return f"ipmi_sensor,host=rack-{self._random.integers(40)},name=inlet {self._one_of(ends)}".encode()

    def _telegraf(self) -> bytes:
        fields: tuple[object, ...] = ({"value": 20.5}, {}, {"value": None}, {"value": "x"}, [], {"a" * 50: 1})
        document = {
            "name": self._one_of(("ipmi_sensor", "redfish", "", "x" * 300)),
            "tags": {"host": f"rack-{self._random.integers(40)}"},
            "fields": fields[self._random.integers(len(fields))],
            "timestamp": self._time() // 1000,
        }
        return json.dumps({"metrics": [document]} if self._random.random() < 0.3 else document).encode()

    def _array(self) -> bytes:
        parts = [self._sound(), self._odd_number(), b"7", b"null", self._junk_id()]
        return b"[" + b",".join(parts) + b"]"

    def _deep(self) -> bytes:
        return b"[" * int(self._random.integers(100, 5000))

    def _huge(self) -> bytes:
        return _json(
            "x" * HUGE if self._random.random() < 0.5 else self._point(), str(self._time()), "1" * HUGE
        )

    def _point(self) -> str:
        hall, rack = self._random.integers(1, 4), self._random.integers(1, 60)
        return f"hall-{hall}/rack-{rack:02d}/{self._one_of(_MEASURES)}"

    def _time(self) -> int:
        """ms, mostly as the feed goes on; one in fifty somewhere else."""
        steady = NOW_MS + self._offset // 100 + int(self._random.integers(0, 1000))
        return steady if self._random.random() < 0.98 else int(self._random.integers(0, 4 * NOW_MS))

    def _one_of(self, texts: tuple[str, ...]) -> str:
        return texts[self._random.integers(len(texts))]


def _json(point: str, time: str, value: str) -> bytes:
    return f'{{"point": {json.dumps(point)}, "time": {time}, "value": {value}}}'.encode()
