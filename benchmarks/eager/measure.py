"""What is measured, and how.

All processes stay on the same core and only one of them computes at a time. They take turns, a few
evaluations each, in rounds, so that a slow minute of the machine hits all alike; every row gets the
same number of evaluations, and the fastest one counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from benchmarks import measurement
from benchmarks.eager.rows import BUILDS, ROWS, Row
from benchmarks.measurement import Disagreement, progress
from benchmarks.peers.peer import NotInstalled
from benchmarks.process import Process
from benchmarks.worker import relative_error
from benchmarks.workloads.chain import Chain
from benchmarks.workloads.fan_in import FanIn
from benchmarks.workloads.hinge_mlp import HingeMLP
from benchmarks.workloads.ladder import Ladder
from benchmarks.workloads.workload import Workload

Start = Callable[[Row], Process]

TOLERANCE = 1e-10


@dataclass(frozen=True)
class Effort:
    """How much to do.

    Attributes:
        rounds: how often the rows take turns.
        repetitions: evaluations per turn.
        points: of the graph that is compared.
        memory_points: of the graph whose memory is compared.
        sizes: points of the graphs on which the cost per node is measured.
        steps: operations of the chain and leaves of the fan-in.
        rungs: rows and columns of the ladder.
    """

    rounds: int = 6
    repetitions: int = 2
    points: int = 100
    memory_points: int = 300
    sizes: tuple[int, ...] = (15, 155, 1550)
    steps: int = 1_000_000
    rungs: int = 1000


FULL = Effort()
QUICK = Effort(
    rounds=2, repetitions=1, memory_points=100, sizes=(15, 155), steps=100_000, rungs=300
)


@dataclass
class Entry(measurement.Entry[Row]):
    """What came out for one row.

    Attributes:
        growth: bytes by which a fresh process grew in one evaluation, per node.
    """

    growth: float | None = None


@dataclass
class Shape:
    """What came out for one graph of this project's alone.

    Attributes:
        title: how the table calls it.
        nodes: how many it has, constants included.
        best: the fastest evaluation in seconds, per build.
    """

    title: str
    nodes: int
    best: Mapping[Row, float]


@dataclass
class Results:
    """All of it.

    Attributes:
        nodes: of the graph that is compared.
        entries: one per row.
        sizes: the graphs of growing size.
        stress: the shapes that a naive engine fails on.
        graph_bytes: memory of the largest recorded graph, per node and build.
    """

    nodes: int
    entries: Sequence[Entry]
    sizes: Sequence[Shape]
    stress: Sequence[Shape]
    graph_bytes: Mapping[Row, float]


def measure(effort: Effort, start: Start) -> Results:
    """Do everything.

    Raises:
        NotInstalled: this project itself cannot be run.
        Disagreement: some gradient is wrong.
    """
    problem = HingeMLP.on_two_moons(effort.points)
    entries = compare(problem, effort, start)
    measure_growth(entries, HingeMLP.on_two_moons(effort.memory_points), start)
    builds = [entry.row for entry in entries if entry.row in BUILDS and entry.seconds]
    sizes: dict[str, Workload] = {
        f"the network on {points} points": HingeMLP.on_two_moons(points) for points in effort.sizes
    }
    stress: dict[str, Workload] = {
        f"chain of {effort.steps:,} multiplications": Chain(effort.steps),
        f"sum of {effort.steps:,} leaves": FanIn(effort.steps),
        f"ladder of {effort.rungs} × {effort.rungs}": Ladder(effort.rungs, effort.rungs),
    }
    largest = HingeMLP.on_two_moons(effort.sizes[-1])
    return Results(
        nodes=count_nodes(problem, builds[0], start),
        entries=entries,
        sizes=[measure_shape(*shape, builds, effort, start) for shape in sizes.items()],
        stress=[measure_shape(*shape, builds, effort, start) for shape in stress.items()],
        graph_bytes=measure_graph(largest, builds, start),
    )


def compare(problem: HingeMLP, effort: Effort, start: Start) -> list[Entry]:
    """Return the times of all rows on the same graph, once their gradients have been compared.

    Raises:
        NotInstalled: neither build of this project runs, so there is nothing to compare with.
        Disagreement: the gradients differ.
    """
    entries = [Entry(row) for row in ROWS]
    with ExitStack() as stack:
        running: dict[str, tuple[Entry, Process]] = {}
        gradients: dict[str, list[float]] = {}
        for entry in entries:
            with entry.excused():
                process = stack.enter_context(start(entry.row))
                entry.version = process.version
                process.load(problem)
                gradients[entry.row.title] = process.call("gradient")
                running[entry.row.title] = entry, process
        _check_agreement(gradients, entries)
        for number in range(effort.rounds):
            for title, (entry, process) in running.items():
                progress(f"round {number + 1} of {effort.rounds}: {title}")
                with entry.excused():
                    entry.seconds += process.call("time", repetitions=effort.repetitions)
    return entries


def _check_agreement(gradients: Mapping[str, list[float]], entries: Sequence[Entry]) -> None:
    reference = next((row.title for row in BUILDS if row.title in gradients), None)
    if reference is None:
        raise NotInstalled("; ".join(f"{e.row.title}: {e.absent}" for e in entries[: len(BUILDS)]))
    for title, gradient in gradients.items():
        error = relative_error(gradient, gradients[reference])
        if not error <= TOLERANCE:
            raise Disagreement(f"{title} and {reference}: relative difference {error:.1e}")


def measure_growth(entries: Sequence[Entry], problem: HingeMLP, start: Start) -> None:
    """Note by how many bytes per node a fresh process of each row grows in one evaluation."""
    present = [entry for entry in entries if entry.seconds]
    nodes = count_nodes(problem, present[0].row, start)
    for entry in present:
        progress(f"memory: {entry.row.title}")
        with entry.excused(), _loaded(entry.row, problem, start) as process:
            growth = process.call("growth")
            entry.growth = None if growth is None else growth / nodes


def measure_graph(problem: HingeMLP, builds: Sequence[Row], start: Start) -> dict[Row, float]:
    """Return the memory of a recorded graph, in bytes per node, for each build."""
    nodes = count_nodes(problem, builds[0], start)
    result: dict[Row, float] = {}
    for row in builds:
        with _loaded(row, problem, start) as process:
            growth = process.call("graph_growth")
            if growth is not None:
                result[row] = growth / nodes
    return result


def measure_shape(
    title: str, workload: Workload, builds: Sequence[Row], effort: Effort, start: Start
) -> Shape:
    """Return the time of one graph in each build.

    Raises:
        Disagreement: the gradient is not the closed form's.
    """
    seconds: dict[Row, list[float]] = {row: [] for row in builds}
    with ExitStack() as stack:
        processes = {row: stack.enter_context(_loaded(row, workload, start)) for row in builds}
        for row, process in processes.items():
            error = process.call("error") if workload.gradient() is not None else 0.0
            if not error <= TOLERANCE:
                raise Disagreement(f"{row.title} on the {title}: relative error {error:.1e}")
        for _ in range(effort.rounds):
            for row, process in processes.items():
                progress(f"{title}: {row.title}")
                seconds[row] += process.call("time", repetitions=1)
    best = {row: min(times) for row, times in seconds.items()}
    return Shape(title, count_nodes(workload, builds[0], start), best)


def count_nodes(workload: Workload, build: Row, start: Start) -> int:
    """Return how many nodes this project makes of a workload."""
    with _loaded(build, workload, start) as process:
        nodes: int = process.call("nodes")
        return nodes


@contextmanager
def _loaded(row: Row, workload: Workload, start: Start) -> Iterator[Process]:
    with start(row) as process:
        process.load(workload)
        yield process
