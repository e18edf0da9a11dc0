"""Scenarios: a shop's story in YAML, played in virtual time on the real handlers, and checked."""
