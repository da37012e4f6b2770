"""What foreign names mean: proposals of points from names, units and values."""
