"""A person's site as the simulator plays it: what is named, what is filled in, and that it is said."""

from __future__ import annotations

import numpy as np
import pytest

from config.glob import matches, texts
from config.scenario import Fault
from config.site import Site
from streams.simulator.from_site import Load, ZoneModel, model_zone, zones_of
from streams.simulator.known import Known
from streams.simulator.simulation import Simulation, simulate
from streams.simulator.weather import wet_bulb
from tests.streams.simulated import ROOM, joined, scenario

PLANT = """
[[zone]]
name = "east"
halls = ["dh1", "dh2"]
[[hall]]
name = "dh1"
air_volume_m3 = 500
[[equipment]]
id = "east/ch-1"
type = "Chiller"
capacity_kw = 200
[[equipment]]
id = "east/ch-2"
type = "Chiller"
capacity_kw = 300
[[equipment]]
id = "east/chwp-1"
[[equipment]]
id = "dh1/ahu-1"
capacity_kw = 100
[[equipment]]
id = "dh1/ahu-2"
[[equipment]]
id = "dh2/ahu-1"
capacity_kw = 50
[[limit]]
match = "dh1/*/inlet_air_temperature/**"
critical = 30
shutdown = 35
[[service]]
name = "mail"
racks = ["dh1/cab-0[1-3]", "dh2/cab-*"]
needs = 4
"""


def model(text: str, zone: str, known: Known | None = None, load: Load | None = None) -> ZoneModel:
    return model_zone(Site.loads(text), zone, known or Known(), load or Load(), None)


def test_what_is_named_is_taken_as_it_is() -> None:
    site = model(PLANT, "east").site
    layout = site.layout
    assert layout.hall_ids == ("dh1", "dh2")
    assert layout.units == ("dh1/ahu-1", "dh1/ahu-2", "dh2/ahu-1")
    assert layout.unit_kw.tolist() == [100.0, 75.0, 50.0]
    assert dict(zip(layout.chillers, site.chiller_kw.tolist(), strict=True)) == {
        "east/ch-1": 200.0,
        "east/ch-2": 300.0,
    }
    in_dh1 = layout.rack_hall == 0
    assert set(site.shutdown[in_dh1]) == {35.0} and set(site.critical[in_dh1]) == {30.0}
    assert set(site.shutdown[~in_dh1]) == {32.0}
    assert site.air[0] * layout.air_m3_per_rack * in_dh1.sum() == pytest.approx(500.0)


def test_what_is_filled_in_is_said_and_is_not_the_persons() -> None:
    made = model(PLANT, "east")
    said = " ".join(made.assumed)
    assert "capacity of 1 of 3 cooling units: the mean of the others, 75 kW" in said
    assert "no cooling tower is named" in said
    assert "dh1: 3 racks are named" in said
    assert "critical one, 32 C" in said
    assert {id.split("/")[1].split("-")[0] for id in made.made_up} == {"assumed"}
    assert set(made.site.layout.tower_ids) <= made.made_up


def test_racks_that_nobody_named_bear_names_that_the_patterns_match() -> None:
    layout = model(PLANT, "east").site.layout
    assert {"dh1/cab-01", "dh1/cab-02", "dh1/cab-03"} <= set(layout.racks)
    assert len(set(layout.racks)) == len(layout.racks)
    assert all(matches("dh*/cab-*", rack) for rack in layout.racks)
    (mail,) = layout.services
    assert mail.needs == 4
    assert len(mail.racks) == 3 + sum(rack.startswith("dh2/") for rack in layout.racks)


def test_racks_that_were_heard_are_all_there_are() -> None:
    heard = {f"dh1/cab-{n:02d}": float(n) for n in range(1, 5)} | {"dh2/cab-07": 6.0}
    known = Known(equipment=tuple(heard), power_kw=heard, running=frozenset({"east/ch-2"}))
    site = model(PLANT, "east", known).site
    assert set(site.layout.racks) == set(heard)
    assert dict(zip(site.layout.racks, site.load.tolist(), strict=True)) == heard
    assert (site.load <= site.layout.rack_nominal).all()
    assert site.layout.chillers == ("east/ch-2", "east/ch-1") and site.layout.duty_chillers == 1


