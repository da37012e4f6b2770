"""What machines were while they were known to be well: long, and frozen."""
