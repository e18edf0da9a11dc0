"""The whole system on one machine, under a virtual clock."""
