"""Signs of a hall as a whole."""
