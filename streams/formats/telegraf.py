"""Telegraf's JSON: metrics with name, tags, fields and timestamp, one or many a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from streams.errors import RejectError, RejectReason
from streams.formats.collector import Collector
from streams.formats.json import items_of, parse_json
from streams.formats.templates import Templates

OPC_QUALITY = "Quality"
"""Field in which Telegraf's input `opcua` says how good the others are."""


class TelegrafReader:
    """Reads metrics; ``time`` reads their timestamps (``json_timestamp_units``, ``_format``)."""

    def __init__(self, templates: Templates, time: Callable[[object], int]) -> None:
        self._templates = templates
        self._time = time

    def read(self, value: bytes, timestamp: int, into: Collector) -> None:
        """Read a record: a metric, an array of them, or ``{"metrics": [...]}``. Raises RejectError."""
        for item in items_of(parse_json(value)):
            for metric in metrics_of(item):
                self.read_metric(metric, into)

    def read_metric(self, metric: object, into: Collector) -> None:
        """Read the fields of one metric."""
        if not isinstance(metric, dict):
            into.refuse(RejectReason.WRONG_TYPE, f"a metric is {type(metric).__name__}, not an object")
            return
        missing = [key for key in ("name", "fields", "timestamp") if key not in metric]
        if missing:
            into.refuse(RejectReason.MISSING_FIELD, f"no {', '.join(missing)}")
            return
        name, fields, tags = metric["name"], metric["fields"], metric.get("tags") or {}
        if not (isinstance(name, str) and isinstance(fields, dict) and isinstance(tags, dict)):
            into.refuse(RejectReason.WRONG_TYPE, "name is text, fields and tags are objects")
            return
        if not fields:
            into.refuse(RejectReason.EMPTY, f"{name}: no fields")
            return
        try:
            time = self._time(metric["timestamp"])
        except RejectError as error:
            into.refuse(error.reason, f"{name}: {error.detail}", error.remedy)
            return
        texts = {tag: text if isinstance(text, str) else str(text) for tag, text in tags.items()}
        read_fields(self._templates, name, texts, fields, time, into)


def read_fields(
    templates: Templates,
    measurement: str,
    tags: Mapping[str, str],
    fields: Mapping[str, object],
    time: int,
    into: Collector,
) -> None:
    """The readings of a metric's fields, by the names of the templates; the others by default names."""
    names = templates.fields(measurement, tags)
    of_all = fields.get(OPC_QUALITY)
    if type(of_all) is not str:
        of_all = None
    for field, value in fields.items():
        if field == OPC_QUALITY and of_all is not None:
            into.ignore()
            continue
        name, unit, told_by = names[field]
        quality: object = of_all
        for word in told_by:
            if word in tags or word in fields:
                quality = tags[word] if word in tags else fields[word]
                break
        into.reading(name, unit, time, value, quality)


def is_metric(item: object) -> bool:
    """Whether an element of a JSON record is Telegraf's."""
    return isinstance(item, dict) and "point" not in item and ("metrics" in item or "fields" in item)


def metrics_of(item: object) -> list[object]:
    """The metrics of ``{"metrics": [...]}``, or the one that the item is."""
    if isinstance(item, dict) and isinstance(item.get("metrics"), list):
        return list(item["metrics"])
    return [item]
