"""Replaying a shop's real history: rows from CSV files, played on the local machine."""
