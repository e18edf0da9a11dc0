"""A message as it leaves for a person, and what is reported of it."""
