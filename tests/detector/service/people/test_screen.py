"""The terminal's picture: what is hot is red, what is urgent comes first, and 80 columns are enough."""

from __future__ import annotations

import doctest

import numpy as np

from config.kinds import load_kinds
from config.site import Site
from detector.service.people import screen as console
from detector.service.people.scene import Scene
from detector.service.people.terminal import terminal
from streams.messages import Forecasts, HallState, Scores, TickVerdict, Verdict
from tests.detector.service.incidents import incident

IDS = [f"hall-1/rack-{rack:02d}/inlet_air_temperature" for rack in range(1, 31)]


def scene() -> Scene:
    picture = Scene(Site.empty(), load_kinds())
    count = len(IDS)
    value = np.full(count, 22.0)
    value[4] = 41.0
    nan = np.full(count, np.nan)
    services = Forecasts(
        ("mail", "search"),
        ("hall-1", "hall-1"),
        np.array([5.0, 2.0]),
        np.array([np.nan, 95.0]),
        np.array([np.nan, 60.0]),
        np.array([np.nan, 120.0]),
    )
    scores = Scores(np.arange(count, dtype=np.int32), value, nan, nan, np.ones(count))
    hall = HallState("hall-1", 200.0, None, None, "not calibrated yet", None, 0.1)
    tick = TickVerdict(
        "hall-1", 1_700_000_000_000_000_000, scores, Forecasts.empty(), services, (hall,), ("limits",)
    )
    told = incident("a", severity="emergency", summary="the hall is warming", updated=tick.end)
    picture.take(Verdict("hall-1", [tick], [told]), IDS)
    return picture


def shown(picture: Scene) -> list[str]:
    screen = terminal(width=80, record=True, force_terminal=False, file=None, quiet=True)
    with screen.capture() as capture:
        screen.quiet = False
        screen.print(console.render(picture, "test"))
    return capture.get().splitlines()


def test_examples() -> None:
    assert doctest.testmod(console).failed == 0


def test_everything_fits_and_says_what_matters() -> None:
    lines = shown(scene())
    text = "\n".join(lines)
    assert max(map(len, lines)) <= 80
    assert "41" in text
    assert "not calibrated yet" in text
    assert "units to spare" in text
    assert "unknown" in text
    assert text.index("search") < text.index("mail")
    assert "1 min 35 s" in text
    assert "EMERGENCY  the hall is warming" in text


def test_before_the_first_tick_it_says_so() -> None:
    assert "waiting for the first tick" in "\n".join(shown(Scene(Site.empty(), load_kinds())))


def test_a_service_that_reached_its_limit_is_not_shown_as_safe_when_its_racks_cool_off() -> None:
    picture = scene()
    (hot, cold) = (with_time_to_limit(left) for left in (0.0, np.nan))
    picture.take(Verdict("hall-1", [hot]), IDS)
    picture.take(Verdict("hall-1", [cold]), IDS)
    line = next(each for each in shown(picture) if "mail" in each)
    assert "at its limit since 22:13:20" in line

    over = incident("a", state="resolved", resolved=hot.end, updated=hot.end)
    picture.take(Verdict("hall-1", [], [over]), IDS)
    assert "nothing in sight" in next(each for each in shown(picture) if "mail" in each)


def with_time_to_limit(left: float) -> TickVerdict:
    """A tick that says nothing but how long ``mail`` has left."""
    none, one = np.empty(0), np.array([left])
    scores = Scores(np.empty(0, np.int32), none, none, none, none)
    services = Forecasts(("mail",), ("hall-1",), one, one, one, one)
    return TickVerdict("hall-1", 1_700_000_000_000_000_000, scores, Forecasts.empty(), services, (), ())
