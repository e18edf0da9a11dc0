"""Measures what Rekindle costs (``make bench``): ratios within one run, and counts, for ``docs/benchmarks.md``.

Each of ``MEASURED`` has a ``NAME``, ``measure(quick)``, which returns figures for JSON, and ``markdown(figures)``.
"""

MEASURED = ("startup", "records", "calls", "webhooks", "imports", "naive", "sweep", "prices")
