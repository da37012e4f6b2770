"""Signs that a sensor is at fault."""
