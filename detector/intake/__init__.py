"""Readings in, and ticks as they close: limits on arrival, event time, what waits."""
