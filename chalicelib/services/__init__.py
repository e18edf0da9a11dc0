"""Use cases, one per file; ``ports`` has the Protocols of the stores that they need."""
