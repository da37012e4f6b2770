"""Signs that telemetry is lost or its clocks are wrong."""
