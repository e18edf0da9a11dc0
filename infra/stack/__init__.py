"""Looking into a deployed stack: its settings, its dead letters, and bringing them back."""
