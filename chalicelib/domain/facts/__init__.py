"""What the shop's systems say of customers: facts, the events that they tell, and which version of a fact holds."""
