"""Names and texts as line protocol wants them.

Format: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/#special-characters
"""

from __future__ import annotations

# A control character would end the line or be refused; it never belongs to a name.
_CONTROL = dict.fromkeys((*range(32), *range(127, 160), 8232, 8233), "_")
# A backslash cannot be escaped in a tag, and one before a comma would swallow it.
_TAG = str.maketrans({**_CONTROL, "\\": "/", ",": "\\,", "=": "\\=", " ": "\\ "})
_TEXT = str.maketrans({**_CONTROL, "\n": " ", "\\": "\\\\", '"': '\\"'})

LONGEST_TEXT = 2000
"""Characters kept of a text field."""


def tag(text: str) -> str:
    """A tag value: commas, blanks and equals signs escaped, backslashes turned into slashes."""
    return text.translate(_TAG)


def text_field(text: str) -> str:
    """A text field with its quotes, cut to `LONGEST_TEXT` characters."""
    return '"' + text[:LONGEST_TEXT].translate(_TEXT) + '"'


def head(measurement: str, tags: dict[str, str]) -> bytes:
    """Measurement and tags, without the tags that are empty (the protocol has no empty tag)."""
    parts = [measurement, *(f"{key}={tag(value)}" for key, value in tags.items() if value)]
    return ",".join(parts).encode("utf-8", "replace")
