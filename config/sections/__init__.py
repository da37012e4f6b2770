"""The tables of coolwatch.toml, one a file."""
