"""What the shop's systems report of customers: facts, their events, and which version of a fact counts."""
