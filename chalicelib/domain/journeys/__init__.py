"""The vocabulary of journeys, one customer's run of one, and every decision about it."""
