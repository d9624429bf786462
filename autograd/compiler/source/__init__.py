"""Readable source of recorded functions, in C, Python and JavaScript.

``local_names`` and ``origin`` record names along with operations, ``ways`` brings the recorded ways
through a function with branches together, ``starts`` lets loops begin with their variables, and
``reverse`` differentiates. ``stretches``, ``selection`` and ``statements`` turn the tape into
statements, ``roll`` (of the compiler) and ``rolled`` into loops, ``peeled``, ``dimensions``,
``tidy`` and ``plain`` make these as one would write them, and the writers write them.
"""

from autograd.compiler.source.generate import LANGUAGES, Samples, source_of_function
from autograd.compiler.source.graph import source_of_graph

__all__ = ["LANGUAGES", "Samples", "source_of_function", "source_of_graph"]
