"""The saved tables of the last local run: reading, changing and restoring them."""
