"""What a tick shows: the machines of a zone and who cools whom, their state, heat, air and weather."""
