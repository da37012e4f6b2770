"""The engines of the zones of a partition, which daemon, replay and drill share."""
