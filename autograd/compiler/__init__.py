"""From a function that is recorded once to loops that run over batches.

The passes, in the order of the files: ``record`` (with ``symbol`` and ``tape``), ``differentiate``,
``simplify``, ``lower``, ``storage``, ``roll``, and an emitter; ``program`` runs them, and
``compile`` is what users call.
"""

from autograd.compiler.compile import Compiled, compile

__all__ = ["Compiled", "compile"]
