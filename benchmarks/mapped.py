"""Messages of every format that shapes and templates map to points, 2,000 points each."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from datetime import UTC, datetime

BATCH = 5_000
"""Records of a format; of those that hold several readings, as many readings or some more."""
RACKS = 500
SECOND = 1_700_000_000
MEASURES = ("inlet_air_temperature", "outlet_air_temperature", "power", "fan_speed")
FRAME = b"\0" + struct.pack(">I", 17)


def mapped_messages() -> dict[str, list[bytes]]:
    """The records of each format, by its name."""
    return {name: [make(i) for i in range(BATCH // many)] for name, (many, make) in FORMATS.items()}


def _rack(i: int) -> str:
    return f"rack-{i % RACKS:03d}"


def _id(i: int) -> str:
    return f"hall-1/{_rack(i)}/{MEASURES[i // RACKS % 4]}"


def _value(i: int) -> float:
    return 18 + i % 97 / 10


def _own(i: int) -> object:
    return {"sensorId": _id(i), "ts": (SECOND + i) * 1000, "val": _value(i), "quality": "GOOD"}


def _prometheus(i: int) -> object:
    labels = {"__name__": "rack", "job": "snmp", "hall": "hall-1", "equipment": _rack(i)}
    time = datetime.fromtimestamp(SECOND + i // 40, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    labels["measure"] = MEASURES[i // RACKS % 4]
    return {"timestamp": time, "value": str(_value(i)), "name": "rack", "labels": labels}


def _telegraf(i: int) -> object:
    fields = {measure: _value(i) for measure in MEASURES}
    tags = {"hall": "hall-1", "equipment": _rack(i), "host": "gw"}
    return {"name": "rack", "tags": tags, "fields": fields, "timestamp": SECOND + i}


def _line(i: int) -> bytes:
    fields = ",".join(f"{measure}={_value(i)}" for measure in MEASURES)
    return f"rack,hall=hall-1,equipment={_rack(i)},host=gw {fields} {SECOND + i}000000000".encode()


def _attributes(**texts: str) -> list[object]:
    return [{"key": key, "value": {"stringValue": text}} for key, text in texts.items()]


def _otlp(i: int) -> object:
    time = str((SECOND + i) * 10**9)
    metrics = [
        {
            "name": f"hw.{measure}",
            "unit": "",
            "gauge": {
                "dataPoints": [
                    {
                        "attributes": _attributes(equipment=_rack(i * 5 + k), measure=measure),
                        "timeUnixNano": time,
                        "asDouble": _value(i + k),
                    }
                    for k in range(5)
                ]
            },
        }
        for measure in MEASURES
    ]
    scope = {"scope": {"name": "bms"}, "metrics": metrics}
    return {
        "resourceMetrics": [{"resource": {"attributes": _attributes(hall="hall-1")}, "scopeMetrics": [scope]}]
    }


def _edgex(i: int) -> object:
    named = {"deviceName": f"hall-1/{_rack(i)}", "profileName": "RACK"}
    origin = (SECOND + i) * 10**9
    readings = [
        {
            "id": "8f2b",
            "origin": origin,
            **named,
            "resourceName": measure,
            "valueType": "Float32",
            "value": f"{_value(i):e}",
        }
        for measure in MEASURES
    ]
    return {"apiVersion": "v3", "id": "5b1c", **named, "origin": origin, "readings": readings}


def _zabbix(i: int) -> object:
    host = {"host": f"hall-1/{_rack(i)}", "name": "A rack"}
    tags = [{"tag": "component", "value": "air"}]
    item = {"itemid": 40_000 + i % 2000, "name": MEASURES[i // RACKS % 4]}
    time = {"clock": SECOND + i, "ns": 500_000_000}
    return {
        "host": host,
        "groups": ["Racks"],
        "item_tags": tags,
        **item,
        **time,
        "value": _value(i),
        "type": 0,
    }


def _sparkplug(i: int) -> object:
    time = (SECOND + i) * 1000
    metrics = [
        {
            "name": f"hall-1/{_rack(i)}/{measure}",
            "timestamp": time,
            "dataType": "Float",
            "value": _value(i),
        }
        for measure in MEASURES
    ]
    return {"timestamp": time, "metrics": metrics, "seq": i % 256}


def _connect(i: int) -> object:
    fields = [{"type": "string", "field": "sensorId"}, {"type": "int64", "field": "ts"}]
    fields.append({"type": "double", "field": "val"})
    return {"schema": {"type": "struct", "optional": False, "fields": fields}, "payload": _own(i)}


def _framed(i: int) -> bytes:
    message = {"point": _id(i), "time": (SECOND + i) * 1000, "value": _value(i)}
    return FRAME + json.dumps(message, separators=(",", ":")).encode()


def _wide(i: int) -> object:
    values = {measure: _value(i) for measure in MEASURES}
    return {"ts": (SECOND + i) * 1000, "device": f"hall-1/{_rack(i)}", **values}


def _written(make: Callable[[int], object]) -> Callable[[int], bytes]:
    return lambda i: json.dumps(make(i), separators=(",", ":")).encode()


FORMATS: dict[str, tuple[int, Callable[[int], bytes]]] = {
    "own_keys": (1, _written(_own)),
    "wide": (4, _written(_wide)),
    "prometheus": (1, _written(_prometheus)),
    "otlp": (20, _written(_otlp)),
    "edgex": (4, _written(_edgex)),
    "zabbix": (1, _written(_zabbix)),
    "sparkplug": (4, _written(_sparkplug)),
    "kafka_connect": (1, _written(_connect)),
    "framed": (1, _framed),
    "telegraf": (4, _written(_telegraf)),
    "line": (4, _line),
}
"""How many readings a record holds, and what makes it."""
