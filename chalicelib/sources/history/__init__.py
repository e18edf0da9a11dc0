"""A shop's history in files: rows of CSV or JSON Lines in, facts out, for `rekindle import` and `replay`."""
