"""A server computes on one thread, also in the threads in which Streamlit runs pages."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = """
import threading
import pages.ui.cache
import torch
found = []
thread = threading.Thread(target=lambda: found.append(torch.__config__.parallel_info()))
thread.start()
thread.join()
print(found[0])
"""


def test_a_new_thread_computes_on_one_thread_unless_the_environment_says_otherwise():
    for own, expected in (({}, 1), ({"OMP_NUM_THREADS": "2"}, 2)):
        environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"} | own
        told = subprocess.run(
            [sys.executable, "-c", CODE], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        ).stdout
        assert f"omp_get_max_threads() : {expected}" in told
