"""What the bot can do, measured beside a baseline: `make bench`, or `python -m benchmarks.answers` and the like.

They run real processes over TCP and read /proc, so they need Linux. docs/performance.md has the figures.
"""
