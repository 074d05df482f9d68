"""What the activations of a study learned: their parameters and functions at the start and end, over the seeds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np

from mnist_exp.runs.learned import Change, Shape, change_text, parameter_changes, read_shapes
from mnist_exp.runs.measured_files import read_probes
from mnist_exp.runs.record import Record

LEAST_CHANGE = 0.01


@dataclass(frozen=True)
class LearnedParameter:
    """A parameter of one layer of an arm."""

    network: str
    layer: str
    name: str
    changes: list[Change]  # of each seed

    @property
    def change(self) -> Change:
        """Means over the seeds."""
        starts, ends = ([change[place] for change in self.changes] for place in (0, 1))
        return Change(mean(starts), mean(ends), self.changes[0].by_channel)

    @property
    def size(self) -> float:
        return abs(self.change.end - self.change.start)

    @property
    def one_direction(self) -> bool:
        """Whether it grew with every seed, or fell with every seed."""
        return len({np.sign(change.end - change.start) for change in self.changes}) == 1

    @property
    def text(self) -> str:
        """The name; of means over the channels it says so."""
        return f"{self.name}, mean over the channels" if self.change.by_channel else self.name


@dataclass(frozen=True)
class LearnedFunction:
    """The function of one layer of an arm at the points x: means over the channels and seeds, and the final range."""

    network: str
    layer: str
    x: np.ndarray
    start: np.ndarray
    end: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: int

    @classmethod
    def over_seeds(cls, network: str, layer: str, shapes: Sequence[Shape]) -> "LearnedFunction":
        """Of the seeds that have the same points as the first."""
        x = shapes[0].start.x
        same = [shape for shape in shapes if np.array_equal(shape.start.x, x)]
        start, end = (np.mean([getattr(shape, time).mean for shape in same], axis=0) for time in ("start", "end"))
        low = np.min([shape.end.low for shape in same], axis=0)
        high = np.max([shape.end.high for shape in same], axis=0)
        return cls(network, layer, x, start, end, low, high, len(same))


@dataclass(frozen=True)
class LearnedArm:
    """What an arm learned in each layer of each network, with a sentence on it."""

    arm: str
    sentence: str
    parameters: list[LearnedParameter]
    functions: list[LearnedFunction]


def learned_arms(networks: Mapping[str, Mapping[str, Sequence[Record]]]) -> list[LearnedArm]:
    """The arms that learned functions; the runs are given by network and arm."""
    arms = dict.fromkeys(arm for by_arm in networks.values() for arm in by_arm)
    found = []
    for arm in arms:
        runs = {network: by_arm[arm] for network, by_arm in networks.items() if arm in by_arm}
        if functions := list(_functions(runs)):
            parameters = list(_parameters(runs))
            found.append(LearnedArm(arm, learned_sentence(arm, parameters), parameters, functions))
    return found


def _functions(runs: Mapping[str, Sequence[Record]]) -> Iterator[LearnedFunction]:
    for network, own in runs.items():
        by_layer: dict[str, list[Shape]] = {}
        for run in own:
            for layer, shape in read_shapes(run.run_dir).items():
                by_layer.setdefault(layer, []).append(shape)
        for layer, shapes in by_layer.items():
            yield LearnedFunction.over_seeds(network, layer, shapes)


def _parameters(runs: Mapping[str, Sequence[Record]]) -> Iterator[LearnedParameter]:
    for network, own in runs.items():
        found: dict[tuple[str, str], list[Change]] = {}
        for run in own:
            for layer, changes in parameter_changes(read_probes(run.run_dir)).items():
                for name, change in changes.items():
                    found.setdefault((layer, name), []).append(change)
        for (layer, name), of_seeds in found.items():
            yield LearnedParameter(network, layer, name, of_seeds)


def learned_sentence(arm: str, parameters: Sequence[LearnedParameter]) -> str:
    """The parameter that changed most, of those that changed in one direction with every seed."""
    clear = [one for one in parameters if one.size >= LEAST_CHANGE and one.one_direction]
    if clear:
        return f"{arm}: {_went(max(clear, key=lambda one: one.size), parameters)}."
    if not parameters:
        return f"{arm}: the parameters at the start and at the end are not known."
    most = max(parameters, key=lambda one: one.size)
    small = f"no parameter changed by {LEAST_CHANGE:g} or more"
    why = small if most.size < LEAST_CHANGE else "the direction of change differs between seeds"
    return f"{arm}: {why}. At most, {_went(most, parameters)}."


def _went(one: LearnedParameter, parameters: Sequence[LearnedParameter]) -> str:
    network = f" of {one.network}" if len({other.network for other in parameters}) > 1 else ""
    name = f"the mean of {one.name} over the channels" if one.change.by_channel else one.name
    return f"in {one.layer}{network} {name} went from {change_text(one.change, 'to')} (n = {len(one.changes)})"
