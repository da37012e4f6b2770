"""What people are told at a terminal and in the log."""
