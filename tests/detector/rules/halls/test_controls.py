"""Controls that fail: set points that nobody means, and valves that do not answer."""

from __future__ import annotations

import pytest

from tests.detector.feeding import second_of
from tests.detector.hand_fed import FAULT_AT, Values, healthy, switched_by, told


def test_set_points_that_nobody_can_have_meant_are_a_failed_control() -> None:
    names = [f"hall-1/crah-{n:02d}/supply_air_temperature_setpoint" for n in range(1, 5)]

    def written(values: Values, since: float) -> None:
        for name in values:
            if name in names:
                values[name] += 14.0
            elif name.startswith("hall-1") and "air_temperature" in name:
                values[name] += min(since / 60.0, 14.0)

    incident = told(written, well=lambda: healthy() | dict.fromkeys(names, 20.0))[0]
    assert (incident.fault, incident.root) == ("control_failed", "hall-1")
    assert second_of(incident.warned or 0) - FAULT_AT <= 180.0


@pytest.mark.parametrize("answers", [True, False])
def test_valves_that_stay_where_they_were_while_the_air_gets_warm_are_a_failed_control(answers: bool) -> None:
    """The load has doubled: a rise of its own that nobody would page for."""

    def grows(values: Values, since: float) -> None:
        part = min(max(since - 1200.0, 0.0) / 300.0, 1.0)
        switched_by(values, "rack", "/power", 5.0 * part)
        switched_by(values, "crah", "supply_air_temperature", (1.0 if answers else 3.5) * part)
        switched_by(values, "crah", "return_air_temperature", 5.0 * part)
        for what in ("valve_position", "valve_command"):
            switched_by(values, "crah", what, 20.0 * part * answers)
        switched_by(values, "rack", "/top", 2.5 * part)
        switched_by(values, "rack", "/bottom", 2.5 * part)

    incidents = [i for i in told(grows, lasts_s=2100.0) if i.category == "cooling"]
    assert [(i.fault, i.root) for i in incidents] == [("control_failed", "hall-1")] * (not answers)
