"""Which sensors of servers the shipped templates take for the air of their rack."""

from __future__ import annotations

import json

import pytest

from config.kinds import load_kinds
from config.sections.messages import MessagesSettings
from config.site import Site
from streams.formats.decoder import Decoder
from tests.streams.messages import records_of

IN, OUT, POWER = (f"hall-1/rack-01/{measure}/srv" for measure in (
    "inlet_air_temperature", "outlet_air_temperature", "power",
))  # fmt: skip


def points(*metrics: dict[str, object]) -> tuple[list[str], int]:
    """The points that are read of metrics, and how many readings have no value."""
    decoder = Decoder(Site.empty(), load_kinds(), MessagesSettings())
    whole = [{"timestamp": 1_700_000_000} | metric for metric in metrics]
    found = decoder.decode(records_of([json.dumps(metric).encode() for metric in whole]))
    assert not found.rejects
    return [decoder.directory.ids[point] for point in found.readings.point], found.counts.absent


def redfish(name: str, value: float = 21, **tags: str) -> dict[str, object]:
    place = {"hall": "hall-1", "rack": "rack-01", "source": "srv", "name": name}
    return {
        "name": "redfish_thermal_temperatures",
        "tags": place | tags,
        "fields": {"reading_celsius": value},
    }


def ipmi(name: str, value: float = 21, unit: str = "degrees_c", **tags: str) -> dict[str, object]:
    place = {"hall": "hall-1", "rack": "rack-01", "server": "srv", "unit": unit}
    tags = {"name": name.lower().replace(" ", "_")} | tags
    return {"name": "ipmi_sensor", "tags": place | tags, "fields": {"value": value}}


INLETS = [
    "System Board Inlet Temp",
    "Inlet Temp",
    "Inlet_Temp",
    "01-Inlet Ambient",
    "Ambient Temp",
    "Ambient",
    "Front Panel Temp",
    "FP_TEMP_SENSOR",
    "Chassis Intake Temp",
    "System Inlet Temp",
    "Intake Air Temp",
]
OTHERS = [
    "PSU1 Inlet Temp",
    "PSU 2 Inlet",
    "PS1 Inlet Temp",
    "Power Supply 1 Inlet",
    "DIMM Inlet Temp",
    "P1 DIMM 1-6 Ambient",
    "Memory Inlet",
    "24-PCI Front Zone",
    "PCIe Inlet Temp",
    "PCI 1 Zone",
    "Riser 1 Inlet",
    "OCP Inlet Temp",
    "NVMe Intake",
    "CPU1 Inlet Temp",
    "GPU Inlet",
    "VR P1 Ambient",
    "HD Max Front",
    "LOM Ambient",
    "BMC Ambient",
    "Water Inlet Temp",
    "Inlet Water Temp",
    "Coolant Inlet Temp",
    "CPU1 Temp",
    "Mezz Inlet Temp",
    "Cage 2 Ambient",
    "Retimer Inlet",
    "HSBP Ambient",
    "Manifold Inlet",
]


@pytest.mark.parametrize("make", [redfish, ipmi])
def test_only_the_intake_of_the_chassis_is_the_inlet_of_the_rack(make) -> None:
    for name in INLETS:
        assert points(make(name)) == ([IN], 0), name
    for name in OTHERS:
        assert points(make(name)) == ([], 0), name


@pytest.mark.parametrize("make", [redfish, ipmi])
def test_only_the_exhaust_of_the_chassis_is_the_outlet_of_the_rack(make) -> None:
    for name in ("System Board Exhaust Temp", "Outlet Temp", "Exhaust_Temp"):
        assert points(make(name)) == ([OUT], 0), name
    for name in ("PSU1 Outlet Temp", "Water Outlet Temp", "GPU Exhaust", "Mezz Outlet Temp"):
        assert points(make(name)) == ([], 0), name


def test_a_sensor_that_is_absent_reads_nothing() -> None:
    assert points(redfish("Inlet Temp", 0, state="Absent")) == ([], 1)
    assert points(redfish("Inlet Temp", 0, state="UnavailableOffline")) == ([], 1)
    assert points(redfish("Inlet Temp", 21, state="Enabled")) == ([IN], 0)
    assert points(ipmi("Inlet Temp", 0, status_code="ns")) == ([], 1)
    assert points(ipmi("Inlet Temp", 41, status_code="cr")) == ([IN], 0), "a crossed threshold is a reading"


def test_watts_are_power_and_those_of_parts_are_not_the_servers() -> None:
    control = {
        "name": "redfish_power_powercontrol",
        "tags": {"hall": "hall-1", "rack": "rack-01", "source": "srv"},
        "fields": {"power_consumed_watts": 6382.0},
    }
    decoder = Decoder(Site.empty(), load_kinds(), MessagesSettings())
    found = decoder.decode(records_of([json.dumps(control | {"timestamp": 1_700_000_000}).encode()]))
    assert found.readings.value.tolist() == [pytest.approx(6.382)]
    assert points(ipmi("Pwr Consumption", 310, "watts")) == ([POWER], 0)
    assert points(ipmi("PSU1 Power Consumption", 110, "watts")) == ([], 0)
    assert points(ipmi("CPU Power Consumption", 110, "watts")) == ([], 0)
