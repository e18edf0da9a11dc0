"""``infra/sources.yaml``: the shop's own tables that are read; it is checked, and merged into the template."""
