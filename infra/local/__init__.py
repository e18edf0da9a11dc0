"""The whole system in one process, on moto, under a virtual clock."""
