"""Readers of the shop's systems: bytes and rows in, facts out; no I/O. One package per system."""
