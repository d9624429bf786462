"""Where each node of a tape comes from: what readable source takes its names from.

An origin is the place of a node on the tape, so all passes carry it along.
"""

from __future__ import annotations

from collections.abc import Hashable
from types import CodeType, FrameType
from typing import Any

from autograd.compiler.guide import Guide
from autograd.compiler.record import Recording
from autograd.compiler.source.local_names import LocalName, LocalNames, function_frame
from autograd.compiler.symbol import Recorder, Symbol, frame_of_caller, is_own
from autograd.compiler.tape import INPUT, Place, Tape
from autograd.rule import Rule


class Origin(Place):
    """The line of source of a node, and more.

    Attributes:
        rule: what the node applied when it was recorded.
        local: what the user's source calls it, if anything.
        scope: the function that it was recorded in.
        site: equal for nodes of the same instruction there, run several times by the same call.
        forward: for a node of the reverse sweep, the origin of the node that was differentiated.
        position: the number of the node on the tape.
        times: how often the same rule was recorded at the same site, in a list of one number that
            these origins share.
        adjoint_of: for an adjoint, or a sum of the first terms of one, whose it is: the origin of
            a node, or the number of an input.
    """

    rule: Rule
    local: LocalName | None = None
    scope: Hashable = None
    site: Hashable = None
    forward: Origin | None = None
    times: list[int] | None = None
    position: int = -1
    adjoint_of: Origin | int | None = None

    @property
    def variable(self) -> Hashable:
        """Equal for all results that the user's source gives to the same variable."""
        if self.local is not None and self.local.assigned:
            return self.local.name, self.scope
        return self.site

    # Two operations on one line have two origins.
    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    def __hash__(self) -> int:
        return id(self)


class Naming(Recorder):
    """A recorder whose tape has origins for places."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.tape: NamingTape = NamingTape()
        # For local variables the inputs that they were found to be, and the other way round.
        self._inputs: dict[str, set[int]] = {}
        self._variables: dict[int, set[str]] = {}
        self._names = LocalNames()

    def again(self, rule: Rule, place: Place | None) -> Origin:
        """The origin of an operation of which only the line is known."""
        origin = Origin(*(place or ("?", 0)))
        origin.site = (*origin, rule)
        return origin

    def _place(self) -> Origin:
        frame = frame_of_caller(Recording.__init__.__code__)
        if frame is None:
            return Origin("?", 0)
        self._look_at_variables(frame)
        code = frame.f_code
        origin = Origin(code.co_filename, frame.f_lineno)
        origin.local, named_in = self._names.of_result(frame)
        origin.scope = _scope(named_in.f_code)
        caller = function_frame(frame).f_back
        origin.site = _scope(code), frame.f_lasti
        if caller is not None and not is_own(caller.f_code.co_filename):
            origin.site = *origin.site, _scope(caller.f_code), caller.f_lasti
        return origin

    def names_of_inputs(self) -> dict[int, str]:
        """What local variables call inputs, by their numbers, where that is beyond doubt."""
        return {
            number: next(iter(names))
            for number, names in sorted(self._variables.items())
            if len(names) == 1 and all(len(self._inputs[name]) == 1 for name in names)
        }

    def learn_from(self, other: Naming) -> None:
        """Take over what another recording of the function has found about its arguments."""
        for name, inputs in other._inputs.items():
            self._inputs.setdefault(name, set()).update(inputs)
        for number, names in other._variables.items():
            self._variables.setdefault(number, set()).update(names)

    def _look_at_variables(self, frame: FrameType) -> None:
        for name, x in frame.f_locals.items():
            if type(x) is Symbol and x.recorder is self and self.tape.rules[x.node] is INPUT:
                number = self.tape.operands[x.node][0]
                self._inputs.setdefault(name, set()).add(number)
                self._variables.setdefault(number, set()).add(name)


class NamingRecorder(Naming):
    """Records a function without branches."""

    def truth(self, symbol: Symbol) -> bool:
        """Decide a branch on a symbol.

        Raises:
            RecordingError: always.
        """
        symbol.refuse(
            "a branch on a recorded number",
            "autograd.where(condition, x, y), autograd.maximum or autograd.minimum (and & and | "
            'instead of `and` and `or`), or compile with branches="guard": then the source has the '
            "ways through the function that were recorded",
        )


class NamingGuide(Naming, Guide):
    """Records one way through a function with branches, once more."""


def _scope(code: CodeType) -> Hashable:
    return code.co_filename, code.co_firstlineno, code.co_qualname


class NamingTape(Tape):
    """A tape whose places are origins, one for each node.

    What is said to come from the place of an earlier node is of the reverse sweep.
    """

    def __init__(self) -> None:
        super().__init__()
        self._known: set[Origin] = set()
        self._times: dict[Hashable, list[int]] = {}
        self._visited: Origin | None = None
        self._visits = 0

    def append(self, rule: Rule, operands: tuple[int, ...], place: Place | None = None) -> int:
        """Add a node and return its number."""
        origin = place
        if isinstance(place, Origin):
            origin = self._derived(place) if place in self._known else place
            origin.rule = rule
            origin.position = len(self)
            origin.times = self._times.setdefault((origin.site, rule), [0])
            origin.times[0] += 1
            self._known.add(origin)
        return super().append(rule, operands, origin)

    def _derived(self, forward: Origin) -> Origin:
        if forward is not self._visited:
            self._visited, self._visits = forward, 0
        self._visits += 1
        origin = Origin(*forward)
        origin.forward = forward
        origin.scope = forward.scope
        origin.site = (forward.site, self._visits)
        return origin
