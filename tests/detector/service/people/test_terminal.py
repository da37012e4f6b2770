"""What is printed is data: brackets and colons come out as they went in, on every way to the terminal."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from config.kinds import load_kinds
from config.site import Site
from detector.service.cli import app
from detector.service.drill.drilled import Drilled, Healthy, Spare, ZoneDrill
from detector.service.drill.table import report
from detector.service.people import screen as console
from detector.service.people.scene import Scene
from detector.service.people.terminal import terminal
from streams.messages import Forecasts, HallState, Scores, TickVerdict, Verdict
from tests.detector.service.incidents import incident

ROOT = Path(__file__).parents[4]
ODD = "[messages] [bold]x[/] :fire:"
NO_SCORES = Scores(np.empty(0, np.int32), *(np.empty(0) for _ in range(4)))
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def test_every_console_is_the_one_without_markup() -> None:
    for file in sorted((ROOT / "detector").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            assert called != "Console" or file.name == "terminal.py", f"{file}: take terminal()"
            assert not called.endswith("from_markup"), file
            if called == "TextColumn":
                assert "markup=False" in ast.unparse(node), file


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_all_of_every_option(name: str) -> None:
    said = " ".join(CliRunner().invoke(app, [name, "--help"]).output.split())
    for option in COMMANDS[name].params:
        assert " ".join((option.help or "").split()) in said, said
    for paragraph in (COMMANDS[name].help or "").split("\n\n"):
        assert " ".join(paragraph.split()) in said, said


def test_a_wrong_command_names_what_was_wrong() -> None:
    assert ODD in CliRunner().invoke(app, ["check", ODD]).output


def test_a_screen_shows_names_as_they_are() -> None:
    picture = Scene(Site.empty(), load_kinds())
    hall = HallState(ODD, 200.0, None, None, f"reason {ODD}", None, 0.1)
    tick = TickVerdict(
        "zone", 1_700_000_000_000_000_000, NO_SCORES, Forecasts.empty(), Forecasts.empty(), (hall,), ()
    )
    told = incident("a", severity="emergency", summary=f"summary {ODD}", updated=tick.end)
    picture.take(Verdict("zone", [tick], [told]), [])
    picture.services[f"service {ODD}"] = 60.0
    written = StringIO()
    terminal(width=200, file=written).print(console.render(picture, f"title {ODD}"))
    for what in ("title ", "reason ", "summary ", "service ", ""):
        assert what + ODD in written.getvalue(), written.getvalue()


def test_a_drill_shows_names_as_they_are() -> None:
    zone = ZoneDrill(
        f"zone {ODD}",
        1.0,
        1.0,
        20.0,
        1,
        1,
        1,
        1,
        1,
        [f"assumed {ODD}"],
        0,
        Healthy(True, 22.0, Spare({}, 1, 1, 1), []),
        [],
    )
    written = StringIO()
    report(Drilled("site.toml", 0, 60.0, [f"left out {ODD}"], [zone]), terminal(width=200, file=written))
    for what in ("zone ", "assumed ", "left out "):
        assert what + ODD in written.getvalue(), written.getvalue()


def test_a_bar_shows_titles_and_words_as_they_are() -> None:
    """At a real terminal: elsewhere there is no bar."""
    program = (
        "import sys; from detector.service.people.progress import progress_bar\n"
        f"with progress_bar('title ' + {ODD!r}) as tell: tell(0.5, 'words ' + {ODD!r})"
    )
    ours, theirs = os.openpty()
    environment = os.environ | {"COLUMNS": "200", "TERM": "xterm", "NO_COLOR": "1"}
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=theirs, env=environment)
    os.close(theirs)
    said = b""
    try:
        while part := os.read(ours, 65536):
            said += part
    except OSError:  # how a terminal says that all is read
        pass
    finally:
        os.close(ours)
    assert process.wait(60) == 0
    assert f"title {ODD}" in said.decode() and f"words {ODD}" in said.decode(), said
