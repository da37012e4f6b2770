"""Signs at cooling units."""
