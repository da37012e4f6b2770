"""Each mistake in a site file is named with the file, the key and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.site import Site

MISTAKES = {
    "not TOML": ("[[zone", "", "not TOML"),
    "unknown section": ('[[equipments]]\nid = "h/rack-1"', "[equipments]", "did you mean equipment?"),
    "single table": ('[equipment]\nid = "h/rack-1"', "[equipment]", "[[equipment]]"),
    "no table": ("site = 3", "[site]", "write it as [site]"),
    "unknown key": (
        '[[equipment]]\nid = "h/r"\n[[equipment]]\nid = "h/rack-1"\ncapacity = 3',
        "[[equipment]] 2 (h/rack-1) capacity",
        "did you mean capacity_kw?",
    ),
    "missing key": ('[[equipment]]\ntype = "CRAH"', "[[equipment]] 1 id", "hall/equipment"),
    "several": ('[[zone]]\nnam = "a"\nhall = ["h"]', "[[zone]] 1 name", "also wrong: [[zone]] 1 nam"),
    "equipment id": ('[[equipment]]\nid = "crah-1"', "[[equipment]] 1 (crah-1) id", "hall-1/crah-01"),
    "equipment type": (
        '[[equipment]]\nid = "h/x"\ntype = "Chilller"',
        "[[equipment]] 1 (h/x) type",
        "did you mean Chiller?",
    ),
    "equipment type by another word": (
        '[[equipment]]\nid = "h/x"\ntype = "AHU"',
        "[[equipment]] 1 (h/x) type",
        "did you mean CRAH?",
    ),
    "equipment type by no word": (
        '[[equipment]]\nid = "h/x"\ntype = "?"',
        "[[equipment]] 1 (h/x) type",
        "PDU",
    ),
    "capacity": (
        '[[equipment]]\nid = "h/x"\ncapacity_kw = -1',
        "[[equipment]] 1 (h/x) capacity_kw",
        "greater than 0",
    ),
    "volume": ('[[hall]]\nname = "h"\nair_volume_m3 = nan', "[[hall]] 1 (h) air_volume_m3", "finite"),
    "pattern": (
        '[[equipment]]\nid = "h/x"\nfeeds = ["h/[1"]',
        "[[equipment]] 1 (h/x) feeds.0",
        "never closed",
    ),
    "hall in two zones": (
        '[[zone]]\nname = "a"\nhalls = ["h"]\n[[zone]]\nname = "b"\nhalls = ["g", "h"]',
        "[[zone]] (b) halls",
        "h is already in zone a",
    ),
    "hall named as a zone": (
        '[[zone]]\nname = "a"\nhalls = ["b"]\n[[zone]]\nname = "b"\nhalls = ["c"]',
        "[[zone]] (a) halls",
        "name of another zone",
    ),
    "zone without halls": ('[[zone]]\nname = "a"', "[[zone]] (a) halls", "names no hall"),
    "halls by pattern": (
        '[[zone]]\nname = "a"\nhalls = ["hall-*"]',
        "[[zone]] 1 (a) halls.0",
        "without `/`, wildcards",
    ),
    "service without racks": ('[[service]]\nname = "s"', "[[service]] (s) racks", "names no rack"),
    "service with no racks": (
        '[[service]]\nname = "s"\nracks = []',
        "[[service]] (s) racks",
        "hall-1/rack-0[1-4]",
    ),
    "rack without a hall": (
        '[[service]]\nname = "s"\nracks = ["rack-1"]',
        "[[service]] 1 (s) racks.0",
        "hall/rack",
    ),
    "needs more than there are": (
        '[[service]]\nname = "s"\nracks = ["h/rack-1", "h/rack-1"]\nneeds = 2',
        "[[service]] (s) needs",
        "at most 1",
    ),
    "needs none": (
        '[[service]]\nname = "s"\nracks = ["h/rack-1"]\nneeds = 0',
        "[[service]] 1 (s) needs",
        "up",
    ),
    "service in two zones": (
        '[[service]]\nname = "s"\nracks = ["h/rack-1", "g/rack-1"]',
        "[[service]] (s) racks",
        "several zones: g, h",
    ),
    "limit without a limit": ('[[limit]]\nmatch = "**/power"', "[[limit]] 1 (**/power)", "low_critical"),
    "limits in the wrong order": (
        '[[limit]]\nmatch = "**/power"\nwarning = 5\ncritical = 4',
        "[[limit]] 1 (**/power)",
        "warning 5 is above critical 4",
    ),
    "low limits in the wrong order": (
        '[[limit]]\nmatch = "**/power"\nlow_warning = 5\nlow_critical = 6',
        "[[limit]] 1 (**/power)",
        "low_critical 6 is above low_warning 5",
    ),
    "wrong order with an earlier entry": (
        '[[limit]]\nmatch = "h/**"\ncritical = 30\n'
        '[[limit]]\nmatch = "h/r*/inlet_air_temperature"\nwarning = 31',
        "[[limit]] 2 (h/r*/inlet_air_temperature)",
        "of an earlier entry",
    ),
    "limit of no kind": (
        '[[limit]]\nmatch = "*/*/inlet_air_temprature/**"\nwarning = 27',
        "[[limit]] 1 (*/*/inlet_air_temprature/**) match",
        "did you mean inlet_air_temperature?",
    ),
    "limit of no point": (
        '[[limit]]\nmatch = "inlet_air_temperature"\nwarning = 27',
        "[[limit]] 1 (inlet_air_temperature) match",
        "*/*/inlet_air_temperature/**",
    ),
    "limit in another unit": (
        '[[limit]]\nmatch = "*/*/inlet_air_temperature/**"\ncritical = 104',
        "[[limit]] 1 (*/*/inlet_air_temperature/**) critical",
        "degC",
    ),
    "limit not finite": (
        '[[limit]]\nmatch = "**/power"\nwarning = inf',
        "[[limit]] 1 (**/power) warning",
        "finite",
    ),
    "limit no number": (
        '[[limit]]\nmatch = "**/power"\nwarning = "x"',
        "[[limit]] 1 (**/power) warning",
        "'x'",
    ),
    "point that says nothing": ('[[point]]\nmatch = "X"', "[[point]] 1 (X)", "id, unit, ignore"),
    "point with no id": (
        '[[point]]\nmatch = "X"\nid = "power"',
        "[[point]] 1 (X) id",
        "hall/equipment/measure",
    ),
    "point with a pattern as id": (
        '[[point]]\nmatch = "X"\nid = "h/*/power"',
        "[[point]] 1 (X) id",
        "no point id",
    ),
    "point of no kind": (
        '[[point]]\nmatch = "X"\nid = "h/x/suply_air_temperature"',
        "[[point]] 1 (X) id",
        "did you mean supply_air_temperature?",
    ),
    "unknown unit": ('[[point]]\nmatch = "X"\nunit = "degX"', "[[point]] 1 (X) unit", "did you mean deg"),
    "unit of something else": (
        '[[point]]\nmatch = "X"\nid = "h/x/power"\nunit = "degF"',
        "[[point]] 1 (X) unit",
        "cannot become kW",
    ),
    "maintenance that ends before it starts": (
        '[[maintenance]]\nmatch = "h"\nstart = 2026-01-02T00:00:00Z\nend = 2026-01-01T00:00:00Z',
        "[[maintenance]] 1 (h) end",
        "swap start and end",
    ),
    "maintenance without an offset": (
        '[[maintenance]]\nmatch = "h"\nstart = 2026-01-01T00:00:00\nend = 2026-01-02T00:00:00Z',
        "[[maintenance]] 1 (h) start",
        "add Z",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named(mistake: str) -> None:
    text, key, hint = MISTAKES[mistake]
    with pytest.raises(ConfigError) as caught:
        Site.loads(text, "site.toml")
    assert caught.value.where == "site.toml"
    assert caught.value.key == key
    assert hint in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot be read") as caught:
        Site.load(tmp_path / "nowhere.toml")
    assert "coolwatch init" in caught.value.remedy


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8 at byte 0"):
        Site.load(path)
