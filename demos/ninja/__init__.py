"""A quiz: backpropagation by hand, checked and diagnosed: ``python -m demos.ninja``.

In reading order: ``quiz`` (the file to fill in, of which the learner gets a copy), ``questions``
(the seven gradients asked for, with hints), ``checking`` (what is right, and what went wrong).
"""
