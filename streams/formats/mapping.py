"""What is in force to read by: the shapes of JSON, and the templates that name points.

Both stand in template files, shipped ones or the site's own, and in the
settings. Before what files say goes what the settings say themselves.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from config.errors import ConfigError
from config.explain import config_error
from config.sections.messages import MessagesSettings
from config.shape import Shape
from config.template import Template
from streams.formats.templates import Templates

WIDEST = "own_keys"
"""Of what is shipped, that which takes most kinds of objects, and is tried after all others."""
ALWAYS_LAST = ("points",)
"""Metrics that say themselves which point they are."""


class TemplateFile(BaseModel):
    """A template file, as written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shape: tuple[Shape, ...] = ()
    template: tuple[Template, ...] = ()


class Mapping(NamedTuple):
    """What to read by, in the order in which it is tried."""

    own: tuple[Shape, ...]
    """Shapes of the settings and of the files that they name."""
    shipped: tuple[Shape, ...]
    """Shapes that come with coolwatch, always in force."""
    templates: Templates


def mapping_of(messages: MessagesSettings) -> Mapping:
    """What the settings put in force; their ``templates`` are shipped ones by name, or paths to ``.toml``.

    Raises ConfigError naming file and key.
    """
    named = [_read(name) for name in messages.templates]
    formats = [_read(name) for name in sorted(shipped(), key=WIDEST.__eq__) if name not in messages.templates]
    last = [_read(name) for name in ALWAYS_LAST]
    return Mapping(
        (*messages.shape, *(shape for file in named for shape in file.shape)),
        tuple(shape for file in formats for shape in file.shape),
        Templates(
            [*messages.template, *(template for file in named for template in file.template)],
            [template for file in last for template in file.template],
        ),
    )


def shipped() -> list[str]:
    """The names of the template files that come with coolwatch."""
    folder = files("config").joinpath("templates")
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def _read(name: str) -> TemplateFile:
    where = name if name.endswith(".toml") else f"config/templates/{name}.toml"
    if name.endswith(".toml"):
        try:
            text = Path(name).read_text(encoding="utf-8")
        except OSError as error:
            raise ConfigError(where, "", str(error.strerror), "name a template file that is there") from None
    elif name in shipped():
        text = files("config").joinpath("templates", f"{name}.toml").read_text(encoding="utf-8")
    else:
        known = ", ".join(shipped())
        raise ConfigError(
            "[messages]", "templates", f"no template {name!r}", f"one of {known}, or a path ending in .toml"
        )
    try:
        file = TemplateFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(where, "", f"not TOML: {error}") from None
    except ValidationError as error:
        raise config_error(where, error, TemplateFile) from None
    if not file.shape and not file.template:
        raise ConfigError(
            where, "template", "missing", "a template file has [[template]] or [[shape]] tables"
        )
    return file
