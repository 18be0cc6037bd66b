"""Every benchmark in short form, one after the other: `make bench`."""

from __future__ import annotations

import subprocess
import sys

# module → arguments that keep it short; each stands alone as `python -m benchmarks.<name>`, too.
SHORT: dict[str, list[str]] = {
    "answers": ["--people", "200", "--at-once", "100"],
    "latency": ["--people", "100"],
    "burst": ["--due", "5000", "--seconds", "15"],
    "growth": ["--sizes", "1000,10000"],
    "paid": ["--prompts", "3000"],
    "failover": ["--times", "1", "--lasts", "12"],
    "free_text": [],
}


def main() -> int:
    """Run them all; returns the worst exit status."""
    worst = 0
    for name, arguments in SHORT.items():
        print(f"\n== {name}", flush=True)
        worst = max(worst, subprocess.call([sys.executable, "-m", f"benchmarks.{name}", *arguments]))
    return worst


if __name__ == "__main__":
    sys.exit(main())
