"""One graph of scalars, recorded, swept and dropped: this project's eager engine and its peers.

``rows.py`` says who takes part, ``measure.py`` what is measured and how, ``table.py`` how it reads.
"""
