"""Use cases, one a file; the ports each needs stand beside it as Protocols."""
