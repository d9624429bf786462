"""Two families, and a network that sees how they are alike: ``python -m demos.family_tree``.

In reading order: ``facts`` (the two trees, and the 104 facts worked out from them), ``network``
(what is trained, and how), ``report`` (what was learned), ``pictures``.
"""
