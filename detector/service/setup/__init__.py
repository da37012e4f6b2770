"""A first site, checks, and the places and topics that coolwatch needs."""
