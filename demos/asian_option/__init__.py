"""An Asian option and its sensitivities: ``python -m demos.asian_option``; ``--help`` for options.

In reading order: ``option`` (what one path pays, and what is known in closed form), ``monte_carlo``
(means over millions of paths, in one process or many), ``report`` (the tables), ``pictures``.
"""
