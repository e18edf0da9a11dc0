"""A shop's history in files: read, imported into the tables, or replayed with the clock following the data."""
