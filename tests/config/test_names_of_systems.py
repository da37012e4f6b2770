"""Names as systems and countries write them: what belongs to the name and what to the way that it came."""

from __future__ import annotations

import pytest

from benchmarks.naming import truths
from config.naming.proposals import propose
from config.naming.seen_values import SeenValues
from config.naming.sense import SeenName

WARM = SeenValues.of([20 + i / 10 for i in range(30)])
FAHRENHEIT = SeenValues.of([75 + i / 10 for i in range(30)])
STATES = SeenValues.of([0.0, 1.0] * 10, states=True)
ONE = SeenValues.of([1.0] * 20)
PERCENT = SeenValues.of([50 + i / 10 for i in range(30)])
AMPERES = SeenValues.of([4 + i / 100 for i in range(30)])


@pytest.mark.parametrize(
    ("name", "values", "id"),
    [
        # French, Danish, Swedish, Italian, Spanish
        ("Armoire clim 4 Marche/Arrêt", STATES, "hall-1/armoire-clim-4/run_status"),
        ("Køleunit 2 Indblæsningstemperatur [°C]", WARM, "hall-1/koleunit-2/supply_air_temperature"),
        ("Køleunit 2 Returtemperatur [°C]", WARM, "hall-1/koleunit-2/return_air_temperature"),
        ("Køleunit 2 Driftstatus", STATES, "hall-1/koleunit-2/run_status"),
        ("Rack 3 Indtagstemperatur [°C]", WARM, "hall-1/rack-3/inlet_air_temperature"),
        ("AHU 3 Tilluftstemperatur", WARM, "hall-1/ahu-3/supply_air_temperature"),
        ("Climatizzatore 2 Temp mandata", WARM, "hall-1/climatizzatore-2/supply_air_temperature"),
        ("CRAC 7 Temperatura retorno", WARM, "hall-1/crac-7/return_air_temperature"),
        ("Baie 4 Température allée froide (°C)", WARM, "hall-1/baie-4/inlet_air_temperature"),
        # Desigo's abbreviations
        ("ULK01'ZuL'Tmp'PrVal [°C]", WARM, "hall-1/ulk-01/supply_air_temperature"),
        ("ULK01'AbL'Tmp'PrVal [°C]", WARM, "hall-1/ulk-01/return_air_temperature"),
        ("ULK01'Vnt'Bm", STATES, "hall-1/ulk-01/run_status"),
        ("ULK01'Vtl'Pos [%]", PERCENT, "hall-1/ulk-01/valve_position"),
        ("Rack01'KaltG'Tmp [°C]", WARM, "hall-1/rack-01/inlet_air_temperature"),
        # a historian's short names, with the hall before the machine
        ("DC1.H1.CRAH2.RUN", ONE, "h-1/crah-2/run_status"),
        ("DC1.H1.CRAH2.FanSts", ONE, "h-1/crah-2/run_status"),
        ("H01_RK07_InletTemp", WARM, "h-01/rk-07/inlet_air_temperature"),
        # a unit as one letter, where no word says temperature
        ("rack_3/inlet_c", WARM, "hall-1/rack-3/inlet_air_temperature"),
        ("crac-2/return_f", FAHRENHEIT, "hall-1/crac-2/return_air_temperature"),
        ("R01/amps", AMPERES, "hall-1/r-01/current"),
        # providers, channels and registers
        ("[default]DC1/Hall1/CRAH05/SupplyAirTemp", WARM, "hall-1/crah-05/supply_air_temperature"),
        ("[prov]CRAH05/FanRunning", ONE, "hall-1/crah-05/run_status"),
        ("DefaultSite/CRAH05/ReturnAirTemp", WARM, "hall-1/crah-05/return_air_temperature"),
        ("Channel1.Device1.CRAH06.SupplyAirTemp", WARM, "hall-1/crah-06/supply_air_temperature"),
        ("modbus/crac-01/0/holding_register/UnitOn", ONE, "hall-1/crac-01/run_status"),
        ("modbus/crac-01/0/holding_register/FanSpeed", PERCENT, "hall-1/crac-01/fan_speed"),
        ("modbus/crac-01/0/holding_register/PowerKW", AMPERES, "hall-1/crac-01/power"),
        ("http://crah-1.dc1/api/fan_running", ONE, "hall-1/crah-1/run_status"),
        ("BMS.CRAH01.SupplyAirTemp/v", WARM, "hall-1/crah-01/supply_air_temperature"),
        ("/Site/Hall/CRAC 1/SAT", WARM, "hall-1/crac-1/supply_air_temperature"),
    ],
)  # fmt: skip
def test_what_a_person_has_no_doubt_of(name: str, values: SeenValues, id: str) -> None:
    (proposal,) = propose([SeenName(name, "", values)])
    assert (proposal.sure, proposal.id) == (True, id), proposal


@pytest.mark.parametrize("key", ["q", "quality", "ts", "timestamp", "DataType", "seq"])
def test_what_goes_with_a_value_is_no_point(key: str) -> None:
    for name in ("BMS.CRAH01.Run", "BMS.CRAH01.SupplyAirTemp"):
        assert not propose([SeenName(f"{name}/{key}", "", ONE)])[0].sure


def test_a_provider_is_no_measure() -> None:
    names = [
        SeenName(f"[default]DC1/CRAH0{n}/{what}", "", ONE) for n in (1, 2) for what in ("Unit", "X", "Alive")
    ]
    assert not {proposal.measure for proposal in propose(names)} & {"fault_status", "default", "fault"}


def test_numbers_alone_in_a_path_are_of_machines() -> None:
    measures = (("SupplyAirTemp", WARM), ("ReturnAirTemp", WARM), ("Running", ONE))
    names = [SeenName(f"PLC-Hall1/{n}/{what}", "", values) for n in (1, 2) for what, values in measures]
    found = propose(names)
    assert all(proposal.sure for proposal in found)
    assert {proposal.equipment_id for proposal in found} == {"hall-1/unit-1", "hall-1/unit-2"}
    assert {proposal.type for proposal in found} == {"CRAH"}


def test_every_doubt_has_a_reason_and_of_one_id_one_name_is_active() -> None:
    found = propose([truth.seen for truth in truths()])
    assert not [proposal for proposal in found if not proposal.sure and not proposal.why]
    active = [proposal.id for proposal in found if proposal.sure]
    assert len(active) == len(set(active))


def test_a_temperature_of_which_a_word_is_not_known_is_a_question() -> None:
    (proposal,) = propose([SeenName("Rack 1 Température blorbe (°C)", "", WARM)])
    assert (proposal.sure, "blorbe" in proposal.why) == (False, True)
