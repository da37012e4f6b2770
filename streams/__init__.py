"""What flows, and every way in or out."""
