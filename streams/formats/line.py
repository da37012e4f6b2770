"""InfluxDB line protocol in: ``measurement,tag=... field=...,field=... [time in ns]``, a line each."""

from __future__ import annotations

import re

from streams.errors import RejectError, RejectReason
from streams.formats.collector import MOST_THINGS, Collector, TooMuch
from streams.formats.telegraf import OPC_QUALITY, read_fields
from streams.formats.templates import CACHE_SIZE, FieldNames, Templates

_LINE = re.compile(
    r"(?P<head>(?:[^ \\]|\\.)+) +"
    r'(?P<fields>(?:[^ "\\]|\\.|"(?:[^"\\]|\\.)*")+)'
    r"(?: +(?P<time>-?[0-9]{1,20}))? *"
)
_PAIR = re.compile(r"(?P<key>(?:[^,=\\]|\\.)+)=(?P<value>(?:[^,=\\]|\\.)*)(?P<more>,|$)")
_FIELD = re.compile(
    r"(?P<key>(?:[^,=\\]|\\.)+)="
    r'(?:"(?P<text>(?:[^"\\]|\\.)*)"|(?P<bare>[^," ]+))(?P<more>,|$)'
)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:nan|inf|infinity)", re.I)
_ESCAPED = re.compile(r"\\([,= \\])")
_TRUE = frozenset({"t", "T", "true", "True", "TRUE"})
_FALSE = frozenset({"f", "F", "false", "False", "FALSE"})
LONGEST_TIME = 20
"""Digits; ns have 19."""


class LineReader:
    """Reads records of one or more lines. A line without a time has the record's own."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._heads: dict[str, FieldNames] = {}
        """Names of the fields of the metric that a plain head says."""

    def read(self, value: bytes, timestamp: int, into: Collector) -> None:
        """Read a record; comments and blank lines are passed over. Raises RejectError."""
        try:
            text = value.decode()
        except UnicodeDecodeError as error:
            raise RejectError(RejectReason.NOT_TEXT, str(error)) from None
        for raw in text.removeprefix("\ufeff").split("\n"):
            line = raw.strip(" \t\r")
            if line and not line.startswith("#"):
                self._read_line(line, timestamp, into)

    def _read_line(self, line: str, timestamp: int, into: Collector) -> None:
        if self._read_plain(line, into):
            return
        try:
            measurement, tags, fields, time = parse_line(line)
        except RejectError as error:
            into.refuse(error.reason, error.detail)
            return
        if time is None:
            if timestamp < 0:
                into.refuse(RejectReason.MISSING_FIELD, f"{measurement}: no time")
                return
            time = timestamp
        read_fields(self._templates, measurement, tags, fields, time, into)

    def _read_plain(self, line: str, into: Collector) -> bool:
        """Read a line without quotes, escapes or anything odd, as most are; False if it is none."""
        parts = line.split(" ")
        if len(parts) != 3 or not line.isascii() or '"' in line or "\\" in line or "_" in parts[2]:
            return False
        head, pairs, stamp = parts
        if not stamp.isdigit() or len(stamp) > LONGEST_TIME:
            return False
        fields: dict[str, float] = {}
        for pair in pairs.split(","):
            key, _, bare = pair.partition("=")
            if not key or "_" in bare:
                return False
            try:
                fields[key] = float(bare)
            except ValueError:
                return False
        if len(fields) > MOST_THINGS:
            return False
        names = self._heads.get(head)
        if names is None:
            try:
                measurement, tags, _, _ = parse_line(line)
            except RejectError:
                return False
            if len(self._heads) >= CACHE_SIZE:
                self._heads.clear()
            names = self._heads[head] = self._templates.fields(measurement, tags)
        if OPC_QUALITY in fields or any(names[key].told_by for key in fields):
            return False
        time = int(stamp)
        for key, value in fields.items():
            name, unit, _ = names[key]
            into.reading(name, unit, time, value)
        return True


def parse_line(line: str) -> tuple[str, dict[str, str], dict[str, object], int | None]:
    """(measurement, tags, fields, time in ns or None) of a line. Raises RejectError, TooMuch."""
    whole = _LINE.fullmatch(line)
    if whole is None:
        raise RejectError(RejectReason.BROKEN_LINE, line)
    head = whole["head"]
    comma = re.match(r"(?:[^,\\]|\\.)*", head)
    measurement = _plain(comma[0]) if comma else ""
    if not measurement:
        raise RejectError(RejectReason.BROKEN_LINE, line)
    tags = {}
    if comma and comma.end() < len(head):
        for tag in _pieces(_PAIR, head[comma.end() + 1 :], line):
            tags[_plain(tag["key"])] = _plain(tag["value"])
    fields: dict[str, object] = {}
    for field in _pieces(_FIELD, whole["fields"], line):
        fields[_plain(field["key"])] = (
            _bare(field["bare"], line) if field["text"] is None else _plain(field["text"])
        )
    return measurement, tags, fields, None if whole["time"] is None else int(whole["time"])


def _pieces(pattern: re.Pattern[str], text: str, line: str) -> list[re.Match[str]]:
    """Matches of the pattern that follow one another, with commas between, through the whole text.

    Raises RejectError, and TooMuch before it has looked at more than one record may hold.
    """
    pieces: list[re.Match[str]] = []
    at = 0
    while not pieces or pieces[-1]["more"]:
        piece = pattern.match(text, at)
        if piece is None:
            raise RejectError(RejectReason.BROKEN_LINE, line)
        if len(pieces) == MOST_THINGS:
            raise TooMuch
        pieces.append(piece)
        at = piece.end()
    return pieces


def _bare(text: str, line: str) -> bool | float:
    """An unquoted field value: a float, an integer (``1i``, ``1u``) or true/false."""
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    number = text[:-1] if text[-1] in "iu" and text[:-1].lstrip("-").isdigit() else text
    if _NUMBER.fullmatch(number) is None:
        raise RejectError(RejectReason.BROKEN_LINE, line)
    return float(number)


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text
