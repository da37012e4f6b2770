"""Writes docs/settings.md out of the settings, the site model and the kinds.

python -m config.reference > docs/settings.md
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from config.kinds import Kind, load_kinds
from config.sections.kafka import parse_start
from config.settings import Settings, variable
from config.site_file import SiteFile
from config.times import format_duration, parse_duration

Row = tuple[str, ...]

HEAD = """\
# Settings, site file and kinds

Written by `python -m config.reference > docs/settings.md`; do not edit it by hand.
"""

SETTINGS = """\
## coolwatch.toml

Every key has a default. An environment variable overrides the file: `{example}` is
`bootstrap` of `[kafka]`. Lists in a variable have commas between their items (blanks between URLs).
Durations are a number and a unit: `500ms`, `10s`, `24h`, `1h30m`. Tokens and passwords are read from
the environment or from the files that the `_file` keys name, never from this file.
"""

SITE = """\
## site.toml

Everything is optional, and so is the file. `[[...]]` tables may stand any number of times; a later one with
the same name or id, or a later `[[limit]]` or `[[point]]` that matches the same, overrides earlier ones key
by key. In a pattern `*` stays within `/`, `**` crosses it, `[1-4]` is one of a class, and `/**` at the end
stands for nothing too. Limits are in the unit of their kind.
"""

KINDS = """\
## Kinds

The measure in a point's id is one of these names or aliases. Readings outside the plausible range, or
changing faster than the rate, are taken for a fault of the sensor.
"""


def document() -> str:
    """The whole page, Markdown."""
    parts = [HEAD, SETTINGS.format(example=variable(("kafka", "bootstrap"))), *_settings()]
    parts += [SITE, *_site(), KINDS, _kinds()]
    return "\n".join(parts)


def _settings() -> Iterator[str]:
    own = {n: f for n, f in Settings.model_fields.items() if table_of(f) is None}
    yield table(("key", "default", "meaning"), [_setting(n, f) for n, f in own.items()])
    for name, field in Settings.model_fields.items():
        section = table_of(field)
        if section is not None:
            yield f"### [{name}]\n\n{_sentence(field.description)}\n"
            rows = [_setting(n, f) for n, f in section.model_fields.items()]
            yield table(("key", "default", "meaning"), rows)
            for key, inner in section.model_fields.items():
                entry = table_of(inner)
                if entry is not None:
                    yield _entry(f"[[{name}.{key}]]", entry)


def _setting(name: str, field: FieldInfo) -> Row:
    return (f"`{name}`", f"`{default_text(field)}`", field.description or "")


def _site() -> Iterator[str]:
    for name, field in SiteFile.model_fields.items():
        entry = table_of(field)
        if entry is None:
            continue
        single = field.annotation is entry
        yield _entry(f"[{name}]" if single else f"[[{name}]]", entry)


def _entry(title: str, entry: type[BaseModel]) -> str:
    rows = [
        (f"`{key}`", "required" if field.is_required() else "", field.description or "")
        for key, field in entry.model_fields.items()
    ]
    return f"### {title}\n\n{_sentence(entry.__doc__)}\n\n" + table(("key", "", "meaning"), rows)


def _kinds() -> str:
    kinds = load_kinds()
    rows = [_kind(kind) for name, kind in kinds.items() if name == kind.name]
    return table(("measure", "unit", "plausible range", "rate, unit/s", "role", "aliases"), rows)


def _kind(kind: Kind) -> Row:
    rate = f"{kind.max_rate:g}" if math.isfinite(kind.max_rate) else "steps"
    bounds = f"{kind.low:g} to {kind.high:g}" if math.isfinite(kind.low) else "any"
    aliases = ", ".join(f"`{alias}`" for alias in kind.aliases)
    return (f"`{kind.name}`", kind.unit, bounds, rate, f"`{kind.role}`", aliases)


def default_text(field: FieldInfo) -> str:
    """A default as it would stand in TOML."""
    value = field.get_default(call_default_factory=True)
    if isinstance(value, int) and not isinstance(value, bool) and _is_duration(field):
        return f'"{format_duration(value)}"'
    return _toml(value)


def _is_duration(field: FieldInfo) -> bool:
    readers = [m.func for m in field.metadata if isinstance(m, BeforeValidator)]
    return parse_duration in readers or parse_start in readers


def _toml(value: Any) -> str:
    if isinstance(value, Path):
        value = str(value)
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def table_of(field: FieldInfo) -> type[BaseModel] | None:
    """The model behind a field that is a table or a list of tables, else None."""
    for candidate in (field.annotation, *get_args(field.annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _sentence(text: str | None) -> str:
    words = " ".join((text or "").split())
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith('.') else '.'}" if words else ""


def table(head: Row, rows: Sequence[Row]) -> str:
    """A table in Markdown, with an empty line after it; ``|`` in a cell is escaped."""

    def line(cells: Row) -> str:
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

    return "\n".join([line(head), line(("---",) * len(head)), *map(line, rows), ""])


if __name__ == "__main__":
    print(document(), end="")
