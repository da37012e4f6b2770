"""The daemon: poll, judge, hand on, checkpoint, and what it says of itself."""
