from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from config.limits import ASHRAE_INLET, Limits, limits_of
from config.site import Site
from config.site_file import LimitEntry

INLET = "hall-1/rack-07/inlet_air_temperature/top"


def test_rack_inlets_get_the_ashrae_figures() -> None:
    limits = Site.empty().limits(INLET)
    assert limits == Limits(warning=27, critical=32)


def test_nothing_else_has_a_default() -> None:
    for id in (
        "hall-1/crah-01/supply_air_temperature",
        "hall-1/rack-07/power",
        "no id",
        "hall-1/x/unheard_of",
    ):
        assert Site.empty().limits(id) == Limits()


def test_what_a_cooling_unit_takes_in_is_no_rack_inlet() -> None:
    assert Site.empty().limits("hall-1/crah-01/inlet_air_temperature") == Limits()
    assert Site.empty().limits("hall-1/a-17/inlet_air_temperature") == ASHRAE_INLET


def test_matching_entries_are_merged_key_by_key() -> None:
    site = Site.loads("""
    [[limit]]
    match = "*/rack-*/inlet_air_temperature/**"
    warning = 28
    critical = 33
    shutdown = 40
    [[limit]]
    match = "hall-1/**"
    shutdown = 42
    [[limit]]
    match = "*/*/power"
    warning = 10
    """)
    assert site.limits(INLET) == Limits(None, None, 28, 33, 42)
    assert site.limits("hall-2/rack-07/inlet_air_temperature").shutdown == 40
    assert site.limits("hall-2/rack-07/power") == Limits(warning=10)


def test_defaults_step_aside_for_what_the_site_says() -> None:
    warmer = Site.loads('[[limit]]\nmatch = "**/inlet_air_temperature/**"\nwarning = 35')
    assert warmer.limits(INLET) == Limits(None, None, 35, 35, None)
    cooler = Site.loads('[[limit]]\nmatch = "**/inlet_air_temperature/**"\nshutdown = 26')
    assert cooler.limits(INLET) == Limits(None, None, 26, 26, 26)


def test_where_entries_contradict_each_other_the_limit_reached_first_stands() -> None:
    site = Site.loads("""
    [[limit]]
    match = "hall-1/*/power"
    critical = 30
    low_critical = 5
    [[limit]]
    match = "*/rack-*/power"
    warning = 35
    low_warning = 2
    """)
    assert site.limits("hall-1/rack-01/power") == Limits(5, 5, 30, 30, None)


_VALUES = st.none() | st.integers(-50, 50)
_ENTRIES = st.lists(st.fixed_dictionaries(dict.fromkeys(Limits._fields, _VALUES)), max_size=4)


@given(_ENTRIES, st.sampled_from([ASHRAE_INLET, Limits()]))
def test_high_limits_and_low_limits_are_each_in_order(
    given: list[dict[str, int | None]], defaults: Limits
) -> None:
    limits = limits_of("h/x/y", defaults, [LimitEntry(match="**", **values) for values in given])
    high = [v for v in (limits.warning, limits.critical, limits.shutdown) if v is not None]
    low = [v for v in (limits.low_critical, limits.low_warning) if v is not None]
    assert high == sorted(high)
    assert low == sorted(low)
    said = {name for values in given for name, value in values.items() if value is not None}
    assert said <= {name for name in Limits._fields if getattr(limits, name) is not None}
