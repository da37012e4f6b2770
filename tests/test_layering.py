"""Who may import whom: between the rooms of the house, and between the rooms of the detector.

config and kernels know nobody, streams know them, the detector knows all. In the
detector what is seen knows nothing of what is usual, and that nothing of rules;
outside its service it is pure: of streams it sees the messages only, and it
touches no file, socket or clock. `docs/architecture.md` draws it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DETECTOR = ROOT / "detector"
ROOMS = ("config", "kernels", "streams", "detector")
ALLOWED = {
    "config": {"config"},
    "kernels": {"kernels"},
    "streams": {"config", "kernels", "streams"},
    "detector": {"config", "kernels", "streams", "detector"},
}
IMPURE = {
    "asyncio",
    "datetime",
    "logging",
    "os",
    "pathlib",
    "random",
    "requests",
    "socket",
    "sqlalchemy",
    "structlog",
    "subprocess",
    "threading",
    "time",
}

# Rooms of the detector, folders and the files of one zone beside them: what each may import.
GROUND = {"points", "snapshot", "trouble", "spared", "incidents"}
ZONE = {"intake", "tick", "judgement", "judge", "state", "saved_state"}
ENGINE: dict[str, set[str]] = {
    "snapshot_versions": set(),
    "snapshot": {"snapshot_versions"},
    "trouble": {"threshold"},
    "spared": set(),
    "threshold": set(),
    "points": {"threshold"},
    "incidents": {"threshold"},
    "intake": {"points", "snapshot", "threshold"},
    "seen": {"points", "threshold"},
    "usual": {"points", "snapshot", "seen", "incidents", "threshold"},
    "tick": {"points", "seen", "usual"},
    "limits": {"points", "seen", "incidents", "threshold"},
    "rules": {"points", "intake", "seen", "usual", "tick", "incidents", "threshold"},
    "forecast": {"points", "snapshot", "seen", "usual", "tick", "threshold"},
    "judgement": {"tick", "incidents"},
    "state": {"points", "snapshot", "seen", "usual", "tick", "forecast", "judgement", "threshold"},
    "saved_state": {"snapshot", "seen", "usual", "forecast", "state"},
    "judge": {
        "points",
        "seen",
        "usual",
        "tick",
        "forecast",
        "rules",
        "state",
        "incidents",
        "judgement",
        "threshold",
    },
    "engine": {*GROUND, *ZONE, "seen", "usual", "forecast", "rules", "limits"},
    "fewer_points": {"engine", "points", "snapshot", "seen", "threshold"},
    "bulkhead": {"engine", "fewer_points", "rules", *GROUND},
    "console": {"incidents", "service"},
}
# Of incidents the rooms below the engine know the words alone: signs, who speaks, and the tree of faults.
WORDS = {f"detector.incidents.{word}" for word in ("faults", "sign", "speaker", "durations")}
KNOW_INCIDENTS = {"incidents", "engine", "bulkhead", "judge", "judgement", "service", "console"}
RULES: dict[str, set[str]] = {
    "plant": set(),
    "cooling_units": {"plant"},
    "halls": {"plant", "cooling_units"},
    "racks": set(),
    "slow": set(),
    "sensors": set(),
    "telemetry": set(),
}
BESIDE = {
    "how_stopped",
    "at_rest",
    "rule",
    "shared",
}  # beside the folders of rules, which import none of them
SERVICE: dict[str, set[str]] = {
    "people": set(),
    "setup": {"people"},
    "engines": {"people", "setup"},
    "daemon": {"people", "setup", "engines"},
    "replay": {"people", "setup", "engines", "daemon"},
    "drill": {"people", "setup", "engines", "daemon"},
}
LONGEST_CHAIN = 6


@cache
def imported(file: Path) -> frozenset[str]:
    """Full names of the modules that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{file}: imports are written out in full"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def engine_files() -> list[Path]:
    """Of the detector all but what touches the world."""
    return [file for file in files("detector") if room_of_file(file) not in ("service", "console")]


