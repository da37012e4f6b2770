"""Who is told of an incident, when, and what of it."""
