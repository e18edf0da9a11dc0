"""Changes that last for one block."""
