"""What measured values should be, learned online (River)."""
