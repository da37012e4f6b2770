"""Shapes: where the readings sit in a JSON document.

    [[shape]]
    name = "gateway"
    has = ["gw", "samples[].tag"]              # how `auto` knows it: paths that must be there
    records = "samples[]"                      # where the readings sit; outer keys stay visible
    time = "ts"
    value = "val"
    unit = "uom"
    point = "{gw}/{tag}"

Wherever a path stands, ``a|b`` is the first of them that is there; a path is
looked for in the record, then in the objects around it. Keys are compared
without regard to case, ``_``, ``-`` and blanks. What begins with ``=`` is no
path but the text behind it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from config.errors import Mistake
from config.json_path import steps_of
from config.template import placeholders

TimeUnit = Literal["auto", "s", "ms", "us", "ns"]


def _alternatives(value: object) -> object:
    if isinstance(value, str):
        return () if not value else (value,) if value.startswith("=") else tuple(value.split("|"))
    return value


def _checked(paths: tuple[str, ...]) -> tuple[str, ...]:
    for path in paths:
        if not path.startswith("="):
            steps_of(path)
    return paths


Texts = Annotated[tuple[str, ...], BeforeValidator(lambda v: (v,) if v and isinstance(v, str) else v or ())]
"""One text, or a list of them."""
Paths = Annotated[tuple[str, ...], BeforeValidator(_alternatives), AfterValidator(_checked)]
"""The first of these paths that is there; ``a|b`` in one text, or a list."""


class Shape(BaseModel):
    """Where the readings sit in a JSON document, and what they are named by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="what it is told as")
    has: tuple[Paths, ...] = Field(
        (), description="paths that must be there, which is how `auto` knows it; unless said, time and value"
    )
    records: Texts = Field(
        (),
        description="path of the records, or several: `[]` goes through an array, `*` through an object; "
        "unless said, the document itself. Keys of the objects around a record stay visible",
    )
    wraps: bool = Field(
        False, description="true: what stands at `records` is a message of its own, of any format"
    )
    refuse: str = Field("", description="such a document is refused, and this is said")
    time: Paths = Field((), description="path of the time; without one, the Kafka record's own")
    time_unit: TimeUnit = Field("auto", description="what a number counts since 1970; auto tells by its size")
    nanoseconds: Paths = Field((), description="path of the nanoseconds that are to be added to the time")
    value: Paths = Field((), description="path of the value")
    fields: str | None = Field(
        None,
        description='path of an object each key of which is a value; "" is the record itself, less what '
        "other keys use",
    )
    absent: Paths = Field((), description="path that is true where there is no value")
    unit: Paths = Field((), description='path of the unit, or "=degC"')
    quality: Paths = Field((), description='path of the quality, or "=good"')
    measurement: Paths = Field((), description="path of the metric's name; unless said, the shape's")
    tags: Paths = Field(
        (),
        description="paths, all of which count: the keys of an object, the {key, value} of an array, or one "
        "value become tags",
    )
    split: dict[str, str] = Field(
        {}, description='texts that are cut at `/`: { topic = "spBv1.0/{group}/{type}/{node}/{device}" }'
    )
    point: Texts = Field(
        (),
        description="the point's name where no template fits, or several, of which the first counts that can "
        "be filled, and before it one that makes a point's id: `{a|b}` is the first of these keys or paths "
        "that is there, `{a|}` is left out where it is not, `{measurement}` and `{field}` are those",
    )

    @model_validator(mode="after")
    def _one_thing(self) -> Shape:
        for path in (*self.records, *(self.fields or "").split("|")):
            steps_of(path)
        said = [bool(self.value), self.fields is not None, self.wraps, bool(self.refuse)]
        if sum(said) != 1:
            raise Mistake(
                f"shape {self.name!r} has {sum(said)} ends", "set one of value, fields, wraps, refuse"
            )
        if (self.wraps or self.refuse) and not self.has:
            raise Mistake(f"shape {self.name!r} fits everything", "say in `has` what it is known by")
        for pattern in self.point:
            for word in placeholders(pattern):
                steps_of(word)
        return self


def shape_text(shape: Shape) -> dict[str, object]:
    """What a shape says, as a person writes it: paths as ``a|b``, one path as a text."""
    said: dict[str, object] = {}
    for key, value in shape.model_dump(exclude_defaults=True).items():
        if key == "has":
            said[key] = ["|".join(paths) for paths in value]
        elif key in ("records", "tags", "point"):
            said[key] = value[0] if len(value) == 1 else list(value)
        else:
            said[key] = "|".join(value) if isinstance(value, tuple) else value
    return said
