"""What every model keeps to: NaN drivers, warm-up, snapshots, memory, and no opinion of the unseen."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.snapshot import decode, encode
from detector.usual.models import cooling_units, racks
from detector.usual.models.bank import Bank
from detector.usual.models.bank import T as BANK
from detector.usual.models.expectation import Expectation
from detector.usual.shared import OF_USUAL

NAMES = {"unit": cooling_units.DRIVERS, "rack": racks.DRIVERS, "one driver": ("load",)}


@pytest.fixture(params=sorted(NAMES))
def names(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return NAMES[request.param]


def samples(names: tuple[str, ...], count: int, seed: int = 0) -> Iterator[tuple[dict[str, float], float]]:
    """A value that follows its drivers in a straight line, with noise."""
    rng = np.random.default_rng(seed)
    slope = np.random.default_rng(99).normal(0.0, 1.0, len(names))
    for _ in range(count):
        row = rng.normal(20.0, 3.0, len(names))
        yield (
            dict(zip(names, row.tolist(), strict=True)),
            float(slope @ (row - 20.0) + 22.0 + rng.normal(0.0, 0.05)),
        )


def taught(names: tuple[str, ...], count: int = 200) -> Expectation:
    model = Expectation()
    for x, y in samples(names, count):
        model.learn(x, y)
    return model


def middle(names: tuple[str, ...]) -> dict[str, float]:
    return dict.fromkeys(names, 20.0)


def test_it_says_nothing_until_it_is_warm(names: tuple[str, ...]) -> None:
    model = Expectation()
    for n, (x, y) in enumerate(samples(names, OF_USUAL.model_warm_up + 1)):
        assert math.isnan(model.expect(x)) == (n < OF_USUAL.model_warm_up)
        model.learn(dict.fromkeys(x, 20.0 + n % 5) if n < 0 else x, y)


def test_it_learns_what_it_is_shown(names: tuple[str, ...]) -> None:
    model = taught(names)
    misses = [
        abs(model.expect(x) - y) for x, y in samples(names, 50, seed=7) if not math.isnan(model.expect(x))
    ]
    assert len(misses) > 40
    assert np.median(misses) < 0.15


def test_it_has_no_opinion_where_it_has_not_been(names: tuple[str, ...]) -> None:
    model = taught(names)
    assert not math.isnan(model.expect(middle(names)))
    for name in names:
        assert math.isnan(model.expect({**middle(names), name: 60.0}))
        assert math.isnan(model.expect({**middle(names), name: -40.0}))


def test_a_region_that_is_learned_is_one_that_it_speaks_of(names: tuple[str, ...]) -> None:
    model = taught(names, 60)
    far = {**middle(names), names[0]: 60.0}
    for _ in range(60):
        model.learn(far, 30.0)
    assert not math.isnan(model.expect(far))


def test_a_driver_that_is_missing_leaves_it_an_opinion_but_none_at_all_does_not() -> None:
    model = taught(cooling_units.DRIVERS)
    some = middle(cooling_units.DRIVERS)
    del some["outdoor"]
    assert not math.isnan(model.expect(some))
    assert math.isnan(model.expect({}))


def test_a_driver_that_it_was_never_told_of_is_a_place_where_it_has_not_been(names: tuple[str, ...]) -> None:
    assert math.isnan(taught(names).expect({**middle(names), "moon": 1.0}))


def test_a_driver_that_comes_and_goes_is_learned_from_all_the_same() -> None:
    model = Expectation()
    for n, (x, y) in enumerate(samples(cooling_units.DRIVERS, 200)):
        model.learn({k: v for k, v in x.items() if k != "outdoor" or n % 2}, y)
    assert math.isfinite(model.expect(middle(cooling_units.DRIVERS)))


def test_put_back_from_its_state_it_goes_on_to_the_bit(names: tuple[str, ...]) -> None:
    whole = taught(names, 100)
    part = taught(names, 100)
    part = Expectation.restore(decode(encode(part.state())))
    for x, y in samples(names, 100, seed=3):
        assert whole.expect(x).hex() == part.expect(x).hex()
        whole.learn(x, y)
        part.learn(x, y)
        assert whole.drifting == part.drifting
    assert encode(whole.state()) == encode(part.state())


def test_its_memory_does_not_grow(names: tuple[str, ...]) -> None:
    assert len(encode(taught(names, 100).state())) <= len(encode(taught(names, 3000).state())) + 64
    assert len(encode(taught(names, 3000).state())) <= len(encode(taught(names, 100).state())) + 64


def test_a_residual_that_leaves_its_mean_for_good_is_drift() -> None:
    model = taught(("load",))
    assert not model.drifting
    for x, y in samples(("load",), 200, seed=5):
        model.learn(x, y + 1.5)
    assert model.drifting


def test_a_model_made_of_other_parts_is_refused() -> None:
    state = taught(("load",)).state()
    state["model"]["momentum"] = 0.9
    with pytest.raises(ValueError, match="other parts"):
        Expectation.restore(state)


# ---- a bank of them

IDS = ("hall-1/a", "hall-1/b", "hall-1/c")


def bank_of(count: int, every: int = 1) -> Bank:
    bank = Bank(("load", "fan"), every)
    rng = np.random.default_rng(0)
    for _ in range(count):
        drivers = rng.normal(20.0, 2.0, (3, 2))
        drivers[1, 1] = np.nan
        bank.learn(IDS, (0, 1), drivers, np.array([22.0, 23.0, 24.0]) + rng.normal(0.0, 0.1, 3))
    return bank


def test_a_bank_speaks_of_those_that_it_has_learned() -> None:
    bank = bank_of(100)
    drivers = np.array([[20.0, 20.0], [20.0, np.nan], [20.0, 20.0]])
    expected = bank.expect(IDS, (0, 1, 2), drivers)
    assert expected[:2] == pytest.approx([22.0, 23.0], abs=0.2)
    assert math.isnan(expected[2])


@pytest.mark.parametrize("put_back", [False, True])
def test_a_bank_says_what_each_of_its_models_says(names: tuple[str, ...], put_back: bool) -> None:
    rng = np.random.default_rng(1)
    ids = tuple(f"hall-1/{n}" for n in range(12))
    bank = Bank(names, 1)
    for tick in range(70):
        rows = tuple(range(12 if tick > 40 else 3))
        drivers = rng.normal(20.0, 2.0, (12, len(names)))
        drivers[1, 0] = np.nan
        bank.learn(ids, rows, drivers, rng.normal(22.0, 1.0, 12))
    if put_back:
        other = Bank(names, 1)
        other.restore(decode(encode(bank.state())))
        bank = other
    for _ in range(40):
        drivers = rng.normal(20.0, 6.0, (12, len(names)))
        drivers[rng.random(drivers.shape) < 0.3] = np.nan
        got = bank.expect(ids, tuple(range(12)), drivers)
        want = [
            bank.models[id].expect({n: v for n, v in zip(names, row, strict=True) if v == v})
            for id, row in zip(ids, drivers.tolist(), strict=True)
        ]
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9)


def test_a_bigger_residual_never_deviates_less() -> None:
    bank = bank_of(100)
    residuals = np.linspace(0.0, 50.0, 200)
    deviations = [float(bank.deviation(IDS, (0,), np.full(3, r))[0]) for r in residuals.tolist()]
    assert deviations == sorted(deviations) and deviations[-1] > deviations[0]


def test_models_that_know_their_machine_learn_at_leisure() -> None:
    counted = [bank_of(count).models["hall-1/a"].samples for count in (BANK.seasoned, BANK.seasoned + 40)]
    assert counted == [BANK.seasoned, BANK.seasoned + 40 // BANK.leisure]


def test_a_driver_that_was_never_there_is_not_missed_and_what_is_not_asked_is_not_told() -> None:
    expected = bank_of(100).expect(IDS, (1,), np.full((3, 2), 20.0))
    assert np.isnan(expected).all()


def test_values_that_are_nan_are_not_learned() -> None:
    bank = Bank(("load",), 1)
    for _ in range(100):
        bank.learn(IDS, (0,), np.full((3, 1), 20.0), np.full(3, np.nan))
    assert not bank.models


def test_each_is_learned_at_its_turn() -> None:
    assert [bank_of(60, every=6).models[id].samples for id in IDS[:2]] == [10, 10]


def test_a_bank_put_back_goes_on_and_names_what_it_could_not_read() -> None:
    bank, other = bank_of(100), Bank(("load", "fan"), 1)
    assert other.restore(decode(encode(bank.state()))) == []
    assert encode(other.state()) == encode(bank.state())
    broken = decode(encode(bank.state()))
    del broken["models"]["hall-1/b"]["model"]
    assert Bank(("load", "fan"), 1).restore(broken) == ["hall-1/b"]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=50, max_size=80))
def test_whatever_it_is_taught_its_state_is_plain_numbers(course: list[tuple[float, float]]) -> None:
    model = Expectation()
    for driver, value in course:
        model.learn({"load": driver}, value)
    assert math.isfinite(model.scale)
    assert msgspec.msgpack.encode(model.samples) == msgspec.msgpack.encode(len(course))
    expected = model.expect({"load": course[-1][0]})
    assert math.isnan(expected) or math.isfinite(expected)


def test_a_wild_residual_moves_the_scale_by_a_few_scales_at_most_and_is_taken_in() -> None:
    one, other = taught(("load",)), taught(("load",))
    before = one.scale
    one.learn({"load": 20.0}, 1e4)
    other.learn({"load": 20.0}, 1e6)
    assert before < one.scale == other.scale < 1.2 * before
    assert one.expect({"load": 20.0}) < other.expect({"load": 20.0})
