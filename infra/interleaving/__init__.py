"""Several functions side by side on the local machine: exactly one goes on at each call to AWS."""
