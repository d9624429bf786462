"""XOR from end to end: ``python -m demos.xor``; ``--help`` lists the options.

In reading order: ``problem`` (the four points), ``network`` (what is trained, and how), ``lesson``
(the run itself), ``gradients`` (three ways), ``hidden_units`` and ``explanation`` (what was
learned), ``pictures``. ``experiments`` reproduces published results.
"""
