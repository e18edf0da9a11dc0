"""Pure decisions: no clock, no I/O, no AWS; the standard library only."""
