"""A hundred thousand made-up inputs: texts, links, interventions, Trace files, cards, model folders.

    python tests/benchmarks/properties.py

Runs tests/unit/test_properties.py with as many inputs. An input that crashes or takes over five seconds fails it, and is
printed. What the process took of memory is measured too.
"""

import os
import re
import resource
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.verdict import verdict

INPUTS = 100_000
MEMORY = 2_000  # MB


def main() -> int:
    path = Path(__file__).parents[1] / "unit" / "test_properties.py"
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "--hypothesis-show-statistics", str(path)]
    done = subprocess.run(
        command, env={**os.environ, "HEADLIGHT_INPUTS": "long"}, cwd=path.parents[2], capture_output=True, text=True
    )
    tried = sum(map(int, re.findall(r"- (\d+) passing", done.stdout)))
    if done.returncode:
        print(done.stdout)
    assert tried >= INPUTS or done.returncode, f"only {tried} inputs were tried"
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    fine = verdict(f"Made-up inputs that break something, of {tried:,}", int(done.returncode != 0), 0, "")
    return int(not verdict("Memory while they are tried", memory, MEMORY, "MB") or not fine)


if __name__ == "__main__":
    raise SystemExit(main())
