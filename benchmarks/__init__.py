"""Side by side with the peers, in one run: ``python -m benchmarks`` (see ``--help``).

Each row of a table is a process of its own (``worker.py``), pinned to one core, and the rows take
turns. What is computed stands in ``workloads/``, who computes it in ``peers/``, one file each; a
folder such as ``eager/`` says which rows and figures make up one set of tables.
"""
