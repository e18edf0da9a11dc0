"""A shop's history as files hold it: rows of CSV or JSON Lines in, facts out, for `rekindle import` and `replay`."""
