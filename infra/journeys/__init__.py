"""Journeys as they are shown and checked: diagrams, digests, funnels."""
