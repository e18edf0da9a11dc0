"""A shop's history, from files: read, imported, replayed."""
