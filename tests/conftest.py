"""The services' fixtures and Hypothesis' profile, for every test."""

from hypothesis import settings

pytest_plugins = ["tests.services.kafka", "tests.services.influxdb", "tests.services.victoriametrics"]

# The first example of a property may compile a kernel, so no example has a deadline.
settings.register_profile("coolwatch", deadline=None)
settings.load_profile("coolwatch")
