"""What touches the world: the daemon, replay, drill, setup, what people are told, the command line."""
