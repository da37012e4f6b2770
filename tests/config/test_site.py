from __future__ import annotations

from pathlib import Path

import pytest

from config.routes import Route
from config.site import Site

EXAMPLE = """
[site]
name = "gz-01"
[[zone]]
name = "plant-a"
halls = ["hall-1", "hall-2"]
[[hall]]
name = "hall-1"
air_volume_m3 = 1200
[[equipment]]
id = "hall-1/crah-01"
type = "CRAH"
capacity_kw = 60
feeds = ["hall-1/rack-0*"]
[[service]]
name = "messaging"
racks = ["hall-1/rack-0[1-4]"]
needs = 3
[[point]]
match = "AHU_SA_TEMP"
id = "hall-2/crah-01/supply_air_temperature"
unit = "degF"
[[point]]
match = "anomaly"
ignore = true
"""

KNOWN = (
    "plant-a/chiller-1",
    "plant-a/chwp-1",
    "hall-1/crah-01",
    "hall-1/crah-02",
    "hall-1/rack-01",
    "hall-1/rack-02",
    "hall-1/rack-11",
    "hall-2/crac-01",
    "hall-2/rack-01",
    "hall-3/crah-01",
    "hall-3/chiller-1",
    "hall-3/rack-01",
)


@pytest.fixture
def site() -> Site:
    return Site.loads(EXAMPLE)


def test_no_file_is_a_site_too() -> None:
    site = Site.empty()
    assert site.zone_of("hall-1/rack-01/power") == "hall-1"
    assert site.halls_of("hall-1") is None
    assert site.zones == ()
    assert site.services == ()
    assert site.route("hall-1/rack-01/power") == Route("hall-1/rack-01/power", None, False)
    assert site.equipment_type("hall-1/crah-01") == "CRAH"
    assert site.feeds("hall-1/crah-01", KNOWN) == ["hall-1/rack-01", "hall-1/rack-02", "hall-1/rack-11"]
    assert site.capacity_kw("hall-1/crah-01") is None
    assert not site.in_maintenance("hall-1/crah-01", 0)


def test_a_site_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    assert Site.load(path).name == "gz-01"


def test_halls_of_a_zone_share_it_and_others_are_their_own(site: Site) -> None:
    assert site.zone_of_hall("hall-2") == "plant-a"
    assert site.zone_of("plant-a/chiller-1/power") == "plant-a"
    assert site.zone_of("hall-3/rack-01") == "hall-3"
    assert site.halls_of("plant-a") == ("hall-1", "hall-2")
    assert site.halls_of("hall-3") is None


def test_what_is_declared_of_a_hall_and_of_equipment(site: Site) -> None:
    assert site.air_volume_m3("hall-1") == 1200
    assert site.air_volume_m3("hall-2") is None
    assert site.capacity_kw("hall-1/crah-01") == 60
    assert list(site.equipment) == ["hall-1/crah-01"]


def test_declared_feeds_are_patterns_over_what_is_known(site: Site) -> None:
    assert site.feeds("hall-1/crah-01", KNOWN) == ["hall-1/rack-01", "hall-1/rack-02"]


def test_unless_said_plant_feeds_the_units_of_its_zone(site: Site) -> None:
    units = ["hall-1/crah-01", "hall-1/crah-02", "hall-2/crac-01"]
    assert site.feeds("plant-a/chiller-1", KNOWN) == units
    assert site.feeds("plant-a/chwp-1", KNOWN) == units
    assert site.feeds("hall-3/chiller-1", KNOWN) == ["hall-3/crah-01"]


def test_racks_and_strangers_feed_nothing(site: Site) -> None:
    assert site.feeds("hall-1/rack-01", KNOWN) == []
    assert site.feeds("hall-1/mystery", KNOWN) == []


def test_empty_feeds_means_nothing() -> None:
    site = Site.loads('[[equipment]]\nid = "hall-1/crah-01"\nfeeds = []')
    assert site.feeds("hall-1/crah-01", KNOWN) == []


def test_racks_of_a_service(site: Site) -> None:
    (service,) = site.services
    assert (service.name, service.needs) == ("messaging", 3)
    assert site.service_racks(service, KNOWN) == ["hall-1/rack-01", "hall-1/rack-02"]