def modules_of(file: Path) -> set[str]:
    """The modules of the detector that a file imports."""
    found = set()
    for name in imported(file):
        if name.startswith("detector."):
            path = ROOT.joinpath(*name.split("."))
            found.add(name if path.is_dir() or path.with_suffix(".py").exists() else name.rpartition(".")[0])
    return found


def room_of(module: str, under: str = "detector") -> str:
    """The room under ``under`` that a module stands in; empty where it is none of them."""
    return module.removeprefix(f"{under}.").split(".")[0] if module.startswith(f"{under}.") else ""


def room_of_file(file: Path, under: Path = DETECTOR) -> str:
    first = file.relative_to(under).parts[0]
    return first.removesuffix(".py")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_stands_below_it(room: str) -> None:
    for file in files(room):
        rooms = {name.split(".")[0] for name in imported(file)} & {*ROOMS, "tests", "benchmarks"}
        assert rooms <= ALLOWED[room], f"{file.relative_to(ROOT)} imports {rooms - ALLOWED[room]}"


def test_the_engine_sees_of_streams_the_messages_only() -> None:
    for file in engine_files():
        for name in imported(file):
            if name.startswith("streams."):
                assert name.startswith("streams.messages."), f"{file.relative_to(ROOT)} imports {name}"


def test_the_engine_has_no_clock_no_file_and_no_log() -> None:
    for file in engine_files():
        impure = {name.split(".")[0] for name in imported(file)} & IMPURE
        assert not impure, f"{file.relative_to(ROOT)} imports {impure}"


def test_kernels_know_neither_kafka_nor_files() -> None:
    for file in files("kernels"):
        if file.name == "jit.py":
            continue  # it keeps the cache of compiled code, which is files
        outside = {name.split(".")[0] for name in imported(file)} & ({"kafka"} | IMPURE)
        assert not outside, f"{file.relative_to(ROOT)} imports {outside}"


def test_the_top_of_the_detector_holds_one_zone_and_nothing_else() -> None:
    stands = {path.stem for path in DETECTOR.iterdir() if path.name not in ("__init__.py", "__pycache__")}
    assert stands <= {*ENGINE, "service"}


@pytest.mark.parametrize("file", engine_files(), ids=lambda file: str(file.relative_to(DETECTOR)))
def test_what_is_seen_knows_nothing_of_what_is_usual_and_that_nothing_of_rules(file: Path) -> None:
    room = room_of_file(file)
    if room == "__init__":
        return
    for module in modules_of(file):
        assert room_of(module) in ENGINE[room] | {room}, f"{file.relative_to(ROOT)} imports {module}"
        if room_of(module) == "incidents" and room not in KNOW_INCIDENTS:
            assert module in WORDS, f"{file.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize(("folder", "laws"), [("rules", RULES), ("service", SERVICE)])
def test_a_folder_within_imports_only_what_stands_below_it(folder: str, laws: Mapping[str, set[str]]) -> None:
    for file in files(f"detector/{folder}"):
        room = room_of_file(file, DETECTOR / folder)
        if room not in laws:
            assert file.parent == DETECTOR / folder, f"{file.relative_to(ROOT)} is in a room without a law"
            continue
        rooms = {room_of(module, f"detector.{folder}") for module in modules_of(file)} - {"", room} - BESIDE
        assert rooms <= laws[room], f"{file.relative_to(ROOT)} imports {rooms - laws[room]}"


def test_chains_of_imports_between_folders_are_short() -> None:
    folders: dict[str, set[str]] = {}
    for file in files("detector"):
        here = room_of_file(file)
        if not (DETECTOR / here).is_dir():
            continue
        for module in modules_of(file):
            there = room_of(module)
            if there != here and (DETECTOR / there).is_dir():
                folders.setdefault(here, set()).add(there)
    for laws in (folders, RULES, SERVICE):
        assert longest_chain(laws) <= LONGEST_CHAIN


def longest_chain(laws: Mapping[str, Iterable[str]]) -> int:
    """Rooms in the longest chain; RecursionError where they import each other in a circle."""

    def height(room: str) -> int:
        return 1 + max((height(below) for below in laws.get(room, ())), default=0)

    return max(map(height, laws), default=0)
