"""All side-by-side measurements, one after another: `make bench`, or `python -m tests.bench NAME...`.

Each prints its own figures; docs/ says what they were where they were taken. Together they take the
better part of an hour on two cores.
"""

import subprocess
import sys

BENCHES = (
    "published_memory",
    "memory_grid",
    "perplexity_levels",
    "perplexity_memory",
    "gptq_widths",
    "chatglm_one_pass",
    "verdict_speed",
    "verdict_equal",
    "first_paint",
    "trial_forecast",
    "trial_race",
    "trial_throughput",
)


def main() -> int:
    """Run the named benches, or all; the number of those that failed."""
    failed = 0
    for name in sys.argv[1:] or BENCHES:
        print(f"\n== {name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"tests.bench.{name}"]).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
