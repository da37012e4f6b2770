from __future__ import annotations

import re

import pytest
from hypothesis import example as shown
from hypothesis import given
from hypothesis import strategies as st

from config.glob import BadPattern, example, is_literal, matches

PATTERNS = st.text(alphabet="ab/*?[]!-x", max_size=10)
TEXTS = st.text(alphabet="ab/x", max_size=10)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("hall-1/rack-07", "hall-1/rack-07", True),
        ("hall-1/rack-07", "hall-1/rack-070", False),
        ("hall-1/rack-07", "Hall-1/rack-07", False),
        ("hall-1/rack-*", "hall-1/rack-07", True),
        ("hall-1/rack-*", "hall-1/rack-", True),
        ("hall-1/rack-*", "hall-1/rack-07/power", False),
        ("hall-1/**", "hall-1/rack-07/power", True),
        ("hall-1/**", "hall-1", True),
        ("hall-1/**", "hall-10", False),
        ("**/power", "hall-1/rack-07/power", True),
        ("**/power", "power", True),
        ("**/power", "horsepower", False),
        ("a/**/d", "a/d", True),
        ("a/**/d", "a/b/c/d", True),
        ("a/**/d", "ad", False),
        ("BMS**TEMP", "BMS/1/TEMP", True),
        ("**", "", True),
        ("**", "a/b", True),
        ("*", "a/b", False),
        ("rack-0[1-4]", "rack-03", True),
        ("rack-0[1-4]", "rack-05", False),
        ("rack-0[!1-4]", "rack-05", True),
        ("a[!b]c", "a/c", False),
        ("a[.-0]c", "a/c", False),
        ("a[]]", "a]", True),
        ("a[\\^&&]", "a&", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a.c", "abc", False),
        ("温度*", "温度-1", True),
        ("*/rack-*/inlet_air_temperature/**", "hall-1/rack-07/inlet_air_temperature", True),
        ("*/rack-*/inlet_air_temperature/**", "hall-1/rack-07/inlet_air_temperature/top", True),
        ("*/rack-*/inlet_air_temperature/**", "hall-1/crah-07/inlet_air_temperature", False),
    ],
)
def test_matches(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [("", "empty"), ("a[1-4", "never closed"), ("a[4-1]", "backwards"), ("a[/]", "no class")],
)
def test_a_pattern_that_cannot_be_read(pattern: str, problem: str) -> None:
    with pytest.raises(BadPattern, match=problem):
        matches(pattern, "a")


@pytest.mark.parametrize(
    ("pattern", "text"), [("[温]*", "温x"), ("[ ]", " "), ("**/a/**", "x/a/x"), ("[!a]?", "!x")]
)
def test_an_example_fills_wildcards(pattern: str, text: str) -> None:
    assert example(pattern) == text


def test_which_patterns_stand_for_one_text() -> None:
    assert is_literal("hall-1/rack-07")
    assert not any(map(is_literal, ("a*", "a?", "a[1]", "**")))


@shown("[---]")
@shown("[a-b--&&~~||]")
@given(PATTERNS)
def test_a_pattern_matches_its_example(pattern: str) -> None:
    try:
        text = example(pattern)
    except BadPattern:
        return
    assert matches(pattern, text)


@given(PATTERNS, TEXTS)
def test_a_single_star_never_crosses(pattern: str, text: str) -> None:
    try:
        fits = matches(pattern, text)
    except BadPattern:
        return
    if "**" not in pattern and fits:
        assert text.count("/") == pattern.count("/")


@given(TEXTS.filter(bool))
def test_a_text_without_wildcards_matches_itself_only(text: str) -> None:
    assert matches(text, text)
    assert not matches(text, text + "a")


def plainly(pattern: str, text: str) -> bool:
    """The same by a regular expression that tries every way; patterns without classes."""
    wildcards = {"*": "[^/]*", "**": ".*", "?": "[^/]", "**/": "(?:.*/)?", "/**": "(?:/.*)?"}
    parts = re.split(r"((?:^|(?<=/))\*\*/|/\*\*$|\*\*|\*|\?)", pattern)
    return re.fullmatch("".join(wildcards.get(part, re.escape(part)) for part in parts), text) is not None


@given(st.text(alphabet="ab/**?", min_size=1, max_size=9), st.text(alphabet="ab/", max_size=9))
@shown("**a*b", "a/ab")
@shown("**a/**", "ab/a")
@shown("*a**/b*", "aa/a/bb")
def test_taking_the_first_fit_finds_what_trying_every_way_finds(pattern: str, text: str) -> None:
    assert matches(pattern, text) is plainly(pattern, text)


@pytest.mark.parametrize("pattern", ["*" * 60 + "x", "*a" * 30 + "x", "**a*a" * 20 + "x", "**/*a" * 20 + "x"])
def test_many_wildcards_end_at_once(pattern: str) -> None:
    assert not matches(pattern, "a/aaaa" * 30)
