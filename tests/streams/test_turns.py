"""Several names that lead to one point: two sources where both are alive, one where a name was changed."""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np
import pytest

from config.kinds import load_kinds
from config.settings import MessagesSettings
from config.site import Site
from streams.formats.decoder import Decoder
from streams.formats.not_understood import not_understood
from streams.formats.rows import Rows
from streams.formats.understood import Understood
from streams.messages import Counts
from tests.streams.messages import records_of

START = 1_750_000_000_000
ID = "hall-1/crac-01/supply_air_temperature"
SITE = f"""
[[point]]
match = "AHU-1 SAT"
id = "{ID}"
[[point]]
match = "AHU-2 SAT"
id = "{ID}"
unit = "degF"
"""


def said(names: Iterable[str], cut: int = 7) -> str:
    """What is said of readings under these names, one after another, a batch of ``cut`` at a time."""
    messages = [
        json.dumps({"point": name, "time": START + n * 10_000, "value": 20.0}).encode()
        for n, name in enumerate(names)
    ]
    site = Site.loads(SITE)
    decoder, understood = Decoder(site, load_kinds(), MessagesSettings()), Understood(site)
    for first in range(0, len(messages), cut):
        understood.take(decoder.decode(records_of(messages[first : first + cut])), decoder.directory)
    return "\n".join(not_understood(understood, "telemetry", Counts(scored=1)))


@pytest.mark.parametrize("cut", [1, 7, 100])
@pytest.mark.parametrize("other", ["AHU-2 SAT", ID])
def test_two_names_that_are_read_in_turns_are_two_sources(other: str, cut: int) -> None:
    told = said(["AHU-1 SAT", other] * 20, cut)
    assert f"Two sources are mapped onto {ID}" in told
    assert "'AHU-1 SAT'" in told
    assert other in told
    assert "two" not in said(["AHU-1 SAT", "AHU-1 SAT", other] * 2, cut).lower()  # too few to say


@pytest.mark.parametrize("cut", [1, 7, 100])
@pytest.mark.parametrize(
    "names",
    [
        ["AHU-1 SAT"] * 20 + ["AHU-2 SAT"] * 20,
        ["AHU-1 SAT"] * 20 + ["AHU-2 SAT"] * 20 + ["AHU-1 SAT"] * 20,
        ["AHU-1 SAT"] * 40,
        [ID, "hall-1/crac-01/Supply_Air_Temperature"] * 20,
    ],
)
def test_a_name_that_was_changed_and_spellings_of_one_id_are_one_source(names: list[str], cut: int) -> None:
    assert "Two sources" not in said(names, cut)


def test_of_a_table_two_columns_onto_one_point_are_two_sources() -> None:
    site = Site.loads(SITE)
    decoder, understood = Decoder(site, load_kinds(), MessagesSettings()), Understood(site)
    point = np.repeat(np.arange(2, dtype=np.int32), 30)  # column after column
    time = np.tile((START + np.arange(30) * 10_000) * 1_000_000, 2)
    table = decoder.decode_table(Rows(["AHU-1 SAT", "AHU-2 SAT"], point, time, np.full(60, 20.0)))
    understood.take(table, decoder.directory)
    assert "Two sources are mapped" in "\n".join(not_understood(understood, "log"))
