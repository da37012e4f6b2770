"""The web pages to come."""
