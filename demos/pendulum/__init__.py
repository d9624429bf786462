"""A chain of pendulums, from its Lagrangian alone: ``python -m demos.pendulum``; ``--help``.

In reading order: ``mechanics`` (equations of motion by differentiation, of any Lagrangian),
``chain`` (that of a chain of pendulums), ``motion`` (the integration), ``report``, ``pictures``.
"""
