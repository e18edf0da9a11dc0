"""``infra/sources.yaml``: which of the shop's own tables are read, checked, and woven into the template."""
