"""Verdicts before and after: what is kept of a run, and how two of them are told apart."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from benchmarks import corpus
from benchmarks.corpus_runs import RUNS, Logged, Simulated
from benchmarks.told import Line, told
from benchmarks.told_apart import differences
from config.scenario import load_scenario
from streams.messages import (
    SECOND,
    Counts,
    Forecasts,
    Incident,
    RejectedReading,
    Scores,
    TickVerdict,
    Verdict,
)

START = 1_700_000_000 * SECOND
FAN = Incident(
    id="1",
    zone="plant-a",
    hall="hall-1",
    category="cooling",
    fault="unit_failed",
    root="hall-1/crah-01",
    first_root="hall-1/crah-01",
    severity="warning",
    state="firing",
    started=START,
    updated=START + 20 * SECOND,
    warned=START + 20 * SECOND,
    evidence=("crah-01 has stopped",),
    summary="crah-01 of hall-1 has stopped",
    spoke=("physics",),
)
WORSE = msgspec.structs.replace(FAN, severity="critical", updated=START + 60 * SECOND)
IN_OTHER_WORDS = msgspec.structs.replace(
    FAN, evidence=("crah-01 has stopped",), summary="crah-01 has stopped", spoke=("limits", "physics")
)
WORDED_LATER = msgspec.structs.replace(
    FAN, summary="crah-01 has stopped, hall-1", updated=START + 40 * SECOND
)


def of(*versions: Incident, score: float = 0.25, late: int = 0) -> list[Line]:
    """The record of a run with one tick, as it is read from its file."""
    scores = Scores(np.zeros(1, np.int32), *(np.array([x]) for x in (18.5, 18.0, score, 1.0)))
    racks = Forecasts(("hall-1/rack-01",), ("hall-1",), *(np.array([x]) for x in (5.0, 600.0, 500.0, 700.0)))
    tick = TickVerdict("plant-a", START + 10 * SECOND, scores, racks, Forecasts.empty(), (), ("physics",))
    rejected = RejectedReading("hall-1/crah-01/power", START, 1e9, "bad_clock")
    verdict = Verdict(
        "plant-a",
        [tick],
        list(versions),
        [rejected],
        counts=Counts(readings=2, late=late),
        ids=["hall-1/crah-01/supply_air_temperature"],
    )
    return [json.loads(json.dumps(line)) for line in told([verdict])]


def test_a_record_holds_each_version_the_rows_of_each_hour_and_the_books() -> None:
    lines = of(FAN, WORSE)
    assert [line["incident"]["severity"] for line in lines[:2]] == ["warning", "critical"]
    assert [(line["rows"], line["hour"], line["count"]) for line in lines[2:4]] == [
        ("cooling_forecast", "2023-11-14T22:00:00Z", 1),
        ("cooling_score", "2023-11-14T22:00:00Z", 1),
    ]
    assert lines[-1]["books"]["readings"] == 2
    assert differences(lines, of(FAN, WORSE)) == []


def test_a_version_that_is_another_is_named_by_its_fields() -> None:
    later = msgspec.structs.replace(FAN, warned=START + 30 * SECOND)
    (said,) = differences(of(FAN, WORSE), of(later))
    assert said == (
        "unit_failed at hall-1/crah-01 (cooling, from 2023-11-14T22:13:20Z): version 1: "
        "warned was 2023-11-14T22:13:40Z, is 2023-11-14T22:13:50Z; told 2 times before, 1 now"
    )


def test_incidents_come_go_and_begin_at_another_time() -> None:
    elsewhere = msgspec.structs.replace(FAN, id="2", root="hall-1/crah-02")
    earlier = msgspec.structs.replace(FAN, id="3", started=START - 10 * SECOND)
    gone, new = differences(of(FAN), of(elsewhere))
    assert "crah-01" in gone and gone.endswith("is not told any more")
    assert "crah-02" in new and new.endswith("is new")
    (moved,) = differences(of(FAN), of(earlier))
    assert "started was 2023-11-14T22:13:20Z, is 2023-11-14T22:13:10Z" in moved
    assert differences(of(FAN, elsewhere), of(elsewhere, FAN)) == ["the incidents are told in another order"]


def test_words_and_speakers_may_be_left_out() -> None:
    before, after = of(FAN, WORSE), of(IN_OTHER_WORDS, WORDED_LATER, WORSE)
    assert differences(before, after)
    assert differences(before, after, but_for_words=True) == []
    assert differences(before, of(IN_OTHER_WORDS), but_for_words=True)


def test_a_row_or_a_count_that_is_another_is_told() -> None:
    assert differences(of(FAN), of(FAN, score=0.2501)) == [
        "cooling_score: other rows in 1 of 1 hours, first 2023-11-14T22:00:00Z"
    ]
    assert differences(of(FAN), of(FAN, late=1)) == ["books: late was 0, is 1"]


def write(folder: Path, lines: list[Line]) -> None:
    folder.mkdir()
    corpus.file_of("log-skab", folder).write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def test_the_command_ends_with_1_where_anything_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "before", of(FAN))
    write(tmp_path / "after", of(IN_OTHER_WORDS))
    command = ["corpus", "--only", "log-skab", "--resume", "--save", str(tmp_path / "after")]
    command += ["--against", str(tmp_path / "before")]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit, match="1"):
        corpus.main()
    assert "log-skab: unit_failed at hall-1/crah-01" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", [*command, "--but-for-words"])
    with pytest.raises(SystemExit, match="0"):
        corpus.main()
    assert capsys.readouterr().out == "1 of 1 runs say the same.\n"


def test_the_corpus_has_runs_of_all_kinds() -> None:
    kinds = {load_scenario(run.scenario).kind for run in RUNS.values() if isinstance(run, Simulated)}
    assert kinds == {"sudden", "contained", "slow", "nuisance"}


def test_a_run_whose_data_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(RUNS, "log-skab", Logged("skab_valve1", ("nowhere.csv",), 1))
    monkeypatch.setattr(sys, "argv", ["corpus", "--only", "log-skab", "--save", "unused"])
    with pytest.raises(SystemExit, match="2"):
        corpus.main()
    assert "nowhere.csv is not there, which log-skab play" in capsys.readouterr().err
