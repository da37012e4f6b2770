"""Ways out: scores to InfluxDB or a file, letters to Kafka or a file, the spool between."""
