"""Run all benchmarks, one after the other, and put what they found into the README's table.

    python -m tests.benchmarks          all of them
    python -m tests.benchmarks NAME …   some, which leaves the table as it is

A figure beyond its limit stands out in bold. What cannot run here, for want of a package or a file, is named below the
table. The machine should have nothing else to do while times are measured; all of it takes about three quarters of an
hour. What
a benchmark is to do otherwise stands behind its name alone: `python -m tests.benchmarks memory --minutes 60`.
"""

from __future__ import annotations

import datetime
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.verdict import MARK

HERE = Path(__file__).parent
README = HERE.parents[1] / "README.md"
BEGIN, END = "<!-- benchmarks -->", "<!-- end of benchmarks -->"
NAMES = (
    "properties",
    "memory",
    "size",
    "decoding",
    "importance",
    "corpus",
    "threads",
    "painting",
    "compare",
    "lecture",
    "live",
    "visitors",
)
"""The benchmarks in order. Those before "decoding" measure no times."""


def machine() -> str:
    """The processor and how many cores there are of it."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    model = re.search(r"model name\s*:\s*(.+)", info)
    return f"{os.cpu_count()} cores of {model[1].strip() if model else 'an unnamed processor'}"


def run(name: str, options: list[str] | None = None) -> tuple[list[str], bool]:
    """Run one benchmark, and show what it prints. -> its figures, and whether it came to its end"""
    figures = []
    command = [sys.executable, str(HERE / f"{name}.py"), *(options or [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parents[1]) as process:
        for line in process.stdout or ():
            print(f"{name}: {line}", end="", flush=True)
            if line.startswith(MARK):
                figures.append(line.removeprefix(MARK).strip())
    return figures, process.returncode in (0, 1) and bool(figures)


def row(figure: str) -> str:
    """A line of the table; a figure beyond its limit in bold."""
    name, value, limit = figure.split(" | ")
    number, most = (float(text.split()[0].replace(",", "")) for text in (value, limit))
    return f"| {name} | {f'**{value.strip()}**' if number > most else value.strip()} | {limit.strip()} |"


def main(arguments: list[str]) -> int:
    first = next((i for i, argument in enumerate(arguments) if argument.startswith("-")), len(arguments))
    names, options = arguments[:first], arguments[first:]
    found = {name: run(name, options) for name in names or NAMES}
    rows = [row(figure) for figures, _ in found.values() for figure in figures]
    missing = [name for name, (_, ended) in found.items() if not ended]
    today = datetime.datetime.now(datetime.UTC).date()
    table = [f"Measured on {today:%Y-%m-%d}, {machine()}:", "", "| | measured | at most |", "|---|---|---|", *rows]
    if missing:
        table += ["", f"Not measured: {', '.join(missing)}."]
    if not names and not options:
        before, rest = README.read_text(encoding="utf-8").split(BEGIN)
        README.write_text(f"{before}{BEGIN}\n" + "\n".join(table) + f"\n{END}{rest.split(END)[1]}", encoding="utf-8")
    return int(any("**" in line for line in rows) or bool(missing))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
