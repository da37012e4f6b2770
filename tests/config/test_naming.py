"""Foreign names to points: what a name, its unit and its values say, and what stays a question."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchmarks.naming import HALVES, figures, judged, truths
from config.kinds import load_kinds
from config.naming.proposals import Proposal, propose
from config.naming.seen_values import SeenValues
from config.naming.sense import SeenName
from config.naming.words import cut
from config.points import parse_point


def between(low: float, high: float, *, digits: int = 1) -> SeenValues:
    return SeenValues.of([round(low + (high - low) * i / 20, digits) for i in range(21)])


def proposed(name: str, values: SeenValues | None = None, unit: str = "") -> Proposal:
    return propose([SeenName(name, unit, values or SeenValues())])[0]


def test_the_half_of_the_names_that_no_rule_was_made_for() -> None:
    assert len(list(truths())) >= 400
    half = figures(judged(), "unseen")
    assert half["right, % of these"] >= 85
    assert half["active and wrong, % of names"] < 2


def test_the_halves_are_told_by_the_name_alone() -> None:
    sizes = [sum(truth.half == half for truth in truths()) for half in HALVES]
    assert min(sizes) > 0.4 * sum(sizes)


@pytest.mark.parametrize(
    ("name", "values", "id", "unit"),
    [
        ("AHU2-SAT", between(13, 15), "ahu-2/supply_air_temperature", ""),
        ("AHU2-SAT (°F)", between(55, 59), "ahu-2/supply_air_temperature", "degF"),
        ("CRAC 1 Ret Air T", between(24, 27), "crac-1/return_air_temperature", ""),
        ("CRAC 1 Ret Air T", between(75, 80), "crac-1/return_air_temperature", "degF"),
        ("Rack_R01C05_InletTemp", between(20, 24), "rack-r01c05/inlet_air_temperature", ""),
        ("coolingUnit7SupplyAirTemp", between(16, 19), "cooling-unit-7/supply_air_temperature", ""),
        ("Room 101 Temperature", between(20, 24), "room-101/room/zone_air_temperature", ""),
        ("CRAC 1 Fan Cmd %", between(50, 80), "crac-1/fan_speed_command", ""),
        ("KM 2 Vorlauftemperatur Kaltwasser", between(7, 9), "km-2/chilled_water_supply_temperature", ""),
        ("CRAH_4.Leaving_Chilled_Water_Temperature", between(15, 18), "crah-4/leaving_water_temperature", ""),
        ("CH4.Leaving_Chilled_Water_Temperature", between(6, 8), "ch-4/chilled_water_supply_temperature", ""),
    ],
)  # fmt: skip
def test_what_a_person_has_no_doubt_of(name: str, values: SeenValues, id: str, unit: str) -> None:
    proposal = proposed(name, values)
    assert proposal.sure, proposal
    assert proposal.id.endswith(id)
    assert (proposal.unit, proposal.scale) == (unit, 1.0)


def test_power_beyond_any_rack_is_in_watts() -> None:
    assert proposed("Rack 3 Power", between(5800, 6200)).unit == "W"
    assert proposed("Rack 3 Power", between(5.8, 6.2)).unit == ""
    assert proposed("Rack 3 kW", between(5.8, 6.2)).id == "hall-1/rack-3/power"


def test_whole_numbers_ten_times_too_high_are_tenths() -> None:
    proposal = proposed("crac7/supplyTemp", SeenValues.of([181.0, 183.0, 190.0]))
    assert (proposal.scale, proposal.unit, proposal.sure) == (0.1, "", True)
    assert proposed("crac7/supplyTemp", SeenValues.of([18.1, 18.3, 19.0])).scale == 1.0


def test_a_kilowatt_is_never_a_temperature() -> None:
    for name in ("CRAC-3 kW", "CRAC-3 [kW]", "CRAC-3 Temp [kW]", "kW"):
        proposal = proposed(name, between(2, 6))
        assert proposal.unit in ("", "kW")
        assert not proposal.id or load_kinds()[proposal.measure].unit == "kW"


@pytest.mark.parametrize(
    "name",
    [
        "CRAC 5 High Temp Limit", "rack_b12.psu1_inlet_temp", "rack_b12.cpu_temp", "CRAC-1 Run Hours",
        "Chiller 1 Oil Temp", "Rack A1 Max Inlet Temp", "PLC1.DB10.AI_07", "CRAC 1 Compressor 2 Status",
        "Temperature", "AHU-1 Return Fan Status",
    ],
)  # fmt: skip
def test_what_is_none_of_the_kinds_is_not_taken(name: str) -> None:
    assert not proposed(name, between(20, 24)).sure
    assert not proposed(name).sure


def test_a_probe_that_reads_an_empty_slot_is_not_taken() -> None:
    for empty in (0.0, -1.0, 85.0):
        proposal = proposed("rack-3/inlet_temp_2", SeenValues.of([empty] * 9))
        assert not proposal.sure
        assert "probe" in proposal.why


def test_two_names_for_one_point_are_never_both_taken() -> None:
    both = propose(
        [SeenName("CRAC 1 Supply Temp", "C", between(15, 18)), SeenName("CRAC1_SAT", "C", between(15, 18))]
    )
    assert sum(proposal.sure for proposal in both) < 2


def test_several_sensors_of_a_machine_get_places() -> None:
    names = [SeenName(f"CRAC 1 Supply Temp {i}", "C", between(15, 18)) for i in (1, 2, 3)]
    names += [SeenName(f"Rack 9 Inlet {place}", "C", between(20, 22)) for place in ("Top", "Bottom")]
    found = propose(names)
    assert all(proposal.sure for proposal in found)
    assert [parse_point(proposal.id).place for proposal in found] == ["1", "2", "3", "top", "bottom"]  # type: ignore[union-attr]


def test_the_others_of_a_site_decide_where_values_fit_two_units() -> None:
    outside = SeenName("OA Temp", "", between(31, 45))
    fahrenheit = [SeenName("AHU1 SAT", "", between(55, 60)), SeenName("AHU1 RAT", "", between(70, 76))]
    celsius = [SeenName("AHU1 SAT", "", between(14, 17)), SeenName("AHU1 RAT", "", between(21, 26))]
    assert propose([outside, *fahrenheit])[0].unit == "degF"
    assert propose([outside, *celsius])[0].unit == ""


def test_halls_come_from_the_names_and_a_guess_is_called_one() -> None:
    assert proposed("NAE01/DH1.CRAH-01.SAT (°F)", between(60, 70)).id.startswith("dh-1/crah-01/")
    assert proposed("dc1/hall-3/crac-09/supply_temp", between(16, 18)).id.startswith("hall-3/crac-09/")
    assert proposed("CRAC 1 Ret Air T", between(24, 27)).hall_is_a_guess
    both = propose(
        [SeenName(f"{hall}/crac-1/supply_temp", "C", between(15, 18)) for hall in ("north", "south")]
    )
    assert [proposal.id.split("/")[0] for proposal in both] == ["north", "south"]
    assert all(proposal.sure for proposal in both)


def test_a_log_of_one_machine_without_a_name() -> None:
    names = [SeenName("supply_temp", "", between(17, 19)), SeenName("return_temp", "", between(28, 31))]
    names += [SeenName("fan_speed", "", between(55, 70)), SeenName("oat", "", between(5, 15))]
    assert [proposal.id for proposal in propose(names) if proposal.sure] == [
        "hall-1/unit-1/supply_air_temperature",
        "hall-1/unit-1/return_air_temperature",
        "hall-1/unit-1/fan_speed",
        "plant/outside/outside_air_temperature",
    ]
    assert not any(proposal.sure for proposal in propose(names[:1]))


def test_every_id_is_one_and_the_order_of_names_decides_nothing() -> None:
    seen = [truth.seen for truth in truths()]
    forth = propose(seen)
    for proposal in forth:
        assert not proposal.id or parse_point(proposal.id) is not None, proposal
    sure = {proposal.id for proposal in forth if proposal.sure}
    assert len(sure) == sum(proposal.sure for proposal in forth)

    def as_told(proposals: Sequence[Proposal]) -> dict[str, tuple[str, str, float, bool]]:
        return {p.name: (p.id, p.unit, p.scale, p.sure) for p in proposals}

    assert as_told(propose(seen[::-1])) == as_told(forth)


@pytest.mark.parametrize(
    ("name", "words", "unit"),
    [
        ("airIRRCUnitStatusSupplyAirTempMetric", "air irrc unit status supply air temp metric", ""),
        ("CHWSTemp (degF)", "chws temp", "degF"),
        ("crac2/supply_temp_x10", "crac 2 supply temp", ""),
        ("1#精密空调送风温度", "1 精密空调 送风 温度", ""),
        ("rack_power_kW", "rack power kw", "kW"),
    ],
)
def test_a_name_is_cut_into_words(name: str, words: str, unit: str) -> None:
    found = cut(name)
    assert " ".join(word.plain for word in found.words) == words
    assert found.unit == unit
