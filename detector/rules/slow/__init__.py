"""Signs of slow decay."""
