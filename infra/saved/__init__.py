"""The saved tables of the last local run: reading them, changing them, and continuing from them."""
