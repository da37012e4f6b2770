"""The encoding of a log's text: by its byte order mark, else by what its bytes can be."""

from __future__ import annotations

import codecs
import re

from config.sections.log import AUTO

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""UTF-32's before UTF-16's, which are their beginnings."""
LONGEST_MARK = 4
_IN_PAIRS = re.compile(rb"(?:[\x81-\xfe][\x40-\x7e\x80-\xfe]){2,}")
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
"""Letters beyond ASCII, of which a text in another encoding has hardly any (RFC 3629, section 4)."""
STRAY = "coolwatch-cp1252"
"""How bytes that are no UTF-8 are decoded."""
_HIGH = re.compile(rb"[\x80-\xff]")


def marked(head: bytes) -> tuple[str, int]:
    """(encoding, length of the mark) that a byte order mark says; an empty encoding where there is none."""
    return next(((name, len(mark)) for mark, name in _MARKS if head.startswith(mark)), ("", 0))


def encoding_of(head: bytes, wanted: str = AUTO) -> str:
    """The encoding of a text that begins so, or that is ``wanted``: cp1252 for what is not UTF-8."""
    if wanted != AUTO:
        return codecs.lookup(wanted).name
    by_mark, _ = marked(head)
    if by_mark:
        return by_mark
    even, odd = head[::2].count(0), head[1::2].count(0)
    if len(head) >= 8 and max(even, odd) > len(head) // 5 and min(even, odd) < max(even, odd) // 8:
        return "utf-16-le" if odd > even else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        letters = len(_UTF8.findall(head))
        return "utf-8" if 0 < len(_HIGH.findall(_UTF8.sub(b"", head))) <= letters else "cp1252"
    return "utf-8"


def as_utf8(text: bytes) -> bytes:
    """A text in UTF-8, with bytes that are none taken for cp1252, as where files were joined."""
    if text.isascii():
        return text
    try:
        text.decode()
    except UnicodeDecodeError:
        return text.decode("utf-8", STRAY).encode()
    return text


def _stray(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(STRAY, _stray)


def may_be_asian(head: bytes) -> bool:
    """Whether most bytes beyond ASCII stand in runs of pairs, as in GBK, Big5 and Shift JIS."""
    paired = sum(len(run) for run in _IN_PAIRS.findall(head))
    return paired > len(_HIGH.findall(head)) // 2
