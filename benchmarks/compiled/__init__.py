"""Compiled functions side by side with the peers, over batches: ``python -m benchmarks compiled``.

``workloads.py`` says what is computed and on what numbers, ``scalars.py`` writes it once for all
libraries that record scalars, ``peers/`` has one file for each way to compute it.
"""
