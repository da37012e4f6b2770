"""What is usual, and all that is remembered from one tick to the next."""
