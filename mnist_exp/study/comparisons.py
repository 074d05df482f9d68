"""Pairs of activations on one network and data set, compared by their differences seed by seed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cells, natural_order, ok, select_learning_rates
from mnist_exp.study.statistics import holm, interval, pairs_needed, sign_flip
from mnist_exp.study.swept_settings import HIDDEN, Settings, format_settings

ALPHA = 0.05


@dataclass(frozen=True)
class Comparison:
    """The test accuracy of activation `a` minus that of `b`, over the seeds that both have."""

    data: str
    model: str
    settings: Settings  # that were swept
    a: str
    b: str
    lr_a: float
    lr_b: float
    n: int
    difference: float
    sd: float | None
    low: float | None
    high: float | None
    p: float
    p_holm: float  # corrected for all pairs of this network and data set
    verdict: str

    @property
    def is_significant(self) -> bool:
        return self.p_holm < ALPHA

    @property
    def winner(self) -> str:
        return self.a if self.difference > 0 else self.b

    @property
    def loser(self) -> str:
        return self.b if self.difference > 0 else self.a

    def csv_row(self) -> dict[str, Any]:
        """A row of comparisons.csv: each swept setting is a column."""
        values = asdict(self)
        return {"data": values.pop("data"), "model": values.pop("model"), **values.pop("settings"), **values}


def compare(records: Sequence[Record], swept: Sequence[str]) -> list[Comparison]:
    """Every pair of activations on each network and data set, paired by seed, with Holm's correction over the pairs.

    If learning rates were swept, each activation is compared at its best one.
    """
    selected, others = select_learning_rates(records, swept)
    networks: dict[Cell, dict[str, list[Record]]] = {}
    for cell, runs in cells(selected, others).items():
        if cell.activation is not None and ok(runs):
            networks.setdefault(cell.without_activation(), {})[cell.activation] = ok(runs)
    return [pair for network, arms in networks.items() for pair in _compare_pairs(network, arms)]


def group_by_network(comparisons: Sequence[Comparison], with_data: bool) -> dict[str, list[Comparison]]:
    """The pairs by network, which is named with its swept settings and, if wanted, the data set."""
    groups: dict[str, list[Comparison]] = {}
    for pair in comparisons:
        others = [(key, value) for key, value in pair.settings.items() if key != HIDDEN]
        sizes = [value for key, value in pair.settings.items() if key == HIDDEN]
        data = [f"on {pair.data}"] if with_data else []
        groups.setdefault(" ".join([pair.model, *sizes, *format_settings(others), *data]), []).append(pair)
    return {name: groups[name] for name in sorted(groups, key=natural_order)}


def _compare_pairs(network: Cell, arms: dict[str, list[Record]]) -> list[Comparison]:
    pairs = [
        pair for a, b in combinations(arms, 2) if (pair := _compare_pair(network, a, b, arms[a], arms[b])) is not None
    ]
    needed = pairs_needed(len(pairs), ALPHA)
    corrected = holm([pair.p for pair in pairs])
    pairs = [replace(pair, p_holm=p) for pair, p in zip(pairs, corrected, strict=True)]
    return [replace(pair, verdict=_verdict(pair, needed)) for pair in pairs]


def _compare_pair(
    network: Cell, a: str, b: str, runs_a: Sequence[Record], runs_b: Sequence[Record]
) -> Comparison | None:
    """Not yet corrected for the other pairs; None without a common seed."""
    accuracy_a, accuracy_b = _accuracy_by_seed(runs_a), _accuracy_by_seed(runs_b)
    differences = [accuracy_a[seed] - accuracy_b[seed] for seed in sorted(accuracy_a.keys() & accuracy_b.keys())]
    if not differences:
        return None
    p = sign_flip(differences)
    return Comparison(
        network.data,
        network.model,
        network.settings,
        a,
        b,
        runs_a[0].lr,
        runs_b[0].lr,
        *interval(differences),
        p=p,
        p_holm=p,
        verdict="",
    )


def _accuracy_by_seed(runs: Sequence[Record]) -> dict[int, float]:
    return {run.seed: run.test_acc for run in runs if run.test_acc is not None}


def _verdict(pair: Comparison, needed: int) -> str:
    if pair.is_significant:
        return f"{pair.winner} is better"
    return "no difference shown" if pair.n >= needed else f"n = {pair.n} cannot tell; {needed} seeds could"
