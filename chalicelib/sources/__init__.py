"""How a shop's systems are read: bytes and rows in, facts out; no I/O. One package a system."""
