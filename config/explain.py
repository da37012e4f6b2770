"""From pydantic's findings to one ConfigError that a person can act on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from config.errors import ConfigError
from config.suggest import suggestion

Location = tuple[int | str, ...]


def dotted(location: Location) -> str:
    """Where a key stands, as it is told to people: ``kafka.topics.0``."""
    return ".".join(str(part) for part in location)


def config_error(
    where: str | Callable[[Location], str],
    error: ValidationError,
    model: type[BaseModel],
    key: Callable[[Location], str] = dotted,
) -> ConfigError:
    """The first finding in full; the others are named in the remedy.

    ``where`` names the file, or tells it by the finding's location; ``key`` writes a location.
    """
    findings = error.errors()
    first = findings[0]
    location = _own_location(first["loc"], model)
    problem, remedy = _problem(first, location, model)
    others = [key(_own_location(finding["loc"], model)) for finding in findings[1:]]
    if others:
        also = f"also wrong: {', '.join(dict.fromkeys(others))}"
        remedy = f"{remedy}; {also}" if remedy else also
    return ConfigError(where if isinstance(where, str) else where(location), key(location), problem, remedy)


def _problem(finding: Any, location: Location, model: type[BaseModel]) -> tuple[str, str]:
    kind, given = finding["type"], finding["input"]
    meaning = _description(model, location)
    if kind == "extra_forbidden":
        parent = _model_at(model, location[:-1])
        names = [_spelling(parent, name) for name in parent.model_fields] if parent else []
        return "unknown key", suggestion(str(location[-1]), names)
    if kind == "missing":
        return "missing", meaning
    if kind == "value_error":
        cause = finding["ctx"]["error"]
        return str(cause), getattr(cause, "remedy", "") or meaning
    if kind in ("list_type", "tuple_type") and isinstance(given, dict):
        return "is a single table", f"write it as [[{location[-1]}]], once for each"
    if kind == "model_type":
        return f"{given!r} is no table", f"write it as [{location[-1]}]"
    if kind == "literal_error":
        expected = finding["ctx"]["expected"]
        return f"{given!r} is not one of {expected}", meaning
    sentence = finding["msg"]
    return f"{given!r} does not fit: {sentence[0].lower()}{sentence[1:]}", meaning


def _spelling(model: type[BaseModel], name: str) -> str:
    return model.model_fields[name].alias or name


def _own_location(location: Location, model: type[BaseModel]) -> Location:
    """Without the names that pydantic adds for the branches of a union."""
    own: list[int | str] = []
    at: type[BaseModel] | None = model
    for part in location:
        if isinstance(part, int):
            own.append(part)
        elif at is not None:
            own.append(part)
            at = _model_at(at, (part,))
    return tuple(own)


def _model_at(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    at: type[BaseModel] | None = model
    for part in location:
        if isinstance(part, int) or at is None:
            continue
        field = next((f for n, f in at.model_fields.items() if part in (n, f.alias)), None)
        at = _inner_model(field.annotation) if field is not None else None
    return at


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for m in map(_inner_model, get_args(annotation)) if m is not None), None)


def _description(model: type[BaseModel], location: Location) -> str:
    named = [part for part in location if isinstance(part, str)]
    parent = _model_at(model, tuple(named[:-1])) if named else None
    field = parent.model_fields.get(named[-1]) if parent is not None else None
    return field.description or "" if field is not None else ""
