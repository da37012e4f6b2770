"""What decides stands at the head of its file, with its unit, why and whose it is; the page says the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from benchmarks.thresholds import PAGE, page, structures
from detector.rules.shared import SHARED
from detector.threshold import TUNED, threshold, told_of

DETECTOR = Path(__file__).parents[2] / "detector"
FILES = (
    "fewer_points.py",
    "judge.py",
    "points.py",
    "state.py",
    "trouble.py",
)
GOVERNED = ("rules", "limits.py", "incidents", "seen", "usual", "forecast", "intake", *FILES)
ENGINE = [
    f for f in DETECTOR.rglob("*.py") if not {"service", "console"} & set(f.relative_to(DETECTOR).parts)
]
WORDS = {"durations.py", "sign.py"}  # units of time in words, and the names of how sure a sign is
# Nothing, one, two, and half of one, which is what a status above is on: they count, and decide nothing.
COUNTS = {0, 1, 2, 0.5}
# Per cent, and what keeps a division from nought.
PLAIN = {100, 1e-6, 1e-9}
# Units of time, lengths and layouts of what is kept: they say how something is counted, and decide nothing.
STRUCTURAL = {
    "fewer_points.py": {"ALWAYS_STAY"},
    "points.py": {"ROOM", "DOUBLED_UP_TO", "GROWN_BY"},
    "intake/intake.py": {"EQUIPMENT_ROOM"},
    "intake/strides.py": {"PACE_PARTS"},
    "intake/waiting_rooms.py": {"ROOM_AT_FIRST"},
    "forecast/course.py": {"NOT_LEARNED"},
    "forecast/guesses.py": {"PRIMES", "(SINCE_PRIME, CELLS_PRIME)", "FIRST", "FAN_LAW"},
    "forecast/heat_capacity.py": {"UNIFORM"},
    "forecast/trajectory.py": {"HORIZONS"},
    "seen/balance.py": {"MINUTE_S"},
    "seen/points_now.py": {"NOBODY"},
    "seen/weather.py": {"HOUR", "HOURS"},
    "usual/hunting.py": {"SPAN"},
    "usual/reference/crept.py": {"DAY_S"},
    "usual/reference/reference.py": {"REGIONS", "DRIVERS"},
    "usual/scores.py": {"TINY"},
    "usual/shared.py": {"MEAN_DISTANCE_TO_DEVIATION"},
}


def governed() -> list[Path]:
    roots = [DETECTOR / place for place in GOVERNED]
    files = [f for root in roots for f in ([root] if root.suffix else root.rglob("*.py"))]
    return sorted(f for f in files if f.name not in WORDS)


def numbers(node: ast.AST) -> Iterator[ast.Constant]:
    """Numbers below a node, but for those in the words of a sentence, of places in a sequence and of axes."""
    if isinstance(node, ast.JoinedStr | ast.Slice) or (isinstance(node, ast.keyword) and node.arg == "axis"):
        return
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from numbers(child)


def constants_of_numbers(source: str) -> dict[str, str]:
    """What constants of a module that hold a number are set to, by name."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and any(numbers(node.value)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                found[ast.unparse(target)] = ast.unparse(node.value)
    return found


def numbers_in_functions(source: str) -> list[str]:
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    found = {n.lineno: n.value for f in functions for n in numbers(f) if n.value not in COUNTS | PLAIN}
    return [f"line {line}: {value}" for line, value in sorted(found.items())]


@pytest.mark.parametrize("file", governed(), ids=lambda file: str(file.relative_to(DETECTOR)))
def test_a_number_that_decides_stands_in_the_structure_of_its_file(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    structural = STRUCTURAL.get(file.relative_to(DETECTOR).as_posix(), set())
    assert constants_of_numbers(source).keys() == structural
    assert numbers_in_functions(source) == []


def test_a_number_outside_is_found() -> None:
    source = "HOT_K = 3.0\nNAMES = {'a': 4}\n\ndef hot(k):\n    return k > 7.5\n"
    assert constants_of_numbers(source) == {"HOT_K": "3.0", "NAMES": "{'a': 4}"}
    assert numbers_in_functions(source) == ["line 5: 7.5"]


def test_each_says_why_and_whose_it_is() -> None:
    told = [(name, about) for _, structure in structures() for name, _, about in told_of(structure)]
    assert told and [name for name, about in told if not (about.why and about.source)] == []


def test_a_name_stands_in_one_place() -> None:
    names = [name for _, structure in structures() for name, _, _ in told_of(structure)]
    assert {name for name in names if names.count(name) > 1} == set()


def test_a_constant_of_one_name_is_one_number() -> None:
    values: dict[str, set[str]] = {}
    for file in ENGINE:
        for name, value in constants_of_numbers(file.read_text(encoding="utf-8")).items():
            values.setdefault(name, set()).add(value)
    assert {name: value for name, value in values.items() if len(value) > 1} == {}


def test_a_structure_holds_nothing_else() -> None:
    for module, structure in structures():
        assert len(told_of(structure)) == len(fields(structure)), f"{module.__name__}: a field without a word"


def test_it_reads_as_a_plain_number_and_cannot_be_moved() -> None:
    assert type(SHARED.rise_k) is float
    with pytest.raises(FrozenInstanceError):
        SHARED.rise_k = 0.1  # type: ignore[misc]
    with pytest.raises(TypeError):
        told_of(int)
    assert threshold(1.0, "K", "why", TUNED) != 1.0  # it is a field; a dataclass makes the number of it


def test_the_page_says_what_the_code_does() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m benchmarks.thresholds"