@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("hall-1/crah-03", "CRAH"),
        ("hall-1/CRAC_2", "CRAC"),
        ("hall-1/ahu3", "CRAH"),
        ("hall-1/in-row-4", "In_Row"),
        ("hall-1/inrow4", "In_Row"),
        ("plant-a/chiller-1", "Chiller"),
        ("plant-a/CH-2", "Chiller"),
        ("plant-a/pump-1", "Pump"),
        ("plant-a/chwp01", "Pump"),
        ("plant-a/cooling-tower-1", "Cooling_Tower"),
        ("plant-a/ct-1", "Cooling_Tower"),
        ("hall-1/cdu-1", "CDU"),
        ("hall-1/pdu-a1", "PDU"),
        ("hall-1/rack-07", "Rack"),
        ("hall-1/racka07", "Rack"),
        ("hall-1/row-3", "Rack"),
        ("site/outside", "Outside"),
        ("site/weather-station", "Outside"),
        ("hall-1/mystery", ""),
        ("hall-1/42", ""),
        ("rack-hall/ups-1", ""),
    ],
)
def test_type_guessed_from_the_name(name: str, type: str) -> None:
    assert Site.empty().equipment_type(name) == type


@pytest.mark.parametrize("written", ["Cooling_Tower", "cooling tower", "COOLING-TOWER"])
def test_a_declared_type_wins_over_the_guess_however_it_is_written(written: str) -> None:
    site = Site.loads(f'[[equipment]]\nid = "hall-1/rack-07"\ntype = "{written}"')
    assert site.equipment_type("hall-1/rack-07") == "Cooling_Tower"


def test_later_entries_override_earlier_ones_key_by_key() -> None:
    site = Site.loads("""
    [[zone]]
    name = "plant-a"
    halls = ["hall-9"]
    [[zone]]
    name = "plant-a"
    halls = ["hall-1"]
    [[equipment]]
    id = "hall-1/unit-1"
    type = "CRAC"
    capacity_kw = 60
    [[equipment]]
    id = "hall-1/unit-1"
    capacity_kw = 80
    [[service]]
    name = "payment"
    racks = ["hall-1/rack-*"]
    needs = 2
    [[service]]
    name = "payment"
    needs = 4
    """)
    assert site.halls_of("plant-a") == ("hall-1",)
    assert site.zone_of_hall("hall-9") == "hall-9"
    assert (site.equipment_type("hall-1/unit-1"), site.capacity_kw("hall-1/unit-1")) == ("CRAC", 80)
    (service,) = site.services
    assert (service.racks, service.needs) == (("hall-1/rack-*",), 4)


def test_foreign_names_become_points(site: Site) -> None:
    assert site.route("AHU_SA_TEMP") == Route("hall-2/crah-01/supply_air_temperature", "degF", False)
    assert site.route("anomaly").ignore
    assert site.route("anything else") == Route("anything else", None, False)


def test_matching_point_entries_are_merged_key_by_key() -> None:
    site = Site.loads("""
    [[point]]
    match = "**"
    ignore = true
    unit = "degF"
    [[point]]
    match = "AHU[[] SA*"
    ignore = false
    id = "hall-1/ahu-1/supply_air_temperature"
    """)
    assert site.route("AHU[ SA") == Route("hall-1/ahu-1/supply_air_temperature", "degF", False)
    assert site.route("AHU RA") == Route("AHU RA", "degF", True)


def test_a_foreign_name_may_hold_what_else_is_a_wildcard() -> None:
    site = Site.loads('[[point]]\nmatch = "Supply [C] *"\nid = "hall-1/ahu-1/supply_air_temperature"')
    assert site.route("Supply [C] *").id == "hall-1/ahu-1/supply_air_temperature"


def test_maintenance_covers_equipment_or_a_whole_hall_for_a_time() -> None:
    site = Site.loads("""
    [[maintenance]]
    match = "hall-1/crah-0[12]"
    start = 1970-01-01T00:00:10Z
    end = "1970-01-01T08:00:20+08:00"
    note = "new fans"
    [[maintenance]]
    match = "hall-2"
    start = 1970-01-01T00:00:10Z
    end = 1970-01-01T00:00:20Z
    """)
    second = 1_000_000_000
    assert site.in_maintenance("hall-1/crah-01", 10 * second)
    assert not site.in_maintenance("hall-1/crah-03", 10 * second)
    assert not site.in_maintenance("hall-1/crah-01", 10 * second - 1)
    assert not site.in_maintenance("hall-1/crah-01", 20 * second)
    assert site.in_maintenance("hall-2/rack-01", 15 * second)
    assert site.maintenance[0].note == "new fans"
