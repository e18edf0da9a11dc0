"""What is counted, and the formulas and statistics of the figures."""
