"""Looks for interleavings that break an invariant: all short ones of two functions, random ones of more."""
