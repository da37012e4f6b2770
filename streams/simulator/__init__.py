"""A plant and its halls, simulated, and the telemetry that they would send."""
