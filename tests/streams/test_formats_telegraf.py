"""Telegraf's JSON and line protocol, and the templates that name their points."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from config.errors import ConfigError
from config.kinds import load_kinds
from config.points import parse_point
from config.sections.messages import MessagesSettings
from config.template import Template
from streams.errors import RejectError, RejectReason
from streams.formats.collector import Collector
from streams.formats.line import LineReader, parse_line
from streams.formats.mapping import mapping_of, shipped
from streams.formats.readers import reader_for
from streams.formats.templates import Templates

TIME = 1_700_000_000


def read(value: bytes, timestamp: int = -1, **settings: object) -> Collector:
    found = Collector(unwanted=lambda name: False)
    reader_for(MessagesSettings(**settings))(value, timestamp, found)
    return found


def templates_of(*names: str) -> Templates:
    """Those of these files, and those that always come last."""
    return mapping_of(MessagesSettings(templates=names)).templates


def rows(found: Collector) -> list[tuple[str, str, int, float]]:
    text, columns = found.readings()
    data = text.tobytes()
    return [
        (data[name : name + names].decode(), data[unit : unit + units].decode(), time, value)
        for _, name, names, unit, units, time, value in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]


def metric(**more: object) -> dict[str, object]:
    tags = {"hall": "hall-1", "equipment": "crah-01"}
    return {
        "name": "crah",
        "tags": tags,
        "fields": {"supply_air_temperature": 18.5},
        "timestamp": TIME,
    } | more


SUPPLY = ("hall-1/crah-01/supply_air_temperature", "", TIME * 10**9, 18.5)


@pytest.mark.parametrize("wrap", [lambda m: m, lambda m: [m], lambda m: {"metrics": [m]}])
@pytest.mark.parametrize("format", ["auto", "telegraf"])
def test_one_metric_many_or_a_batch(wrap, format: str) -> None:
    assert rows(read(json.dumps(wrap(metric())).encode(), format=format)) == [SUPPLY]


@pytest.mark.parametrize(("unit", "factor"), [("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)])
def test_the_time_unit_is_a_setting(unit: str, factor: int) -> None:
    assert rows(read(json.dumps(metric(timestamp=TIME * factor)).encode(), time_unit=unit)) == [SUPPLY]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"fields": {}}, RejectReason.EMPTY),
        ({"fields": [1]}, RejectReason.WRONG_TYPE),
        ({"name": 5}, RejectReason.WRONG_TYPE),
        ({"tags": "none"}, RejectReason.WRONG_TYPE),
        ({"timestamp": "now"}, RejectReason.WRONG_TYPE),
        ({"timestamp": None}, RejectReason.EMPTY),
        ({"fields": {"supply_air_temperature": "warm"}}, RejectReason.WRONG_TYPE),
    ],
)
def test_a_bad_metric_is_refused_and_its_neighbour_stands(
    bad: dict[str, object], reason: RejectReason
) -> None:
    found = read(json.dumps([metric(**bad), metric()]).encode())
    assert [one.reason for one in found.refusals] == [reason]
    assert rows(found) == [SUPPLY]


def test_a_metric_that_lacks_something() -> None:
    for key in ("name", "timestamp"):
        lacking = metric()
        del lacking[key]
        assert [one.reason for one in read(json.dumps(lacking).encode()).refusals] == [
            RejectReason.MISSING_FIELD
        ]


def test_metrics_and_messages_may_share_an_array() -> None:
    message = {"point": "h/r/power", "time": TIME * 1000, "value": 2}
    found = read(json.dumps([message, metric()]).encode())
    assert rows(found) == [("h/r/power", "", TIME * 10**9, 2.0), SUPPLY]


def test_fields_that_no_template_wants_are_foreign_names() -> None:
    found = read(json.dumps(metric(tags={"host": "x", "row": "2"}, fields={"a": 1, "b": 2})).encode())
    assert [(row.name, row.value, row.claimed) for row in found.rows()] == [
        ("crah/x/2/a", 1, False),
        ("crah/x/2/b", 2, False),
    ]


# ---- line protocol


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("m f=1", ("m", {}, {"f": 1.0}, None)),
        ("m,a=b f=1.5e3,g=2i,h=3u 17", ("m", {"a": "b"}, {"f": 1500.0, "g": 2.0, "h": 3.0}, 17)),
        ("m f=t,g=TRUE,h=false,i=F -5", ("m", {}, {"f": True, "g": True, "h": False, "i": False}, -5)),
        (
            r"m\ x\,y,a\=1=b\ c\,d f\ 1=1 1",
            ("m x,y", {"a=1": "b c,d"}, {"f 1": 1.0}, 1),
        ),
        (r'm s="a \"b\", c=d e",f=1 1', ("m", {}, {"s": r"a \"b\", c=d e", "f": 1.0}, 1)),
        ("m,tag=C:\\temp f=1", ("m", {"tag": "C:\\temp"}, {"f": 1.0}, None)),
        ("m  f=1   5", ("m", {}, {"f": 1.0}, 5)),
        ("m f=-.5,g=+3.", ("m", {}, {"f": -0.5, "g": 3.0}, None)),
    ],
)
def test_a_line(line: str, expected: object) -> None:
    assert parse_line(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "m",
        "m ",
        "m f",
        "m f=",
        "m =1",
        "m f=1,",
        "m, f=1",
        "m,a f=1",
        "m,a=b, f=1",
        ",a=b f=1",
        "m f=1 noon",
        "m f=1 1 1",
        'm f="open',
        "m f=1_0",
        "m f=1x",
        "m f=i",
        "m f=\u0663",
        "m f=1.5i",
        "m f=1\\",
    ],
)
def test_a_broken_line(line: str) -> None:
    with pytest.raises(RejectError) as error:
        parse_line(line)
    assert error.value.reason == RejectReason.BROKEN_LINE


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\\\n\r", min_codepoint=33), min_size=1)


def escaped(text: str) -> str:
    return "".join("\\" + c if c in ",= " else c for c in text)


@given(
    NAMES.filter(lambda name: not name.startswith("#")),
    st.dictionaries(NAMES, NAMES, max_size=3),
    st.dictionaries(NAMES.filter(lambda name: '"' not in name), st.floats(-1e9, 1e9), min_size=1, max_size=3),
    st.integers(-(2**62), 2**62),
)
@example("a b", {"c,d": "e=f"}, {"g h": 1.0}, 0)
def test_what_is_written_is_read(
    measurement: str, tags: dict[str, str], fields: dict[str, float], time: int
) -> None:
    head = ",".join([escaped(measurement), *(f"{escaped(k)}={escaped(v)}" for k, v in tags.items())])
    body = ",".join(f"{escaped(k)}={v!r}" for k, v in fields.items())
    assert parse_line(f"{head} {body} {time}") == (measurement, tags, fields, time)


@given(st.text(max_size=60))
def test_any_text_is_a_line_or_broken(line: str) -> None:
    try:
        parse_line(line)
    except RejectError as error:
        assert error.reason == RejectReason.BROKEN_LINE


def test_lines_with_comments_blanks_and_no_time() -> None:
    lines = b"# comment\r\n\r\ncrah,hall=h,equipment=e supply_air_temperature=1\r\nbroken\n"
    found = read(lines, timestamp=5)
    assert rows(found) == [("h/e/supply_air_temperature", "", 5, 1.0)]
    assert [one.reason for one in found.refusals] == [RejectReason.BROKEN_LINE]
    assert [one.reason for one in read(lines).refusals] == [
        RejectReason.MISSING_FIELD,
        RejectReason.BROKEN_LINE,
    ]


# ---- templates


def test_every_shipped_template_makes_points_of_kinds_that_are_known() -> None:
    assert {"ipmi_sensor", "points", "redfish"} < set(shipped())
    kinds = load_kinds()
    always = templates_of().all
    for name in ("ipmi_sensor", "redfish"):
        for template in templates_of(name).all:
            if template.point.startswith("{") and template not in always:
                point = parse_point(template.point.replace("{", "").replace("}", "").replace("|", "-"))
                assert point is not None
                assert point.measure in kinds


def test_first_template_whose_tags_are_there_wins() -> None:
    templates = Templates(
        [
            Template(measurement="t*", field="v", tags={"kind": ["in*", "front"]}, point="{a|b}/{c}/x"),
            Template(measurement="T?", field="*", point="all/{measurement}/{field}", unit="degF"),
        ]
    )
    assert templates.named("t1", {"kind": "Inlet", "b": "B", "c": "C/D"}, "v")[:2] == ("B/C-D/x", "")
    assert templates.named("t1", {"kind": "front", "a": "A", "b": "B", "c": "C"}, "v")[:2] == ("A/C/x", "")
    assert templates.named("t1", {"kind": "rear", "a": "A", "c": "C"}, "v")[:2] == ("all/t1/v", "degF")
    assert templates.named("t1", {"kind": "inlet"}, "v")[:2] == ("all/t1/v", "degF")
    assert templates.named("other", {"kind": "inlet"}, "v") is None


def test_a_template_file_of_the_site(tmp_path: Path) -> None:
    file = tmp_path / "bms.toml"
    file.write_text(
        '[[template]]\nmeasurement = "bms"\nfield = "temp"\npoint = "h/{unit}/supply_air_temperature"\n'
    )
    assert rows(read(b"bms,unit=crah-2 temp=55 1", templates=(str(file),))) == [
        ("h/crah-2/supply_air_temperature", "", 1, 55.0)
    ]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("not toml", ""),
        ("", "template"),
        ('[[template]]\nmeasurement = "a"\nfield = "b"\n', "template.0.point"),
        (
            '[[template]]\nmeasurement = "a"\nfield = "b"\npoint = "c"\ncolour = "d"\n',
            "template.0.colour",
        ),
    ],
)
def test_a_wrong_template_file_names_file_and_key(tmp_path: Path, text: str, key: str) -> None:
    file = tmp_path / "bms.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        templates_of(str(file))
    assert (error.value.where, error.value.key) == (str(file), key)
    assert error.value.remedy or not key


def test_a_template_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(ConfigError, match="redfish"):
        templates_of("redfsh")
    with pytest.raises(ConfigError):
        templates_of("nowhere/bms.toml")


PLAIN = st.text('ab1_.-=,+eE i\\"Tt ', max_size=30)


@given(st.one_of(PLAIN, st.builds("{} {} {}".format, PLAIN, PLAIN, st.integers(-5, 10**21))))
@example("m,a=b f=1,f=2 5")
@example("m f=1_0 5")
@example("m f=1i,g=T 5")
@example("m,b=2,b=3 f=nan,g=-.5e3 5")
def test_a_plain_line_is_read_as_any_other(line: str) -> None:
    class Slow(LineReader):
        def _read_plain(self, line: str, into: Collector) -> bool:
            return False

    found = []
    for reader in (LineReader, Slow):
        into = Collector(unwanted=lambda name: False)
        reader(templates_of()).read(line.encode(), 7, into)
        found.append(([row._replace(value=repr(row.value)) for row in into.rows()], into.refusals))
    assert found[0] == found[1]
