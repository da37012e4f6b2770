"""Signs at single racks."""
