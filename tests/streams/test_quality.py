"""What is said of a value's quality: words, flags and numbers, those of the site too, and what it does."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kinds import load_kinds
from config.sections.messages import MessagesSettings
from config.shape import Shape
from config.site import Site
from config.template import Template
from streams.formats.decoder import Decoder
from streams.formats.quality import knows_quality, quality_of
from tests.streams.messages import records_of

INLET = "hall-1/rack-01/inlet_air_temperature"


@pytest.mark.parametrize(
    ("said", "quality"),
    [
        (None, "good"),
        ("", "good"),
        ("Good", "good"),
        ("{ok}", "good"),
        ("{alarm,unackedAlarm}", "good"),
        ("OK (0x0)", "good"),
        (192, "good"),
        ("192", "good"),
        (216.0, "good"),
        (True, "good"),
        (1, "good"),
        ("Enabled", "good"),
        ("cr", "good"),
        ("Uncertain", "uncertain"),
        (64, "uncertain"),
        ("{overridden}", "uncertain"),
        (0x40920000, "uncertain"),
        ("something new", "uncertain"),
        ([1], "uncertain"),
        ("Bad", "bad"),
        ("{fault,down,stale}", "bad"),
        ("{ok, stale}", "bad"),
        ("{fault down stale}", "bad"),
        ("{disabled}", "bad"),
        ("{null}", "bad"),
        (0, "bad"),
        ("0", "bad"),
        (512, "bad"),
        (False, "bad"),
        (0x80340000, "bad"),
        ("StatusBadNodeIDUnknown (0x80340000)", "bad"),
        ("fault;out-of-service", "bad"),
        ("OUT_OF_SERVICE", "bad"),
        ("Absent", "bad"),
        ("UnavailableOffline", "bad"),
        ("ns", "bad"),
    ],
)
def test_what_is_said_of_a_value(said: object, quality: str) -> None:
    assert quality_of(said) == quality


@given(st.one_of(st.text(max_size=20), st.floats(), st.integers(), st.none(), st.lists(st.none())))
def test_anything_is_a_quality(said: object) -> None:
    assert quality_of(said) in ("good", "uncertain", "bad")


def test_the_words_of_a_site_go_before_those_that_are_known() -> None:
    own = {"stale": "good", "maint": "bad", "32": "bad"}
    assert [quality_of(said, own) for said in ("{stale}", "Maint", 32, "{ok}")] == [
        "good",
        "bad",
        "bad",
        "good",
    ]


def test_which_texts_are_qualities() -> None:
    assert all(map(knows_quality, ("", "{ }", "{ok}", "Good", "192", "{fault,stale}")))
    assert not any(map(knows_quality, ("kitchen", "18.4")))


def decoded(record: object, site: str = "", **settings: object):
    decoder = Decoder(Site.loads(site), load_kinds(), MessagesSettings(**settings))
    found = decoder.decode(records_of([json.dumps(record).encode()]))
    assert found.counts.balanced()
    return found


SHAPE = Shape(name="own", time="t", value="v", quality="q", point="{p}")


def test_a_bad_value_is_a_reading_without_one() -> None:
    for said, absent in (("Good", 0), ("Bad", 1), ("{stale}", 1), (192, 0), (0, 1), (None, 0)):
        record = {"t": 1_700_000_000, "v": 20, "q": said, "p": INLET}
        found = decoded(record, shape=(SHAPE,))
        assert (found.counts.absent, len(found.readings)) == (absent, 1 - absent), said
        assert not found.rejects


def test_a_quality_behind_the_value() -> None:
    for text, absent in (
        ("18.4 {ok}", 0),
        ("18.4 °C {ok}", 0),
        ("18.4 {fault,stale}", 1),
        ("18.4 {down}", 1),
    ):
        found = decoded({"point": INLET, "time": 1_700_000_000_000, "value": text})
        assert (found.counts.absent, found.readings.value.tolist()) == (absent, [] if absent else [18.4]), (
            text
        )


def test_the_site_says_which_words_are_bad_at_a_point() -> None:
    site = '[[point]]\nmatch = "**"\nquality = { "Stale" = "good", "Maint" = "bad" }\n'
    for said, absent in (("Stale", 0), ("Maint", 1)):
        record = {"t": 1_700_000_000, "v": 20, "q": said, "p": INLET}
        assert decoded(record, site, shape=(SHAPE,)).counts.absent == absent


def test_telegraf_says_the_quality_of_opc_ua_in_a_field_of_its_own() -> None:
    template = Template(measurement="opcua", field="temp", point=INLET)
    for said, absent in (("OK (0x0)", 0), ("StatusBadNodeIDUnknown (0x80340000)", 1)):
        metric = {"name": "opcua", "tags": {"id": "ns=2;s=T"}, "fields": {"temp": 20.5, "Quality": said}}
        found = decoded(metric | {"timestamp": 1_700_000_000}, template=(template,))
        assert (found.counts.absent, len(found.readings), found.counts.ignored) == (absent, 1 - absent, 1)


# ---- what templates say of values


def snmp(fields: dict[str, object], *templates: Template, site: str = ""):
    metric = {"name": "inrow", "tags": {"agent_host": "a"}, "fields": fields, "timestamp": 1_700_000_000}
    return decoded(metric, site, template=templates)


TENTHS = Template(measurement="inrow", field="T", point=INLET, unit="degC", scale=0.1)


def test_a_template_says_that_a_value_is_in_tenths() -> None:
    assert snmp({"T": 213}, TENTHS).readings.value.tolist() == [pytest.approx(21.3)]
    assert snmp({"T": "213"}, TENTHS).readings.value.tolist() == [pytest.approx(21.3)]
    assert snmp({"T": "No Data"}, TENTHS).counts.absent == 1
    site = f'[[point]]\nmatch = "{INLET}"\nscale = 0.01\n'
    assert snmp({"T": 213}, TENTHS, site=site).readings.value.tolist() == [pytest.approx(2.13)]


def test_a_template_says_what_states_mean_and_which_qualities_are_bad() -> None:
    run = Template(
        measurement="inrow",
        field="Mode",
        point="hall-1/crac-01/run_status",
        states={"2": 1, "Kuehlen": 1, "*": 0},
        invert=True,
    )
    for mode, value in ((2, 0), (1, 1), ("kuehlen", 0), ("Defrost", 1)):
        assert snmp({"Mode": mode}, run).readings.value.tolist() == [value], mode
    told = Template(measurement="inrow", field="T", point=INLET, quality_from="s", quality={"meh": "bad"})
    for said, absent in (("meh", 1), ("good", 0), ("fault", 1)):
        assert snmp({"T": 20, "s": said}, told).counts.absent == absent, said


def test_shapes_have_the_rules_of_templates_too_and_their_units() -> None:
    record = {"t": 1_700_000_000, "v": 700, "u": "degF", "p": INLET}
    shape = Shape(name="own", time="t", value="v", unit="u", tags=("p",))
    for unit in ("", "degF"):
        template = Template(measurement="own", field="value", point="{p}", scale=0.1, unit=unit)
        found = decoded(record, shape=(shape,), template=(template,))
        assert found.readings.value.tolist() == [pytest.approx(21.111, abs=1e-3)]
