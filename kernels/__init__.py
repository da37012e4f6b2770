"""Compiled free functions on arrays; they know neither Kafka, files nor what sensors are called."""
