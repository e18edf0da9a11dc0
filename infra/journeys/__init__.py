"""What is shown and checked of journeys: diagrams, digests, funnels."""