@pytest.mark.parametrize(("load", "kw"), [(Load(kw=80.0), 80.0), (Load(part=0.5), None), (Load(), None)])
def test_the_load_is_what_was_asked_for(load: Load, kw: float | None) -> None:
    made = model(PLANT, "east", load=load)
    part = 0.75 if load.part is None else load.part
    assert made.site.load.sum() == pytest.approx(part * made.design_kw if kw is None else kw)


def test_a_load_in_kw_is_shared_by_what_the_zones_are_made_for() -> None:
    site = Site.loads("".join(f'[[equipment]]\nid = "room-{n}/crac-{k}"\n' for n in (1, 2) for k in (1, 2)))
    zones = zones_of(site, [])
    assert zones == ["room-1", "room-2"]
    total = sum(model_zone(site, zone, Known(), Load(), None).design_kw for zone in zones)
    loads = [model_zone(site, zone, Known(), Load(kw=40.0), None, total).site.load.sum() for zone in zones]
    assert loads == pytest.approx([20.0, 20.0])


def test_a_zone_without_plant_gets_one_that_is_not_the_persons() -> None:
    made = model('[[equipment]]\nid = "room/CRAC-1"\n[[equipment]]\nid = "room/CRAC-2"\n', "room")
    layout = made.site.layout
    assert {*layout.chillers, *layout.pumps, *layout.tower_ids} <= made.made_up
    assert not set(layout.units) & made.made_up
    assert any("CRAC" in sentence for sentence in made.assumed)


def test_pdus_that_are_declared_to_feed_racks_make_the_rows() -> None:
    text = PLANT + "".join(
        f'[[equipment]]\nid = "dh1/pdu-{k}"\nfeeds = ["dh1/cab-0{span}"]\n'
        for k, span in (("a", "[1-2]"), ("b", "[3-4]"))
    )
    heard = (*(f"dh1/cab-0{n}" for n in range(1, 5)), "dh2/cab-01")
    layout = model(text, "east", Known(equipment=heard)).site.layout
    of_row = {layout.rows[row]: rack for rack, row in zip(layout.racks, layout.rack_row, strict=True)}
    assert of_row["dh1/pdu-a"] == "dh1/cab-02" and of_row["dh1/pdu-b"] == "dh1/cab-04"


def test_the_given_load_is_what_the_racks_draw() -> None:
    made = model(PLANT, "east", load=Load(kw=70.0))
    plan = scenario(hours=0.1, layout=made.spans.model_dump() | {"load_noise": 0.0})
    simulation = Simulation(plan, 0, site=made.site)
    list(simulation.blocks())
    assert simulation.state.air.rack_power.sum() == pytest.approx(70.0, rel=1e-3)
    assert simulation.reserve().carried


def test_a_branch_is_the_run_that_would_have_been() -> None:
    """What is lost in a branch is lost as in one run of the same scenario; the trunk knows nothing of it."""
    healthy = scenario(hours=0.2, layout=ROOM)
    fault = {"kind": "unit_trip", "target": "hall-1/crah-01", "at_h": 0.1}
    whole = joined(list(simulate(scenario(fault, hours=0.2, layout=ROOM), 0).chunks()))
    trunk = simulate(healthy, 0)
    blocks = trunk.blocks()
    before = [trunk.sampled(*next(blocks)) for _ in range(6)]
    branch = trunk.branch([Fault(kind="unit_trip", target="hall-1/crah-01")], 360.0)
    after = list(branch.chunks())
    together = joined([*before, *after])
    assert (together.point == whole.point).all() and (together.value == whole.value).all()
    rest = joined([*before, *(trunk.sampled(*block) for block in blocks)])
    alone = joined(list(simulate(healthy, 0).chunks()))
    assert (rest.value == alone.value[: len(rest)]).all()
    assert (branch.state.unit.running == 0.0).sum() == 1 and (trunk.state.unit.running == 1.0).all()


def test_patterns_of_classes_are_spelled_out() -> None:
    assert texts("rack-0[1-3]") == ["rack-01", "rack-02", "rack-03"]
    assert texts("rack-01") == ["rack-01"]
    assert texts("rack-*") is None and texts("rack-[!1]") is None
    assert texts("rack-[0-9][0-9]", most=50) is None


def test_wet_bulb_is_that_of_the_paper() -> None:
    """The worked example below the equation: 20 degC and 50 % give 13.7 degC."""
    assert wet_bulb(20.0, 50.0) == pytest.approx(13.7, abs=0.05)
    assert np.diff([wet_bulb(t, 50.0) for t in range(-10, 46, 5)]).min() > 0.0
