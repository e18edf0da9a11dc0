"""Mutation testing of what decides: small changes of the sources, each of which some test should notice.

``make mutants`` runs mutmut; ``plan.toml`` says which modules are mutated and which tests judge each of them,
``explained.toml`` which surviving mutants no test could kill, and why.
"""
