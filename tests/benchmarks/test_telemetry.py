"""The benchmarks' load is what they say it is: otherwise their figures mean nothing."""

from __future__ import annotations

import json

from benchmarks.telemetry import HALLS, SITE, Messages, Telemetry
from config.kinds import load_kinds
from config.points import parse_point
from config.settings import Settings
from config.site import Site
from detector.service.engines.pipeline import Pipeline
from streams.messages import Verdict
from streams.records import Records

START_MS = 1_700_000_000_000


def push(engines: Pipeline, payload: list[bytes]) -> list[Verdict]:
    judged = engines.push(Records.of(payload, "t"))
    assert not judged.rejects
    return judged.verdicts


def engines() -> Pipeline:
    return Pipeline(Site.loads(SITE), load_kinds(), Settings.load(None))


def test_three_points_in_ten_are_power_and_plant() -> None:
    names = [parse_point(id) for id in Telemetry().ids]
    inlets = sum(name is not None and name.measure == "inlet_air_temperature" for name in names)
    assert len(names) == len(set(names)) == 2000
    assert 0.65 <= inlets / len(names) <= 0.75


def test_packed_messages_say_the_same() -> None:
    telemetry = Telemetry()
    messages, values = Messages(telemetry), telemetry.values(0)
    single = [json.loads(each) for each in messages.of_second(START_MS, values)]
    assert json.loads(messages.packed(START_MS, values)) == single
    assert [each["value"] for each in single] == values.tolist()


def test_nothing_fires_but_the_rack_that_is_made_to_overheat() -> None:
    telemetry = Telemetry()
    messages, judge = Messages(telemetry), engines()
    incidents = []
    for second in range(900):
        values = telemetry.values(second)
        if second >= 880:
            values[telemetry.ramp_point(3)] = 24.0 + 1.5 * (second - 880)
        for verdict in push(judge, [messages.packed(START_MS + 1000 * second, values)]):
            incidents += verdict.incidents
        assert second >= 880 or not incidents
    assert {each.hall for each in incidents} == {HALLS[3]}
    assert {each.severity for each in incidents} == {"warning", "critical", "emergency"}
