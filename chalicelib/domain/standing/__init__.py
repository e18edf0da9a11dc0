"""What a customer's orders say of their loyalty: standing, tiers, segments."""
