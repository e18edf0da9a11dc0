"""A shop's history in files: reading, importing into the tables, and replaying with a clock that follows the data."""
