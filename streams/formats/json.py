"""Canonical JSON messages by a full parser: for what the compiled one does not take."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec

from streams.errors import RejectError, RejectReason
from streams.formats.collector import Collector
from streams.formats.times import time_of

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
KEYS = frozenset({"point", "time", "value"})

_decode = msgspec.json.Decoder().decode


def parse_json(value: bytes) -> object:
    """The JSON document in ``value``. Raises RejectError.

    What msgspec refuses goes to the standard library's parser, which takes
    NaN, Infinity and numbers beyond all doubles: so only the readings that
    hold these are rejected, and by their right name. A byte order mark is
    passed over.
    """
    value = value.removeprefix(BYTE_ORDER_MARK)
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


def object_in(text: str) -> dict[str, Any] | None:
    """The object that a text holds as JSON, as bridges pass payloads on; None if it holds none."""
    try:
        found = parse_json(text.encode("utf-8", "replace"))
    except RejectError:
        return None
    return found if isinstance(found, dict) else None


def items_of(document: object) -> list[object]:
    """The messages of a document: itself, or the elements of an array."""
    return document if isinstance(document, list) else [document]


class MessageReader:
    """Reads canonical messages; ``time`` reads their times."""

    def __init__(self, time: Callable[[object], int] = time_of) -> None:
        self._time = time

    def read(self, value: bytes, timestamp: int, into: Collector) -> None:
        """Read a record of messages. Raises RejectError where there is no JSON at all."""
        for item in items_of(parse_json(value)):
            self.read_message(item, into)

    def read_message(self, item: object, into: Collector) -> None:
        """Read one message. Keys beside the four of the format are passed over."""
        if not isinstance(item, dict):
            into.refuse(RejectReason.WRONG_TYPE, f"a message is {type(item).__name__}, not an object")
            return
        if not item.keys() >= KEYS:
            item = {key.lower(): value for key, value in item.items()} | item
            missing = [key for key in ("point", "time", "value") if key not in item]
            if missing:
                into.refuse(RejectReason.MISSING_FIELD, f"no {', '.join(missing)}")
                return
        point, unit = item["point"], item.get("unit")
        if not isinstance(point, str) or not (unit is None or isinstance(unit, str)):
            into.refuse(RejectReason.WRONG_TYPE, "point and unit are text")
            return
        try:
            time = self._time(item["time"])
        except RejectError as error:
            into.refuse(error.reason, f"{point}: {error.detail}", error.remedy)
            return
        into.reading(point, unit or "", time, item["value"])
