"""What init makes of names whose readings do not all say the same."""

from __future__ import annotations

from config.sections.messages import MessagesSettings
from detector.service.setup.seen_names import SeenNames
from detector.service.setup.told_names import told_names
from tests.streams.messages import records_of


def test_readings_without_a_value_take_nothing_from_those_with_a_unit() -> None:
    seen = SeenNames(MessagesSettings())
    values = ["No Data", "24.1 °C", "24.3 °C", "Comm Fail"]
    messages = (
        f'{{"point": "CRAC 2 Ret Air T", "time": {1_750_000_000 + i}, "value": "{value}"}}'
        for i, value in enumerate(values)
    )
    seen.take(records_of([message.encode() for message in messages]))
    (told,) = told_names(seen.tallies)
    assert told.made == "told"
    assert told.proposal is not None
    assert told.proposal.measure == "return_air_temperature"
    assert (told.tally.unit, told.tally.values.count) == ("degC", 2)
