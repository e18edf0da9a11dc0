"""moto, in this process, and its patches."""
