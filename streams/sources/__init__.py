"""Ways in: Kafka and recorded logs."""
