"""Text as every database takes it: PostgreSQL has no NUL, and no encoding has half a surrogate pair."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

_UNFIT = re.compile("[\x00\ud800-\udfff]")
_INSTEAD = "\ufffd"

S = TypeVar("S", bound=msgspec.Struct)


def fit(text: str) -> str:
    """The text, with a replacement character for whatever no database takes."""
    return _UNFIT.sub(_INSTEAD, text)


def fit_texts(whole: S) -> S:
    """A struct with every text in it made fit; itself where all of them are, which is nearly always."""
    try:
        if b"\\u0000" not in msgspec.json.encode(whole):
            return whole
    except UnicodeError:
        pass
    return msgspec.convert(_fit(msgspec.to_builtins(whole)), type(whole))


def _fit(value: Any) -> Any:
    if isinstance(value, str):
        return fit(value)
    if isinstance(value, dict):
        return {key: _fit(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_fit(each) for each in value]
    return value
