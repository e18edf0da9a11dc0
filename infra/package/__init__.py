"""Builds the files for AWS, without an account: ``build/sam.json`` and ``build/deployment.zip`` (``make package``).

.chalice/config.json ─┐
app.py ───────────────┼─ template ─► sam.json ─────────┐
infra/template.yaml ──┤                                ├─ deploy (the AWS command line)
infra/policies/*.json ┘                                │
requirements.txt ── lock ── wheels ─┐                  │
app.py chalicelib workflows ──── contents ─ archive ─► deployment.zip
interpreters ───────────────────────────────┘
"""
