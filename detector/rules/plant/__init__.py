"""Signs at the plant: machines that have stopped, water that does not move or comes warm."""
