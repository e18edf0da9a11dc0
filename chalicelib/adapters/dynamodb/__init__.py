"""The three tables: every key, the shapes of items, and one store per topic."""
