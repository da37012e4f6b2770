"""Which columns of a table make a reading's name, and which are its value, whatever their headers say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.streams.played_logs import cells_of, units_of

MINUTES = range(12)


def written(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "header",
    ["Zeit;Punkt;Wert", "Horodatage;Repère;Valeur", "Tid;Punktnavn;Værdi", "when;what;how much"],
)
def test_a_text_that_tells_rows_of_one_time_apart_is_the_name_under_any_header(
    tmp_path: Path, header: str
) -> None:
    rows = [
        f"2025-06-15 08:{m:02}:00;hall-1/crac-{n}/{measure};{value + m / 20}"
        for m in MINUTES
        for n in (1, 2)
        for measure, value in (("supply_air_temperature", 18), ("return_air_temperature", 31))
    ]
    assert cells_of(written(tmp_path / "export.csv", header, rows))[:2] == [
        ("hall-1/crac-1/supply_air_temperature", "2025-06-15T08:00:00Z", 18.0),
        ("hall-1/crac-1/return_air_temperature", "2025-06-15T08:00:00Z", 31.0),
    ]


def test_a_text_that_goes_with_the_name_is_no_value(tmp_path: Path) -> None:
    rows = [
        f"2025-06-15 08:{m:02}:00,NAE-1/FC-1.CRAH-{n}.{short},{short},{value}"
        for m in MINUTES
        for n in (1, 2)
        for short, value in (("SA-T", f"{64 + m / 20:.2f} deg F"), ("SF-S", "On"), ("SF-O", "60 %"))
    ]
    log = written(tmp_path / "trend.csv", "Date / Time,Name Path Reference,Object Name,Object Value", rows)
    assert cells_of(log)[:3] == [
        ("NAE-1/FC-1.CRAH-1.SA-T", "2025-06-15T08:00:00Z", "64.00 deg F"),
        ("NAE-1/FC-1.CRAH-1.SF-S", "2025-06-15T08:00:00Z", "On"),
        ("NAE-1/FC-1.CRAH-1.SF-O", "2025-06-15T08:00:00Z", "60 %"),
    ]


def test_of_least_mean_and_most_the_mean_is_read_and_a_place_is_part_of_the_name(tmp_path: Path) -> None:
    rows = [
        f"2025-06-15 08:{m:02}:00,DC1 > Hall 2,CAB-{n},Inlet Temperature,70.{m},71.{m},72.{m},°F"
        for m in MINUTES
        for n in (1, 2)
    ]
    log = written(tmp_path / "dcim.csv", "Timestamp,Location,Cabinet,Sensor,Min,Avg,Max,UoM", rows)
    assert cells_of(log)[0] == ("DC1 > Hall 2/CAB-1/Inlet Temperature", "2025-06-15T08:00:00Z", 71.0)
    assert set(units_of(log).values()) == {"°F"}


def test_where_the_cells_say_only_which_machine_the_file_says_what_is_measured(tmp_path: Path) -> None:
    rows = [f"2025-06-15 08:{m:02}:00,CRAC {n},{18 + m / 20}" for m in MINUTES for n in (1, 2)]
    log = written(tmp_path / "supply_temp.csv", "time,device,value", rows)
    assert cells_of(log)[0][0] == "supply_temp/CRAC 1"
