"""Code that several pages share and that uses Streamlit: navigation, address, session, caches, controls, views."""

import os

# A page runs in a new thread, where torch begins with OpenMP's number of threads: with one, all runs give equal numbers.
os.environ.setdefault("OMP_NUM_THREADS", "1")
