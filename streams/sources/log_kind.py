"""What a recorded log is: told from what stands in it; the ending of its name is a hint."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Sequence
from enum import StrEnum
from itertools import islice

from config.errors import ConfigError
from config.sections.log import LogSettings
from streams.sources.log_encoding import encoding_of
from streams.sources.sniff_dialect import even_rows

HEAD = 1 << 16
"""Bytes from the start, unpacked, from which it is told."""
LINES = (".jsonl", ".json", ".ndjson", ".log", ".txt", ".lp")
TABLES = (".csv", ".tsv")
KNOWN = (*LINES, *TABLES, ".parquet")
ENDINGS = " ".join(KNOWN)
"""Endings that are a hint, for people."""
_LOOKED_AT = 60
"""Lines that are looked at."""
_POINT = re.compile(r"[^\s,]+(?:,[^\s=,]+=[^\s,]+)* [^\s=]+=\S+(?: \S+=\S+)*(?: -?\d+)?")
"""A line of InfluxDB's line protocol, roughly."""

_SHEET = ("is a spreadsheet, which is not read", "save each sheet as CSV (in Excel: CSV UTF-8) and give that")
_PACKED = ("is packed in a way that is not read", "unpack it; .gz and .zip are")
_DATABASE = (
    "is an SQLite database, which is not read",
    "export its table: sqlite3 -csv -header FILE 'select * from TABLE' > log.csv",
)
_PDF = ("is a PDF document, which is not read", "export the trend as CSV where it was printed")
_OTHERS: tuple[tuple[bytes, tuple[str, str]], ...] = (
    (b"SQLite format 3\0", _DATABASE),
    (b"%PDF-", _PDF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _SHEET),
    (b"BZh", _PACKED),
    (b"7z\xbc\xaf\x27\x1c", _PACKED),
    (b"Rar!\x1a\x07", _PACKED),
    (b"\xfd7zXZ\0", _PACKED),
    (b"\x28\xb5\x2f\xfd", _PACKED),
)
"""How files begin that are no logs (their formats' documentation), what they are, and what to do."""
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OF_A_SHEET = (b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis", b"xl/workbook", b"_rels/.rels")
_BY_NAME = {
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".ods"), _SHEET),
    **dict.fromkeys((".tar", ".tgz", ".7z", ".rar", ".bz2", ".xz", ".zst"), _PACKED),
}


class Kind(StrEnum):
    """How a log is read."""

    LINES = "lines"
    """A message a line."""
    DOCUMENT = "document"
    """JSON over any lines: an array of messages, or one object after the other."""
    TABLE = "table"
    PARQUET = "parquet"
    ZIP = "zip"


def kind_of(head: bytes, suffix: str, where: str) -> Kind:
    """The kind of a log that begins so. ``suffix``: the ending of its name, lower case, without ``.gz``.

    Raises ConfigError for what is no log, with what it is and what to do.
    """
    if head.startswith(_ZIP) and not any(mark in head for mark in _OF_A_SHEET):
        return Kind.ZIP
    if head.startswith(b"PAR1"):
        return Kind.PARQUET
    other = (
        _SHEET
        if head.startswith(_ZIP)
        else next((is_ for mark, is_ in _OTHERS if head.startswith(mark)), None)
    )
    if head[257:262] == b"ustar":
        other = _PACKED
    if other is not None:
        raise ConfigError(where, "", *other)
    if suffix == ".parquet":
        return Kind.PARQUET
    text = codecs.getincrementaldecoder(encoding_of(head))("replace").decode(head).lstrip("\ufeff")
    return _kind_of_text(text, len(head) < HEAD, suffix, where)


def _kind_of_text(text: str, whole: bool, suffix: str, where: str) -> Kind:
    lines = text.splitlines()
    if not whole and len(lines) > 1:
        lines.pop()
    filled = list(islice((line for line in lines if line.strip()), _LOOKED_AT))
    if text.lstrip().startswith(("{", "[")):
        if sum(map(_is_json, filled)) * 2 >= len(filled):
            return Kind.LINES
        if begins_json(text, whole):
            return Kind.DOCUMENT
    if suffix in TABLES:
        return Kind.TABLE
    if _is_table(filled):
        return Kind.TABLE
    if suffix in LINES or sum(_POINT.fullmatch(line) is not None for line in filled) * 2 > len(filled):
        return Kind.LINES
    problem = "holds neither messages nor a table" if filled else "is empty"
    remedy = f"see that it is the right file; logs end in one of {ENDINGS}"
    raise ConfigError(where, "", *_BY_NAME.get(suffix, (problem, remedy)))


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict | list)
    except (ValueError, RecursionError):
        return False


def begins_json(text: str, whole: bool) -> bool:
    """Whether a text begins with an object or array of JSON; if it is no ``whole`` line, it may go on."""
    try:
        json.JSONDecoder().raw_decode(text.lstrip())
    except json.JSONDecodeError as error:
        return goes_on(error) and not (whole and "\n" not in text.strip())
    except RecursionError:
        return False
    return True


def goes_on(error: json.JSONDecodeError) -> bool:
    """Whether a text that is no JSON may become some when more of it is at hand."""
    return error.msg.startswith("Unterminated string") or error.pos >= len(error.doc.rstrip()) - 8


def _is_table(lines: Sequence[str]) -> bool:
    """Whether lines are rows of a table: cut evenly by a separator, with a time, and of no other kind."""
    others = sum('{"' in line or _POINT.fullmatch(line) is not None for line in lines)
    return len(lines) > 1 and others * 2 <= len(lines) and even_rows(lines, LogSettings())
