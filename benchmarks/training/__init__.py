"""Whole trainings side by side with the peers: ``python -m benchmarks training``.

``workloads.py`` says what is trained, on what and how, ``peers/`` has one file for each library.
"""
