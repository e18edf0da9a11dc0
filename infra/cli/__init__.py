"""The command line ``rekindle``."""
