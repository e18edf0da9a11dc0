"""A message to a person, and the reports about it."""
