"""The engine that judges telemetry, and the service around it."""
