"""Canonical JSON messages by a full parser: for what the compiled one does not take."""

from __future__ import annotations

import json
import math

import msgspec
import numpy as np

from kernels.rfc3339 import NOT_A_TIME, rfc3339
from streams.errors import RejectError, RejectReason
from streams.formats.collector import FAR_TIME, Collector

MILLISECOND = 1_000_000

_decode = msgspec.json.Decoder().decode


def parse_json(value: bytes) -> object:
    """The JSON document in ``value``. Raises RejectError.

    What msgspec refuses goes to the standard library's parser, which takes
    NaN, Infinity and numbers beyond all doubles: so only the readings that
    hold these are rejected, and by their right name.
    """
    try:
        return _decode(value)
    except RecursionError:
        raise RejectError(RejectReason.BROKEN_JSON, "nested too deeply") from None
    except (msgspec.MsgspecError, ValueError):
        pass
    try:
        return json.loads(value)
    except UnicodeDecodeError as error:
        raise RejectError(RejectReason.NOT_TEXT, str(error)) from None
    except RecursionError:
        raise RejectError(RejectReason.BROKEN_JSON, "nested too deeply") from None
    except ValueError as error:
        raise RejectError(RejectReason.BROKEN_JSON, str(error)) from None


def items_of(document: object) -> list[object]:
    """The messages of a document: itself, or the elements of an array."""
    return document if isinstance(document, list) else [document]


def read_messages(value: bytes, timestamp: int, into: Collector) -> None:
    """Read a record of canonical messages. Raises RejectError where there is no JSON at all."""
    for item in items_of(parse_json(value)):
        read_message(item, into)


def read_message(item: object, into: Collector) -> None:
    """Read one message. Keys beside the four of the format are passed over."""
    if not isinstance(item, dict):
        into.refuse(RejectReason.WRONG_TYPE, f"a message is {type(item).__name__}, not an object")
        return
    missing = [key for key in ("point", "time", "value") if key not in item]
    if missing:
        into.refuse(RejectReason.MISSING_FIELD, f"no {', '.join(missing)}")
        return
    point, unit = item["point"], item.get("unit")
    if not isinstance(point, str) or not (unit is None or isinstance(unit, str)):
        into.refuse(RejectReason.WRONG_TYPE, "point and unit are text")
        return
    try:
        time = time_of(item["time"])
    except RejectError as error:
        into.refuse(error.reason, f"{point}: {error.detail}")
        return
    into.reading(point, unit or "", time, item["value"])


def time_of(time: object) -> int:
    """ns UTC from epoch milliseconds or an RFC 3339 string. Raises RejectError."""
    if isinstance(time, str):
        if not time:
            raise RejectError(RejectReason.EMPTY, "no time")
        text = np.array(bytearray(time.encode("utf-8", "replace")), np.uint8)
        ns = int(rfc3339(text, 0, len(text)))
        if ns == NOT_A_TIME:
            raise RejectError(RejectReason.WRONG_TYPE, f"time {time[:40]!r} is not RFC 3339")
        return ns
    return epoch_time(time, MILLISECOND)


def epoch_time(time: object, unit: int) -> int:
    """ns from a count of ``unit`` ns since the epoch. Raises RejectError.

    The whole part is exact at any size; a time beyond int64 ns becomes one
    that is absurd anyway.
    """
    if time is None:
        raise RejectError(RejectReason.EMPTY, "no time")
    if isinstance(time, bool) or not isinstance(time, int | float):
        raise RejectError(RejectReason.WRONG_TYPE, f"time is {type(time).__name__}")
    if isinstance(time, float):
        if not math.isfinite(time):
            raise RejectError(RejectReason.ABSURD_TIME, f"time is {time}")
        whole = math.floor(time)
        ns = whole * unit + round((time - whole) * unit)
    else:
        ns = time * unit
    return min(max(ns, -FAR_TIME), FAR_TIME)
