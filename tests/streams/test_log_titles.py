"""What of a file's name is a part of its points' names: no date, no time of day, no running number."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.sources.log_titles import is_date, undated
from tests.streams.played_logs import cells_of


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("CRAC11_2025-06-15", "CRAC11"),
        ("CRAC11-20250615", "CRAC11"),
        ("20250615_1200_CRAC11", "CRAC11"),
        ("CRAC 11 15.06.2025", "CRAC 11"),
        ("CRAC11_2025-06-15T12-30-00Z", "CRAC11"),
        ("2025-06-15_2025-06-16_CRAC11", "CRAC11"),
        ("CRAC11 (2025-06)", "CRAC11"),
        ("CRAC11_2025_06_15_13_45_10", "CRAC11"),
        ("CRAC-11", "CRAC-11"),
        ("rack_2010", "rack_2010"),
        ("R201012", "R201012"),
        ("10.0.20.25", "10.0.20.25"),
        ("2025-06-15", "2025-06-15"),
    ],
)
def test_a_title_holds_no_date(name: str, title: str) -> None:
    assert undated(name) == title
    assert is_date(name) == (name == "2025-06-15")


def export(path: Path, day: int, hour: int = 10, columns: str = "SAT,RAT") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"2025-06-{day}T{hour}:{minute:02}:00Z,18.{minute},30.{minute}\n" for minute in range(10))
    path.write_text(f"time,{columns}\n{rows}")
    return path


def names_of(*logs: Path) -> set[str]:
    return {name for name, _, _ in cells_of(*logs)}


def test_files_of_a_machine_and_a_day_are_points_of_the_machine(tmp_path: Path) -> None:
    logs = [export(tmp_path / f"CRAC{n}_2025-06-{day}.csv", day) for n in (1, 2) for day in (15, 16)]
    assert names_of(*logs) == {"CRAC1/SAT", "CRAC1/RAT", "CRAC2/SAT", "CRAC2/RAT"}


def test_folders_of_a_day_hold_files_of_machines(tmp_path: Path) -> None:
    for n in (1, 2):
        for day in (15, 16):
            export(tmp_path / f"2025-06-{day}" / f"CRAC{n}.csv", day)
    assert names_of(tmp_path) == {"CRAC1/SAT", "CRAC1/RAT", "CRAC2/SAT", "CRAC2/RAT"}


def test_numbers_that_run_on_in_time_are_no_part_of_a_name(tmp_path: Path) -> None:
    logs = [export(tmp_path / f"CRAC{n}_{part}.csv", 15, 9 + part) for n in (1, 2) for part in (1, 2, 3)]
    assert names_of(*logs) == {"CRAC1/SAT", "CRAC1/RAT", "CRAC2/SAT", "CRAC2/RAT"}


def test_numbers_of_files_side_by_side_are_those_of_machines(tmp_path: Path) -> None:
    logs = [export(tmp_path / f"rack_{n}.csv", 15) for n in (1, 2, 3)]
    assert names_of(*logs) == {f"rack_{n}/{column}" for n in (1, 2, 3) for column in ("SAT", "RAT")}


def test_one_name_holds_for_all_files_where_it_can(tmp_path: Path) -> None:
    logs = [export(tmp_path / f"CRAC{n}.csv", 15) for n in (1, 2)]
    racks = export(tmp_path / "racks.csv", 15, columns="R1 in,R2 in")
    assert "racks/R1 in" in names_of(*logs, racks)
