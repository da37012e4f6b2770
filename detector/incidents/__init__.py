"""Signs become incidents: one for each cause, with its life and its words."""
