"""What a local run leaves behind, and how it is restored."""
