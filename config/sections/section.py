"""What all sections of the settings share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic_settings import NoDecode

from config.errors import Mistake
from config.times import format_duration, parse_duration


class Section(BaseModel):
    """One table of coolwatch.toml: frozen, and every key is known.

    Where a section has both ``name`` and ``name_file``, the text of the file
    stands for the value, unless the value itself is given. Fields that may
    hold a secret are left out of ``repr``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _read_files(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        read = dict(data)
        for name in cls.model_fields:
            path = data.get(f"{name}_file")
            if path and f"{name}_file" in cls.model_fields and not data.get(name):
                read[name] = _text_of(f"{name}_file", str(path))
        return read


def _text_of(key: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(
            f"{key} {path!r} cannot be read: {error}", f"make {key} a readable text file"
        ) from error


def between(low: str, high: str) -> AfterValidator:
    """A check that a duration lies within two others."""
    least, most = parse_duration(low), parse_duration(high)

    def check(value: int) -> int:
        if not least <= value <= most:
            problem = f"{format_duration(value)} is out of range"
            remedy = f'from {low} to {high}; write a number and a unit, as in "10s"'
            raise Mistake(problem, remedy)
        return value

    return AfterValidator(check)


def _split(value: object, separator: str | None) -> object:
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise Mistake(f"{value!r} is no list", 'as in ["a", "b"]') from error
    return tuple(part.strip() for part in value.split(separator) if part.strip())


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(lambda value: _split(value, ","))]
"""A list of names; in an environment variable with commas between them."""

Urls = Annotated[tuple[str, ...], NoDecode, BeforeValidator(lambda value: _split(value, None))]
"""A list of URLs; in an environment variable or a file with blanks or line ends between them."""

Columns = Annotated[tuple[str, ...], NoDecode, BeforeValidator(lambda value: _one_or_list(value))]
"""Names of one column or several: text is one name, several are a list (JSON in a variable)."""


def _one_or_list(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.startswith('["'):
        return _split(value, None)
    return (value,) if value else ()
