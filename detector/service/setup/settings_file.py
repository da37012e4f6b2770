"""The text of a settings file: every key with its meaning, what is chosen in force, the rest as comments."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from config.reference import default_text, table_of
from config.settings import Settings

Chosen = dict[tuple[str, str], Any]
"""Values by section and key."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HEAD = """\
# Every key has a default, shown here; take away the # to change one. Variables such as
# COOLWATCH_KAFKA__BOOTSTRAP override this file; tokens and passwords come from them, or from the
# files that *_file keys name, never from here.
"""


def settings_text(chosen: Mapping[tuple[str, str], Any], notes: Mapping[str, Sequence[str]]) -> str:
    """Every setting with its meaning; those in ``chosen`` stand, the rest are comments.

    ``notes`` are sentences to put at the head of a section.
    """
    lines = [_HEAD]
    for name, field in Settings.model_fields.items():
        section = table_of(field)
        if section is None:
            lines += [f"# {field.description}", f"# {name} = {default_text(field)}", ""]
            continue
        lines += [
            f"# {field.description}",
            *(f"# {one_line(note)}" for note in notes.get(name, ())),
            f"[{name}]",
        ]
        tables: list[str] = []
        for key, key_field in section.model_fields.items():
            value = chosen.get((name, key))
            if isinstance(value, list | tuple) and value and all(isinstance(each, Mapping) for each in value):
                tables += [line for each in value for line in _table_lines(f"{name}.{key}", each)]
                value = None
            text = default_text(key_field) if value is None else toml_value(value)
            lines += [f"# {key_field.description}", f"{'' if value is not None else '# '}{key} = {text}"]
        lines += ["", *tables]
    return "\n".join(lines)


def one_line(text: str) -> str:
    """A text that can stand in a comment, whatever letters it quotes."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _table_lines(name: str, table: Mapping[str, Any]) -> list[str]:
    return [f"[[{name}]]", *(f"{_key(key)} = {toml_value(value)}" for key, value in table.items()), ""]


def given_settings(config: Path | None) -> Chosen:
    """What a settings file that was read already says; the site file is written anew."""
    if config is None:
        return {}
    sections = tomllib.loads(config.read_text(encoding="utf-8"))
    return {
        (name, key): value
        for name, section in sections.items()
        if isinstance(section, dict)
        for key, value in section.items()
    }


def toml_value(value: Any) -> str:
    """A value in TOML, on one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {toml_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    # JSON leaves DEL as it is, which TOML takes only escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)
