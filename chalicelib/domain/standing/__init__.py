"""A customer's loyalty, from the orders: standing, tiers, segments."""
