"""README and docs say what the code does: names, tables, examples, links."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from config.kinds import load_kinds
from config.scenario import load_scenario, scenario_names
from config.sections.messages import MessagesSettings
from config.settings import Settings
from config.site import Site
from detector.incidents.faults import SEVERITY_CODE, STATE_CODE, Category
from detector.incidents.speaker import Speaker
from detector.rules import reference
from detector.service.cli import app
from detector.service.daemon.metrics import Status, StatusServer
from streams.errors import RejectReason
from streams.formats.decoder import Decoder
from streams.messages import SECOND, Forecasts, HallState, Incident, Scores, TickVerdict
from streams.notify.decide import Reason
from streams.records import Records
from streams.sinks.rows import ScoreLines, daemon_line, incident_lines
from tests.documents import DOCS, PAGES, REPOSITORY, blocks, rows, section

TEXT = (
    "*.md",
    "*.py",
    "*.toml",
    "*.yaml",
    "*.sh",
    "*.xml",
    "*.service",
    "*.svg",
    "Makefile",
    "LICENSE",
    "run",
)
NOT_OURS = {".venv", ".git", ".cache", ".hypothesis", "demo-out", "build", "__pycache__"}


def words() -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def test_every_command_is_named() -> None:
    commands = [
        command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands
    ]
    assert len(commands) >= 9
    assert [name for name in commands if not re.search(rf"coolwatch {name}\b|make {name}\b", words())] == []


def test_options_that_are_named_exist() -> None:
    service = REPOSITORY / "detector" / "service"
    cli = "\n".join((service / f"{name}.py").read_text(encoding="utf-8") for name in ("cli", "arguments"))
    own = set(re.findall(r"coolwatch [a-z]+[^`\n]*", words()))
    options = {option for line in own for option in re.findall(r"(?<=\s)--[a-z-]+", line)}
    known = {option.replace("_", "-") for option in re.findall(r'"(--[a-z-]+)"', cli)} | {
        f"--{name.replace('_', '-')}" for name in re.findall(r"^    (\w+): Annotated", cli, re.MULTILINE)
    }
    assert options
    assert sorted(options - known - {"--help"}) == []


def test_categories() -> None:
    page = DOCS / "incidents.md"
    assert [row[0] for row in rows(section(page, "## Categories"))] == [str(each) for each in Category]
    readme = rows(section(PAGES[0], "## What wakes you, and what does not"))
    assert [row[0] for row in readme] == [str(each) for each in Category]


def test_the_page_of_faults_and_rules_is_up_to_date() -> None:
    assert (DOCS / "faults.md").read_text(encoding="utf-8") == reference.document_of_rules(), (
        "run python -m detector.rules.reference > docs/faults.md"
    )


def test_who_spoke() -> None:
    written = rows(section(DOCS / "incidents.md", "## Who spoke"))
    assert [row[0] for row in written] == [str(each) for each in Speaker]


def test_severities_states_and_reasons() -> None:
    page = DOCS / "incidents.md"
    codes = {row[0]: int(row[1]) for row in rows(section(page, "## Severities"))}
    assert codes == {str(name): code for name, code in SEVERITY_CODE.items()}
    codes = {row[0]: int(row[1]) for row in rows(section(page, "## States"))}
    assert codes == {str(name): code for name, code in STATE_CODE.items()}
    reasons = [row[0] for row in rows(section(page, "## What is told, and when"))]
    assert reasons == [str(reason) for reason in Reason]


def test_reasons_of_rejects() -> None:
    said = [row[0] for row in rows(section(DOCS / "messages.md", "## Dead letters"))]
    assert said == [str(reason) for reason in RejectReason]


def test_measurements_tags_and_fields() -> None:
    said = {}
    for measurement in re.findall(
        r"^### `(\w+)`$", (DOCS / "scores.md").read_text(encoding="utf-8"), re.MULTILINE
    ):
        table = rows(section(DOCS / "scores.md", f"### `{measurement}`"))
        said[measurement] = {(kind, name) for kind, name, _ in table}
    assert said == written_rows()


def written_rows() -> dict[str, set[tuple[str, str]]]:
    """Measurement -> tags and fields, out of rows in which everything is known."""
    one = np.ones(1)
    forecast = Forecasts(("hall-1/rack-1",), ("hall-1",), one, one, one, one)
    tick = TickVerdict(
        zone="hall-1",
        end=10 * SECOND,
        scores=Scores(np.zeros(1, np.int32), one, one, one, one),
        racks=forecast,
        services=Forecasts(("messaging",), ("hall-1",), one, one, one, one),
        halls=(HallState("hall-1", 1.0, 1.0, 0.0, "", 1, 0.0),),
        spoke=(),
    )
    incident = Incident(
        *(
            "1",
            "hall-1",
            "hall-1",
            "cooling",
            "limit",
            "hall-1/rack-1",
            "hall-1/rack-1",
            "critical",
            "firing",
        ),
        started=0,
        updated=SECOND,
        summary="a_summary_without_blanks",
    )
    lines = ScoreLines().lines(tick, ["hall-1/rack-1/inlet_air_temperature/top"])
    lines += incident_lines([incident]) + daemon_line(0.0, 0.0, "1", SECOND)
    found = {}
    for line in lines.decode().splitlines():
        head, fields, _ = line.split(" ")
        measurement, *tags = head.split(",")
        found[measurement] = {("tag", tag.split("=")[0]) for tag in tags} | {
            ("field", field.split("=")[0]) for field in fields.split(",")
        }
    return found


def test_metrics_and_health() -> None:
    server = StatusServer("127.0.0.1:0")
    try:
        served = set(re.findall(r"^# TYPE (\w+) ", server.metrics().decode(), re.MULTILINE))
    finally:
        server.close()
    page = section(DOCS / "daemon.md", "## /health and /metrics")
    named = [row[0] for row in rows(page)]
    assert {name for name in named if name.startswith("coolwatch_")} == served
    assert [name for name in named if not name.startswith("coolwatch_")] == list(Status().health())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_toml_examples_are_right(page: Path, tmp_path: Path) -> None:
    for text in blocks(page, "toml"):
        settings_tables = set(Settings.model_fields)
        if set(tomllib.loads(text)) <= settings_tables:
            (tmp_path / "coolwatch.toml").write_text(text, encoding="utf-8")
            Settings.load(tmp_path / "coolwatch.toml")
        else:
            Site.loads(text, page.name)


def test_message_examples_are_read() -> None:
    examples = [text for page in PAGES for text in blocks(page, "json")]
    examples += [text for text in blocks(DOCS / "messages.md", "text") if text.startswith("crah,")]
    assert len(examples) >= 5
    for text in examples:
        decoder = Decoder(Site.empty(), load_kinds(), MessagesSettings())
        decoded = decoder.decode(one_record(text.strip().encode()))
        assert decoded.rejects == []
        assert len(decoded.readings)
        assert decoded.counts.ignored == 0


def one_record(value: bytes) -> Records:
    zero, unknown = np.zeros(1, np.int64), np.full(1, -1, np.int64)
    return Records("docs", 0, np.frombuffer(value, np.uint8), zero, zero + len(value), zero, unknown, 1)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(path), target


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_files_that_are_named_in_docs_exist() -> None:
    named = re.findall(
        r"`((?:config|kernels|streams|detector|docs|deploy|tests|benchmarks)/[\w/.-]+)`", words()
    )
    assert named
    assert [name for name in named if not (REPOSITORY / name).exists()] == []


def test_no_text_names_a_folder_of_somebodys_machine() -> None:
    private = re.compile(r"(?<![\w.{}~)])/(?:work|root|home|Users)/")
    found = [
        str(path.relative_to(REPOSITORY))
        for pattern in TEXT
        for path in REPOSITORY.rglob(pattern)
        if not NOT_OURS & set(path.relative_to(REPOSITORY).parts)
        and not path.relative_to(REPOSITORY).parts[0].startswith(".venv")
        and private.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_picture_is_made_of_the_demo_and_loads_nothing() -> None:
    svg = (DOCS / "demo.svg").read_text(encoding="utf-8")
    assert "@font-face" not in svg
    assert re.findall(r'(?:href|src)="(?!#)', svg) == []
    assert "EMERGENCY" in svg or "CRITICAL" in svg


def test_the_shipped_scenarios_are_listed() -> None:
    page = section(DOCS / "simulator.md", "## Scenarios")
    listed = {row[0]: row[1] for row in rows(page) if len(row) == 4}
    assert listed == {name: load_scenario(name).kind for name in scenario_names()}
