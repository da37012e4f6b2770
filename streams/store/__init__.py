"""Incidents, and what was told of them, in SQLite or PostgreSQL."""
