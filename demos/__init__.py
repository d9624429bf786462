"""Runnable lessons. The first is XOR: ``python -m demos.xor``."""
