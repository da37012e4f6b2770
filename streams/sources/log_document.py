"""Logs that are JSON over any lines, as `Records`: an array of messages, or one object after the other.

Each object is a record, and each element of an array; of a large object that
holds an array of objects, such as an export with all its samples, each part of
that. The offset of a record is the line at which it begins.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from config.errors import ConfigError
from streams.errors import RejectReason
from streams.messages import Reject
from streams.records import Records
from streams.sources.arrival import UNKNOWN
from streams.sources.log_file import LogFile
from streams.sources.log_kind import goes_on

MOST_HELD = 64 << 20
"""Characters of one object, of which Python's objects take some ten times as many bytes."""
LARGE = 1 << 18
"""An object of more characters is taken apart, if it holds an array of objects."""
AT_ONCE = 1000
"""Records handed over, and elements of an array that stand in one record, at most."""
_BETWEEN = re.compile(r"[\s,]*")

Found = tuple[bytes, int]
"""(a record, the line at which it begins)"""


def document_records(log: LogFile, damaged: list[Reject]) -> Iterator[Records]:
    """The records of a document. Raises ConfigError where one object is too large to be held."""
    records: list[bytes] = []
    lines: list[int] = []
    size = 0
    for record, line in _Document(log, damaged).records():
        records.append(record)
        lines.append(line)
        size += len(record)
        if len(records) == AT_ONCE or size > LARGE:
            yield Records.of(records, log.name, offset=np.array(lines, np.int64), timestamp=UNKNOWN)
            records, lines, size = [], [], 0
    if records:
        yield Records.of(records, log.name, offset=np.array(lines, np.int64), timestamp=UNKNOWN)


class _Document:
    def __init__(self, log: LogFile, damaged: list[Reject]) -> None:
        self._log = log
        self._damaged = damaged
        self._pieces = log.pieces(damaged)
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._json = json.JSONDecoder()
        self._text = ""
        self._at = 0
        self._line = 1
        self._ended = False

    def records(self) -> Iterator[Found]:
        """All records, up to where the text is no JSON."""
        inside = False
        while self._more_than():
            if not inside and self._text[self._at] == "[":
                self._pass(1)
                inside = not self._closes()
                continue
            line = self._line
            value = self._value()
            if value is None:
                inside = False
                break
            end, found = value
            text = self._text[self._at : end]
            self._pass(end - self._at)
            if isinstance(found, dict) and len(text) > LARGE:
                yield from ((part, line) for part in _parts(found))
            else:
                yield _bytes(text), line
            inside = inside and not self._closes()
        if inside:
            self._broken("its array is never closed")
        self._log.read = self._log.size

    def _closes(self) -> bool:
        """Whether the array ends here; its end is passed."""
        if not self._more_than() or self._text[self._at] != "]":
            return False
        self._pass(1)
        return True

    def _value(self) -> tuple[int, Any] | None:
        """(end, value) of what stands next; None, told as damage, where it is no JSON."""
        while True:
            problem = ""
            try:
                value, end = self._json.raw_decode(self._text, self._at)
                if end < len(self._text) or self._ended or isinstance(value, dict | list):
                    return end, value
            except json.JSONDecodeError as error:
                if not goes_on(error):
                    problem = error.msg
                elif self._ended:
                    problem = "it ends in the middle"
            except RecursionError:
                problem = "nested too deeply"
            if problem:
                self._broken(problem)
                return None
            if len(self._text) - self._at > MOST_HELD:
                raise ConfigError(
                    str(self._log.path),
                    "",
                    "is one object of JSON that is too large to be held",
                    "convert it to a message a line, as in: jq -c '.[]' FILE > log.jsonl",
                )
            # Twice as much each time: what is begun anew each time stays in proportion to the whole.
            self._fill(max(len(self._text) - self._at, 1))

    def _broken(self, problem: str) -> None:
        rest = _bytes(self._text[self._at : self._at + 4096])
        line = self._line
        self._log.broken = self._log.broken or f"what stands in line {line} is no JSON: {problem}"
        self._damaged.append(self._log.reject(line, RejectReason.BROKEN_JSON, problem, rest))

    def _more_than(self) -> bool:
        """Pass over what stands between; whether anything follows."""
        while True:
            found = _BETWEEN.match(self._text, self._at)
            self._pass(found.end() - self._at if found else 0)
            if self._at < len(self._text):
                return True
            if self._ended:
                return False
            self._fill(1)

    def _pass(self, count: int) -> None:
        self._line += self._text.count("\n", self._at, self._at + count)
        self._at += count

    def _fill(self, wanted: int) -> None:
        """So many characters more, less what was passed."""
        parts = [self._text[self._at :]]
        self._at = 0
        while wanted > 0 and not self._ended:
            piece = next(self._pieces, None)
            self._ended = piece is None
            parts.append(self._decoder.decode(piece or b"", final=self._ended))
            wanted -= len(parts[-1])
        self._text = "".join(parts)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _parts(item: dict[str, Any]) -> Iterator[bytes]:
    """A large object as several, each with a part of its longest array of objects."""
    arrays = {key: value for key, value in item.items() if isinstance(value, list) and value}
    longest = max(arrays, key=lambda key: len(arrays[key]), default="")
    if not longest or not isinstance(arrays[longest][0], dict):
        yield _bytes(json.dumps(item, ensure_ascii=False))
        return
    for first in range(0, len(arrays[longest]), AT_ONCE):
        part = {**item, longest: arrays[longest][first : first + AT_ONCE]}
        yield _bytes(json.dumps(part, ensure_ascii=False))
