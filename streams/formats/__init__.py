"""Records to readings: the formats of messages, and the names of points."""
