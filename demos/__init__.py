"""Lessons and demos to run: ``python -m demos`` lists them."""
