"""From a function that is recorded once to loops that run over batches.

The passes, in their order: ``record`` (with ``symbol`` and ``tape``), ``differentiate`` (or
``push_forward``; both with ``partials``), ``simplify``, ``lower``, ``storage``, ``roll``, and an
emitter; ``program`` runs them, and ``compile`` is what users call. ``derivation`` and ``sparse``
say what further derivatives are made of.
"""

from autograd.compiler.compile import Compiled, compile

__all__ = ["Compiled", "compile"]
