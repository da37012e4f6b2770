from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.points import MAX_POINT_ID, PointName, parse_point


def test_an_id_in_its_parts() -> None:
    name = parse_point("hall-1/rack-07/inlet_air_temperature")
    assert name == PointName("hall-1", "rack-07", "inlet_air_temperature", "")
    assert name.equipment_id == "hall-1/rack-07"


def test_a_place_may_have_parts_of_its_own() -> None:
    name = parse_point("hall-1/rack-07/inlet_air_temperature/front/top")
    assert name is not None
    assert name.place == "front/top"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "power",
        "hall/power",
        "a//power",
        "/a/power",
        "a/b/power/",
        "a/ b/power",
        "a/b/po\nwer",
        "a/b/p\x00",
    ],
)
def test_what_is_no_id(text: str) -> None:
    assert parse_point(text) is None


def test_length_is_bounded_in_bytes() -> None:
    stem = "a/b/"
    assert parse_point(stem + "c" * (MAX_POINT_ID - len(stem))) is not None
    assert parse_point(stem + "c" * (MAX_POINT_ID - len(stem) + 1)) is None
    assert parse_point(stem + "温" * 70) is None


@given(st.text(alphabet="ab/ \n温\ud800", max_size=30))
def test_parts_make_the_same_id_again(text: str) -> None:
    name = parse_point(text)
    if name is not None:
        assert name.id == text
