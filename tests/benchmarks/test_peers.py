"""Each peer alerts on what it is made for, keeps quiet when nothing changes, and knows no future."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.peers import PEERS, Alert, History, Peer, grid, history_of
from benchmarks.peers.alert import alerts_of, held
from benchmarks.peers.ewma import Ewma
from benchmarks.peers.half_space_trees import HalfSpaceTrees
from benchmarks.peers.median_mad import MedianMad, modified_z
from benchmarks.peers.netdata_kmeans import NetdataKMeans
from benchmarks.peers.plant_rule import PlantRule
from benchmarks.peers.predict_linear import PredictLinear, extrapolated
from benchmarks.peers.random_cut_forest import RandomCutForest
from benchmarks.peers.random_cut_tree import collusive_displacement
from benchmarks.peers.static_threshold import StaticThreshold
from config.scenario import load_scenario
from config.site import Site
from streams.simulator.simulation import simulate

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
TICK = 10 * SECOND
HOUR = 360
"""Ticks."""

SITE = Site.loads('[[zone]]\nname = "works"\nhalls = ["north"]\n')
IDS = (
    "north/rack-1/inlet_air_temperature",
    "north/rack-2/inlet_air_temperature",
    "north/crah-1/supply_air_temperature",
    "north/crah-1/on_off_status",
    "works/chiller-1/on_off_status",
    "works/loop/chilled_water_supply_temperature",
    "works/chiller-1/chilled_water_supply_temperature_setpoint",
)
USUAL = np.array([22.0, 22.5, 18.0, 1.0, 1.0, 12.0, 12.0])
NOISE = np.array([0.05, 0.05, 0.05, 0.0, 0.0, 0.05, 0.0])
INLET, SUPPLY, STATUS, WATER = 0, 2, 3, 5

every_peer = pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)


def usual(ticks: int, noise: float = 1.0, seed: int = 0) -> np.ndarray:
    """[ticks, points] a hall in which nothing happens."""
    return USUAL + noise * NOISE * np.random.default_rng(seed).standard_normal((ticks, len(IDS)))


def history(values: np.ndarray, ids: tuple[str, ...] = IDS) -> History:
    """Every value that is not NaN as a reading, tick after tick."""
    tick, point = np.nonzero(np.isfinite(values))
    return History(ids, point.astype(np.int32), START + tick * TICK, values[tick, point])


def alerts(peer: Peer, values: np.ndarray) -> list[Alert]:
    told = history(values)
    return peer.alerts(told, grid(told), SITE)


def at(tick: int) -> int:
    return START + tick * TICK


# ---- the grid


def test_the_grid_carries_the_last_value_forward_until_it_is_stale() -> None:
    ids = ("a/rack-1/inlet_air_temperature", "a/rack-2/inlet_air_temperature")
    quick = np.arange(0, 100, 10)
    slow = np.arange(5, 400, 60)
    time = np.concatenate([quick, slow])
    point = np.repeat([0, 1], [len(quick), len(slow)]).astype(np.int32)
    order = np.argsort(time, kind="stable")
    told = History(ids, point[order], START + time[order] * SECOND, time[order].astype(float))
    times, values = grid(told)
    assert times[0] == START and set(np.diff(times)) == {TICK}
    ten = np.arange(len(times)) * 10
    assert np.array_equal(values[:, 0], np.where(ten <= 150, np.minimum(ten, 90), np.nan), equal_nan=True)
    assert np.isnan(values[0, 1])
    assert np.array_equal(values[1:, 1], (ten[1:] - 5) // 60 * 60 + 5.0)


def test_the_grid_takes_readings_that_arrive_out_of_order_by_their_time() -> None:
    told = History(
        ("a/b/power",), np.zeros(4, np.int32), START + np.array([0, 20, 10, 20]) * SECOND, np.arange(4.0)
    )
    assert grid(told).values[:, 0].tolist() == [0.0, 2.0, 3.0]


@pytest.mark.parametrize("place", [0, 1, -1])
def test_a_bad_clock_neither_lengthens_nor_moves_the_grid(place: int) -> None:
    time = START + np.arange(5) * TICK
    wrong = time.copy()
    for away in (-(10**9), 10**9):
        wrong[place] = START + away * SECOND
        times, _ = grid(History(("a/b/power",), np.zeros(5, np.int32), wrong, np.arange(5.0)))
        assert np.array_equal(times, np.delete(time, place) if place != 1 else time)


def test_no_readings_no_alerts() -> None:
    told = history_of(IDS, [])
    assert [peer.alerts(told, grid(told), SITE) for peer in PEERS] == [[]] * len(PEERS)


@every_peer
def test_a_run_without_any_cooling_is_borne(peer: Peer) -> None:
    ids = ("attic/meter-1/power", "nonsense", "attic/meter-1/unheard_of")
    told = history(np.random.default_rng(5).normal(10.0, 1.0, (5 * HOUR, 3)), ids)
    assert isinstance(peer.alerts(told, grid(told), Site.empty()), list)


# ---- alerts


def test_a_condition_must_hold_and_a_short_quiet_does_not_start_it_anew() -> None:
    active = np.zeros((200, 1), bool)
    active[[3, 4, 10, 11, 12, 13, 35, 36, 37, 80, 81, 82, 83]] = True
    times = START + np.arange(200) * TICK
    assert np.flatnonzero(held(active, 2)[:, 0]).tolist() == [12, 13, 37, 82, 83]
    assert alerts_of(held(active, 2), times, ["a"]) == [Alert(at(12), "a"), Alert(at(82), "a")]


def test_a_series_that_is_always_on_does_not_hide_another_of_its_hall() -> None:
    active = np.zeros((200, 3), bool)
    active[:, 0] = True
    active[100:, 1] = active[110:, 2] = True
    times = START + np.arange(200) * TICK
    assert alerts_of(active, times, ["a", "a", "a"]) == [Alert(at(0), "a"), Alert(at(100), "a")]
    assert [each.time for each in alerts_of(active, times, ["a", "a", "b"])] == [at(0), at(100), at(110)]


# ---- every peer


@every_peer
def test_a_constant_hall_is_no_alert(peer: Peer) -> None:
    assert alerts(peer, usual(9 * HOUR, noise=0.0)) == []


@every_peer
def test_gaps_and_points_that_never_speak_are_borne(peer: Peer) -> None:
    values = usual(5 * HOUR)
    values[2 * HOUR : 3 * HOUR, INLET] = np.nan
    values[1000:1200] = np.nan
    values[:, 1] = np.nan
    values[::7, SUPPLY] = np.nan
    assert alerts(peer, values) == alerts(peer, values)


@every_peer
def test_a_coarser_grid_takes_the_same_spans_of_time(peer: Peer) -> None:
    onset = 10 * HOUR
    values = usual(11 * HOUR)
    values[onset:, [INLET, 1, SUPPLY]] += 0.15 * np.arange(HOUR)[:, None]
    values[onset:, STATUS] = 0.0
    told = history(values)
    coarse = [each for each in peer.alerts(told, grid(told, 60), SITE) if each.time >= at(onset)]
    assert coarse and coarse[0].time <= at(onset + 90)


@every_peer
@settings(max_examples=8)
@given(seed=st.integers(0, 2**16), cut=st.integers(4 * HOUR, 7 * HOUR - 1))
def test_what_comes_later_changes_no_alert(peer: Peer, seed: int, cut: int) -> None:
    values = eventful(seed)
    whole = history(values)
    part = whole.until(at(cut))
    assert [each for each in peer.alerts(whole, grid(whole), SITE) if each.time <= at(cut)] == peer.alerts(
        part, grid(part), SITE
    )


def eventful(seed: int) -> np.ndarray:
    """Seven hours with gaps, steps, ramps and stops at random."""
    rng = np.random.default_rng(seed)
    values = usual(7 * HOUR, seed=seed)
    for _ in range(12):
        begin, point = rng.integers(HOUR, 7 * HOUR), rng.integers(len(IDS))
        values[begin : begin + rng.integers(1, HOUR), point] += rng.normal(0.0, 6.0)
    for _ in range(6):
        begin, point = rng.integers(0, 7 * HOUR), rng.integers(len(IDS))
        values[begin : begin + rng.integers(1, 60), point] = np.nan
    for point in (STATUS, STATUS + 1):
        values[rng.integers(3 * HOUR, 7 * HOUR) :, point] = 0.0
    return values


# ---- each peer


def test_static_threshold_waits_a_minute_above_the_warning() -> None:
    values = usual(2 * HOUR, noise=0.0)
    values[100:105, INLET] = 28.0
    values[200:, INLET] = 28.0
    assert alerts(StaticThreshold(), values) == [Alert(at(206), "north")]


def test_plant_rule_alerts_on_a_stop_and_on_warm_water() -> None:
    values = usual(2 * HOUR, noise=0.0)
    values[50:80, STATUS] = 0.0
    values[60:, STATUS + 1] = 0.0
    values[200:, WATER] = 14.1
    found = [Alert(at(50), "north"), Alert(at(60), ""), Alert(at(206), "")]
    assert alerts(PlantRule(), values) == found


def test_plant_rule_sees_a_stop_over_a_gap_and_is_not_moved_by_what_never_ran() -> None:
    values = usual(HOUR, noise=0.0)
    values[:, STATUS] = 0.0
    values[50:70, STATUS + 1] = np.nan
    values[70:, STATUS + 1] = 0.0
    assert alerts(PlantRule(), values) == [Alert(at(70), "")]


@pytest.mark.parametrize(("window", "ahead"), [(900, 1800), (300, 600)])
def test_predict_linear_sees_a_ramp_that_will_cross_the_critical_limit(window: int, ahead: int) -> None:
    peer = PredictLinear(window, ahead)
    values = usual(2 * HOUR, noise=0.0)
    ramp = np.arange(HOUR) * 0.1
    values[HOUR:, INLET] += ramp
    (only,) = alerts(peer, values)
    crossing = at(HOUR + 100)
    assert at(HOUR) < only.time < crossing - 60 * SECOND
    values[HOUR:, INLET] = 22.0 - ramp
    assert alerts(peer, values) == []


def test_the_line_is_that_of_least_squares() -> None:
    values = np.random.default_rng(1).normal(20.0, 1.0, (40, 2))
    values[5, 0] = values[17:20, 1] = np.nan
    line = extrapolated(values, 12, 6.0)
    for k in (11, 25, 39):
        for s in range(2):
            x = np.arange(k - 11, k + 1)
            y = values[x, s]
            known = np.isfinite(y)
            slope, offset = np.polyfit(x[known], y[known], 1)
            assert line[k, s] == pytest.approx(offset + slope * (k + 6), abs=1e-8)


def test_ewma_sees_a_small_shift_of_the_average() -> None:
    values = usual(4 * HOUR)
    values[3 * HOUR :, SUPPLY] += 0.25
    found = [each for each in alerts(Ewma(), values) if each.time >= at(3 * HOUR)]
    assert found and found[0].time <= at(3 * HOUR + 18)


def test_median_mad_sees_a_step_of_warm_supply_air() -> None:
    values = usual(3 * HOUR)
    values[2 * HOUR :, SUPPLY] += 2.0
    assert alerts(MedianMad(), values) == [Alert(at(2 * HOUR + 6), "north")]


def test_modified_z_is_as_defined_and_falls_back_where_the_mad_is_zero() -> None:
    x = np.random.default_rng(2).normal(18.0, 1.0, (1, 50))
    recent = x[0, 10:50]
    expected = (x[0, 49] - np.median(recent)) / (1.4826 * np.median(np.abs(recent - np.median(recent))))
    assert modified_z(x, 40, 20)[0, 49] == pytest.approx(expected)
    x = np.full((1, 50), 18.0)
    x[0, 49] = 19.0
    assert modified_z(x, 40, 20)[0, 49] == pytest.approx(1.0 / (1.2533 / 40.0))


@pytest.mark.parametrize("peer", [NetdataKMeans(), HalfSpaceTrees(), RandomCutForest()], ids=lambda p: p.name)
def test_the_learned_peers_see_a_hall_that_runs_away(peer: Peer) -> None:
    onset = 7 * HOUR
    values = usual(8 * HOUR)
    climb = 0.15 * np.arange(HOUR)[:, None]
    values[onset:, [INLET, 1, SUPPLY]] += climb
    found = [each for each in alerts(peer, values) if each.time >= at(onset)]
    assert found and found[0].time <= at(onset + 30)


def test_random_cut_trees_displace_an_outlier_most_and_copies_little() -> None:
    rng = np.random.default_rng(3)
    points = rng.normal(0.0, 1.0, (400, 3))
    points[300] = 12.0
    score = collusive_displacement(points, 30, 128, 5)
    assert np.argmax(score) == 300 and score[300] > 3.0 * np.median(score[128:])
    assert collusive_displacement(np.ones((300, 3)), 5, 64, 5).max() == 0.0
    assert np.array_equal(score, collusive_displacement(points, 30, 128, 5))


def test_random_cut_trees_bear_points_that_repeat() -> None:
    points = np.random.default_rng(4).integers(0, 3, (500, 2)).astype(float)
    score = collusive_displacement(points, 10, 64, 5)
    assert np.isfinite(score).all() and (score >= 0.0).all() and score.max() <= 64.0


# ---- a simulated outage


class Outage(NamedTuple):
    history: History
    site: Site
    onset: int
    drop: int


@pytest.fixture(scope="module")
def outage() -> Outage:
    """Long enough for the first drop, without the hours after it."""
    simulation = simulate(load_scenario("guangzhou-2023"), seed=2, hours=6.8)
    told = history_of(simulation.ids, simulation.chunks())
    truth = simulation.truth
    assert truth.onset is not None and truth.first_drop is not None
    onset, drop = (
        int(datetime.fromisoformat(t).timestamp()) * SECOND for t in (truth.onset, truth.first_drop)
    )
    return Outage(told, Site.loads(simulation.site_toml), onset, drop)


def after_onset(peer: Peer, outage: Outage) -> int:
    """The first alert from the onset on."""
    found = peer.alerts(outage.history, grid(outage.history), outage.site)
    return min(each.time for each in found if each.time >= outage.onset)


def test_the_plant_rule_is_there_within_a_minute_of_an_outage(outage: Outage) -> None:
    assert after_onset(PlantRule(), outage) - outage.onset <= 60 * SECOND


@pytest.mark.parametrize(
    "peer", [StaticThreshold(), MedianMad(), PredictLinear(300, 600)], ids=lambda p: p.name
)
def test_these_are_there_before_the_first_drop_but_after_the_plant_rule(peer: Peer, outage: Outage) -> None:
    assert after_onset(PlantRule(), outage) < after_onset(peer, outage) < outage.drop
