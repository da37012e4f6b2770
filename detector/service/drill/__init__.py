"""Every machine of a site lost in turn."""
