"""Kulant: collects overdue invoices without losing the customer."""

import os

__version__ = "0.1.0"

# Before numpy is loaded: its matrices are small here, and threads that wait for each other on a busy machine made a
# fit of two seconds take a hundred. Whoever knows better sets the variable themselves.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
