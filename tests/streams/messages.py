"""Strategies for canonical messages, and records made by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import strategies as st

from streams.records import Records

NAMES = st.one_of(
    st.sampled_from(
        [
            "hall-1/rack-01/inlet_air_temperature",
            "hall-1/rack-01/inlet_air_temperature/top",
            "hall-1/crah-01/supply_air_temperature",
            "plant-a/chiller-1/power",
            "hall-1/crah-01/fan_speed",
            "AHU_SA_TEMP",
            "label",
        ]
    ),
    st.text(
        st.characters(exclude_characters='\\"', exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12
    ),
)
UNITS = st.sampled_from(["degC", "degF", "°C", "kW", "W", "%", "furlong", ""])
TIMES = st.one_of(
    st.integers(1_600_000_000_000, 1_800_000_000_000).map(str),
    st.integers(0, 9_000_000_000_000).map(str),
    st.datetimes().map(lambda when: f'"{when.isoformat()}Z"'),
    st.datetimes().map(lambda when: f'"{when.isoformat(" ", "milliseconds")}+08:00"'),
)
VALUES = st.one_of(
    st.floats(-50, 150).map(lambda value: f"{value:.2f}"),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(10**20), 10**20).map(str),
    st.sampled_from(
        ["true", "false", "-0", "0.0", "1E5", "1e-7", "123456789012345678.5", "9007199254740993"]
    ),
)
SPACES = st.sampled_from(["", "", "", " ", "\n", "\t ", " \r\n"])


@st.composite
def one_message(draw: st.DrawFn) -> str:
    keys = [
        ('"point"', json.dumps(draw(NAMES), ensure_ascii=False)),
        ('"time"', draw(TIMES)),
        ('"value"', draw(VALUES)),
    ]
    if draw(st.booleans()):
        keys.append(('"unit"', json.dumps(draw(UNITS), ensure_ascii=False)))
    space = draw(SPACES)
    body = f"{space},{space}".join(
        f"{key}{space}:{space}{value}" for key, value in draw(st.permutations(keys))
    )
    return f"{{{space}{body}{space}}}"


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A record in the plainest form: one message, or an array of them."""
    space = draw(SPACES)
    if draw(st.booleans()):
        return f"{space}{draw(one_message())}{space}".encode()
    items = draw(st.lists(one_message(), min_size=1, max_size=4))
    return f"{space}[{space}{f'{space},{space}'.join(items)}{space}]{space}".encode()


@st.composite
def nearly_messages(draw: st.DrawFn) -> bytes:
    """Messages with something about them: other types, more keys, escapes, or a broken spot."""
    anything = st.recursive(
        st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=5)),
        lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner)),
        max_leaves=3,
    )
    item = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "point": st.one_of(NAMES, st.text(max_size=5), anything),
                "time": st.one_of(
                    st.integers(0, 2 * 10**12), st.sampled_from(["2024-01-01T00:00:00Z"]), anything
                ),
                "value": st.one_of(st.floats(-50, 150), anything),
                "unit": st.one_of(UNITS, anything),
                "more": anything,
            },
        )
    )
    many = draw(st.booleans())
    text = json.dumps([item, draw(anything)] if many else item, ensure_ascii=draw(st.booleans()))
    data = text.encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 3)) == 0:
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.binary(max_size=2)) + data[at + draw(st.integers(0, 2)) :]
    return data


def records_of(
    values: Sequence[bytes | None], topic: str = "telemetry", first: int = 0, timestamp: int = -1
) -> Records:
    return Records.of(values, topic, partition=3, offset=first, timestamp=timestamp)
