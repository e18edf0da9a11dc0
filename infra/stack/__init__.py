"""A deployed stack seen from outside: its settings, its dead-letter queues, and how they are redriven."""
