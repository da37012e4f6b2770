"""The services' fixtures, for every test."""

pytest_plugins = ["tests.services.kafka", "tests.services.influxdb", "tests.services.victoriametrics"]
