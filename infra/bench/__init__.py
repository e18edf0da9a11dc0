"""What Rekindle costs, measured by ``make bench``: ratios in one run, and counts; written to ``docs/benchmarks.md``.

Each of ``MEASURED`` has a ``NAME``, ``measure(quick)`` giving figures that JSON can hold, and ``markdown(figures)``.
"""

MEASURED = ("startup", "records", "calls", "webhooks", "imports", "naive", "sweep", "prices")
