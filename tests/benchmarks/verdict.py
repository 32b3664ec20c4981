"""What a benchmark found beside what is allowed, in one form, so that all can be put into one table."""

MARK = "= "
"""How the lines begin that `python -m tests.benchmarks` reads."""


def verdict(name: str, value: float, limit: float, unit: str = "ms", digits: int = 0) -> bool:
    """Print a figure beside the largest value that is allowed. -> whether it is kept"""
    print(f"{MARK}{name} | {value:,.{digits}f} {unit} | {limit:,.{digits}f} {unit}", flush=True)
    return value <= limit
