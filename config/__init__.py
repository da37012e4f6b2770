"""Settings, kinds and the site model, their defaults, and incident scenarios as data."""
