"""Recorded and simulated logs through the engine, or onto a topic."""
